"""The median of integers, exact."""

from __future__ import annotations

import numpy as np

from features.arrays import Ints
from features.compiled import compiled


@compiled
def twice_median(values: Ints) -> float:
    """Return twice the median, which is whole: the sum of the two middle values.

    Parameters
    ----------
    values : (n,) int64
        At least one.

    Examples
    --------
    >>> twice_median(np.array([5, 1, 2])), twice_median(np.array([1, 9, 2, 4]))
    (4.0, 6.0)
    """
    half = (len(values) - 1) // 2
    parted = np.partition(values, half)
    lower = parted[half]
    if len(values) % 2:
        return float(lower) + float(lower)
    upper = parted[half + 1]
    for value in parted[half + 2 :]:
        upper = min(upper, value)
    return float(lower) + float(upper)
