"""The median of integers, exact."""

from __future__ import annotations

from features.arrays import Ints
from features.compiled import compiled


@compiled
def _select(values: Ints, wanted: int) -> int:
    """Put the smaller values before a position and the larger behind it; return the one there.

    Hoare, "Algorithm 65: Find" (Communications of the ACM 4, 1961).
    """
    low, high = 0, len(values) - 1
    while low < high:
        # Not the middle: a run that rises and then falls would have its largest there.
        pivot = values[low + (high - low) * 5 // 8]
        left, right = low, high
        while left <= right:
            while values[left] < pivot:
                left += 1
            while values[right] > pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left += 1
                right -= 1
        if wanted <= right:
            high = right
        elif wanted >= left:
            low = left
        else:
            break
    return int(values[wanted])


@compiled
def twice_median(values: Ints) -> float:
    """Return twice the median, which is whole: the sum of the two middle values.

    Parameters
    ----------
    values : (n,) int64
        At least one; left in another order.

    Examples
    --------
    >>> import numpy as np
    >>> twice_median(np.array([5, 1, 2])), twice_median(np.array([1, 9, 2, 4]))
    (4.0, 6.0)
    """
    half = (len(values) - 1) // 2
    lower = _select(values, half)
    if len(values) % 2:
        return float(lower) + float(lower)
    upper = values[half + 1]
    for value in values[half + 2 :]:
        upper = min(upper, value)
    return float(lower) + float(upper)
