"""One learner for every method: the defaults of training, nothing searched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.bench.columns import plain
from features.arrays import Bools, Floats
from features.kernel import Vectors
from features.prune import prune
from features.schema import Schema
from training.calibration.sigmoid import sigmoid
from training.config import Config
from training.fit import Binned, Columns, Rows, fit, margins, refit

CONFIG = Config()
KEYS = ["customer", "cutoff"]


@dataclass(frozen=True, eq=False)
class Spine:
    """Rows of a task: customer, cutoff, label and slice."""

    frame: pd.DataFrame

    @classmethod
    def read(cls, path: Path) -> Spine:
        """Read what `export` wrote."""
        return cls(pd.read_parquet(path))

    def mask(self, *slices: str) -> Bools:
        """Tell which rows belong to some slices."""
        return self.frame["slice"].isin(slices).to_numpy()

    @property
    def label(self) -> Bools:
        """Outcomes."""
        return self.frame["label"].to_numpy().astype(np.bool_)


def learnt(spine: Spine, features: Path) -> tuple[Floats, int]:
    """Fit on some method's features and score the test rows.

    Columns that say nothing in train are left out, rounds are found on train and stop, and the
    final fit learns from all rows before calibration.

    Parameters
    ----------
    spine : Spine
        Rows; features are matched by customer and cutoff.
    features : Path
        Parquet with customer, cutoff and features: numbers or texts.

    Returns
    -------
    (t,) float64
        Probabilities of the test rows.
    int
        Features.
    """
    made = _told_apart(_matched(spine, features), spine.mask("train"))
    schema = Schema.fit(made.take(spine.mask("train")))
    columns = Columns(schema.names, schema.categorical)
    matrix = schema.matrix(made)

    def rows(*slices: str) -> Rows:
        mask = spine.mask(*slices)
        return Rows(matrix[mask], spine.label[mask])

    binned = Binned.of(rows("train"), rows("stop"), columns, CONFIG)
    found = fit(binned, CONFIG.params, CONFIG)
    develop = rows("train", "between", "stop")
    booster = refit(develop, columns, CONFIG.params, CONFIG, found.rounds)
    return sigmoid(margins(booster, matrix[spine.mask("test")])), len(schema.names)


def alone(spine: Spine, features: Path, column: str, *, falls: bool = False) -> Floats:
    """Rank the test rows by one column; rows without a value come last.

    ``falls`` says that a lower value means a "yes".

    Returns
    -------
    (t,) float64
        Ranks in [0, 1].
    """
    values = _joined(spine, features, "test")[column].to_numpy(dtype=np.float64, na_value=np.nan)
    wanted = pd.Series(-values if falls else values)[spine.mask("test")]
    return np.asarray(wanted.rank(pct=True).fillna(0.0), dtype=np.float64)


def _joined(spine: Spine, features: Path, *needed: str) -> pd.DataFrame:
    made = pd.read_parquet(features)
    joined = spine.frame.merge(made, on=KEYS, how="left", validate="one_to_one", indicator="made")
    missing = (joined["made"] != "both") & joined["slice"].isin(needed)
    if missing.any():
        fault = f"{features.name}: expected a row for every customer and cutoff of the slices "
        fault += f"{', '.join(needed)}, {missing.sum():,} are missing; make it anew with --fresh"
        raise ValueError(fault)
    return joined.drop(columns=["label", "slice", "made"])


def _told_apart(made: Vectors, train: Bools) -> Vectors:
    """Leave out what says nothing in the training rows, as training does."""
    dropped = {each.name for each in prune(made.take(train))}
    columns = {name: values for name, values in made.columns.items() if name not in dropped}
    return Vectors(made.customers, made.cutoffs, columns)


def _matched(spine: Spine, features: Path) -> Vectors:
    frame = _joined(spine, features, "train", "between", "stop", "test")
    columns = {name: plain(frame[name]) for name in frame.columns if name not in KEYS}
    return Vectors(frame["customer"].to_numpy(), frame["cutoff"].to_numpy(), columns)
