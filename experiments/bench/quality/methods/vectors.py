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


def earlier(asked: Asked) -> list[tuple[Bools, Bools]]:
    """Return older pairs of rows to learn from and to stop by, for the search."""
    return _pairs(asked, "early", "stop")


def origins(asked: Asked) -> list[tuple[Bools, Bools]]:
    """Return pairs of rows to learn from and to score, for the calibrator."""
    return _pairs(asked, "learn", "score")


def inputs(frame: pd.DataFrame) -> list[str]:
    """Return the names of the input columns."""
    return [each for each in frame.columns if each.startswith("x.")]


def _pairs(asked: Asked, one: str, other: str) -> list[tuple[Bools, Bools]]:
    """Read rows of pairs as training lays them, from columns that the data set brings."""
    frame = asked.frame
    places = [each.removeprefix(f"{one}.") for each in frame.columns if each.startswith(f"{one}.")]
    return [
        (frame[f"{one}.{place}"].to_numpy(), frame[f"{other}.{place}"].to_numpy())
        for place in places
    ]
