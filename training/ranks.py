"""In which order rows are laid into slices where the learner is used alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.arrays import Bools, Floats, Ints


def codes_of(name: str, values: Any, label: Bools) -> Ints | None:
    """Return the rank of each value among all, (n,)."""
    import pandas as pd

    if values is None:
        return None
    found = np.asarray(values)
    if found.shape != label.shape:
        raise ValueError(
            f"groups and times need a value for each of the {len(label)} rows, got an array of "
            f"shape {found.shape}"
        )
    absent = np.flatnonzero(pd.isna(found))
    if len(absent):
        raise ValueError(
            f"{name} need a value for each of the {len(label)} rows; {len(absent)} are None or "
            f"NaN, the first is that of row {absent[0]} (counted from 0): fill them in, or leave "
            "those rows out"
        )
    try:
        codes: Ints = np.unique(found, return_inverse=True)[1]
    except TypeError as error:
        raise ValueError(
            f"{name} need values of one kind, which sort; came a mixture ({error}): turn them all "
            "into texts, or all into numbers"
        ) from None
    return codes


def ranks(label: Bools, seed: int, groups: Ints | None, times: Ints | None) -> Floats:
    """Return the place of every row among all, in [0, 1); rows that belong together have one."""
    if groups is not None and times is not None:
        last = np.zeros(groups.max() + 1, dtype=np.int64)
        np.maximum.at(last, groups, times)
        # Groups that end together stay apart, or all rows might fall into one slice.
        places = np.empty(len(last), dtype=np.int64)
        places[np.argsort(last, kind="stable")] = np.arange(len(last))
        return _starts(places[groups])
    if times is not None:
        return _starts(times)
    random = np.random.default_rng(seed)
    if groups is not None:
        return _starts(random.permutation(groups.max() + 1)[groups])
    place = np.empty(len(label))
    for outcome in (True, False):
        rows = np.flatnonzero(label == outcome)
        place[random.permutation(rows)] = np.arange(len(rows)) / max(len(rows), 1)
    return place


def _starts(codes: Ints) -> Floats:
    """Return the share of the rows that come before each group of equal codes."""
    counts = np.bincount(codes)
    return ((np.cumsum(counts) - counts) / len(codes))[codes].astype(np.float64)
