"""Binary searches in many sorted runs of one array at once."""

from __future__ import annotations

import numpy as np

from features.arrays import Ints
from features.compiled import compiled


@compiled
def first_from(values: Ints, lows: Ints, highs: Ints, limits: Ints) -> Ints:
    """Return the first position in each run ``[low, high)`` whose value is not below a limit.

    Parameters
    ----------
    values : (n,) int64
        Ascending within each run.
    lows, highs, limits : (q,) int64
        Run and limit of each query.

    Returns
    -------
    (q,) int64
        ``high`` where every value of the run is below the limit.
    """
    found = np.empty(len(limits), np.int64)
    for row in range(len(limits)):
        found[row] = _first(values, lows[row], highs[row], limits[row])
    return found


@compiled
def stretches(
    values: Ints, lows: Ints, highs: Ints, limits: Ints, lags: Ints, lengths: Ints
) -> tuple[Ints, Ints]:
    """Return the positions of ``[limit - lag - length, limit - lag)`` in each run ``[low, high)``.

    Parameters
    ----------
    values : (n,) int64
        Ascending within each run.
    lows, highs, limits : (r,) int64
        Run and limit of each row; without a lag the stretch ends at ``high``.
    lags, lengths : (w,) int64
        Stretches; one of negative length begins with the run.

    Returns
    -------
    tuple of (w, r) int64
        Starts and ends; ``start <= end``.
    """
    starts = np.empty((len(lags), len(limits)), np.int64)
    ends = np.empty((len(lags), len(limits)), np.int64)
    for row in range(len(limits)):
        for place in range(len(lags)):
            limit = limits[row] - lags[place]
            start, end = lows[row], highs[row]
            if lags[place] > 0:
                end = _first(values, start, end, limit)
            if lengths[place] >= 0:
                start = _first(values, start, end, limit - lengths[place])
            starts[place, row] = start
            ends[place, row] = end
    return starts, ends


@compiled
def _first(values: Ints, low: int, high: int, limit: int) -> int:
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < limit:
            low = middle + 1
        else:
            high = middle
    return low
