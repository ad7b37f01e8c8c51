"""The level of scores, apart from their shape."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from training.calibration.line import fit_shift
from training.calibration.seen import Seen

LEVELS: Final = ("model", "periods")
"""Whose base rate scores have: that which the model learnt, or that of the calibrated periods."""


def levelled(seen: Seen) -> Seen:
    """Move the margins of each period so that their probabilities have the mean of its outcomes.

    What is left is how far scores are too sure or too timid, which lasts. How far a model that had
    not met a period missed its rate does not: the model that serves has learnt from these periods.

    Parameters
    ----------
    seen : Seen
        Rows.

    Returns
    -------
    Seen
        A period whose outcomes are all the same stays as it is.

    Examples
    --------
    >>> seen = Seen.of(np.array([1.0, 3.0]), np.array([False, True]))
    >>> levelled(seen).margins.tolist()
    [-1.0, 1.0]
    """
    moved = seen.margins.copy()
    for period in np.unique(seen.periods):
        here = seen.periods == period
        if 0 < seen.y[here].sum() < here.sum():
            moved[here] += fit_shift(seen.margins[here], seen.y[here], seen.weights[here]).intercept
    return replace(seen, margins=moved)
