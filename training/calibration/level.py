"""The level of scores, apart from their shape."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from features.arrays import Ints
from training.calibration.line import fit_shift
from training.calibration.seen import Seen

LEVELS: Final = ("model", "periods")
"""Whose base rate scores have: that which the model learnt, or that of the calibrated periods."""


def levelled(seen: Seen, least: int | None = None) -> Seen:
    """Move the margins of each period so that their probabilities have the mean of its outcomes.

    What is left is how far scores are too sure or too timid, which lasts. How far a model that had
    not met a period missed its rate does not: the model that serves has learnt from these periods.

    Parameters
    ----------
    seen : Seen
        Rows.
    least : int, optional
        Rows of the rarer outcome from which a segment has a level of its own in each period, where
        segments are calibrated apart: what one of them moved by is not the others' to make up for.
        Left out, all segments have one level.

    Returns
    -------
    Seen
        Rows whose outcomes are all the same stay as they are.

    Examples
    --------
    >>> seen = Seen.of(np.array([1.0, 3.0]), np.array([False, True]))
    >>> levelled(seen).margins.tolist()
    [-1.0, 1.0]
    """
    moved, parts = seen.margins.copy(), _parts(seen, least)
    for period in np.unique(seen.periods):
        for part in np.unique(parts[seen.periods == period]):
            here = (seen.periods == period) & (parts == part)
            if 0 < seen.y[here].sum() < here.sum():
                shift = fit_shift(seen.margins[here], seen.y[here], seen.weights[here])
                moved[here] += shift.intercept
    return replace(seen, margins=moved)


def _parts(seen: Seen, least: int | None) -> Ints:
    """Number the segments that have a level of their own from 1; 0 are all others."""
    parts = np.zeros(len(seen.y), dtype=np.int64)
    if least is None:
        return parts
    for place, level in enumerate(sorted({*seen.levels.tolist()} - {None}), start=1):
        inside = seen.levels == level
        positives = int(seen.y[inside].sum())
        if min(positives, int(inside.sum()) - positives) >= least:
            parts[inside] = place
    return parts
