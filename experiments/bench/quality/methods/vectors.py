"""The exported rows as Foretell's own values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.bench.columns import plain
from experiments.bench.quality.methods.asked import Asked
from features.arrays import Bools
from features.kernel import Vectors
from training.snapshots import Snapshot


def snapshot(asked: Asked) -> Snapshot:
    """Return all rows; the order of slices stands for the time."""
    frame = asked.frame
    columns = {each.removeprefix("x."): plain(frame[each]) for each in inputs(frame)}
    return Snapshot(
        Vectors(frame["customer"].to_numpy(), frame["cutoff"].to_numpy(), columns),
        frame["label"].to_numpy().astype(np.bool_),
    )


def roles(asked: Asked) -> Mapping[str, Bools]:
    """Return the rows of each slice, of ``develop`` and of ``final``."""
    told = asked.frame["slice"].to_numpy()
    found = {name: told == name for name in ("train", "stop", "calibrate", "test")}
    return found | {
        "develop": np.isin(told, ("train", "between", "stop")),
        "final": told != "test",
    }


def origins(asked: Asked) -> list[tuple[Bools, Bools]]:
    """Return pairs of rows to learn from and to score, for the calibrator, as training lays them.

    The data set says which rows they are, in columns ``learn.N`` and ``score.N``.
    """
    found = []
    for name in asked.frame.columns:
        if name.startswith("learn."):
            later = asked.frame[f"score.{name.removeprefix('learn.')}"]
            found.append((asked.frame[name].to_numpy(), later.to_numpy()))
    return found


def inputs(frame: pd.DataFrame) -> list[str]:
    """Return the names of the input columns."""
    return [each for each in frame.columns if each.startswith("x.")]
