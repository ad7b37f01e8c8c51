"""Ranks of values, and values made comparable: for correlations."""

from __future__ import annotations

import numpy as np

from features.arrays import Floats


def ranks(values: Floats) -> Floats:
    """Return average ranks from 1; nulls share the lowest.

    Examples
    --------
    >>> ranks(np.array([5.0, 7.0, np.nan, 7.0])).tolist()
    [2.0, 3.5, 1.0, 3.5]
    """
    filled = np.where(np.isnan(values), -np.inf, values)
    _, place, times = np.unique(filled, return_inverse=True, return_counts=True)
    ends = np.cumsum(times)
    found: Floats = (ends - (times - 1) / 2)[place]
    return found


def standard(values: Floats) -> Floats:
    """Return values about their mean, of length one; zeros where all are equal.

    Examples
    --------
    >>> standard(np.array([1.0, 3.0, 2.0, 2.0])).round(3).tolist()
    [-0.707, 0.707, 0.0, 0.0]
    """
    centred = values - values.mean()
    length = float(np.sqrt(centred @ centred))
    found: Floats = centred / length if length else centred
    return found
