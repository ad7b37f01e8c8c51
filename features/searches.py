"""Binary searches in many sorted runs of one array at once."""

from __future__ import annotations

from features.arrays import Ints
from features.compiled import compiled


@compiled
def first_from(values: Ints, lows: Ints, highs: Ints, limits: Ints, found: Ints) -> None:
    """Fill in the first position in each run ``[low, high)`` whose value is not below a limit.

    Parameters
    ----------
    values : (n,) int64
        Ascending within each run.
    lows, highs, limits : (q,) int64
        Run and limit of each query.
    found : (q,) int64
        Filled in; ``high`` where every value of the run is below the limit.
    """
    for row in range(len(limits)):
        found[row] = _first(values, lows[row], highs[row], limits[row])


@compiled
def stretches(
    values: Ints, lows: Ints, highs: Ints, limits: Ints, lags: Ints, lengths: Ints, found: Ints
) -> None:
    """Fill in the positions of ``[limit - lag - length, limit - lag)`` in each run ``[low, high)``.

    Parameters
    ----------
    values : (n,) int64
        Ascending within each run.
    lows, highs, limits : (r,) int64
        Run and limit of each row; without a lag the stretch ends at ``high``.
    lags, lengths : (w,) int64
        Stretches; one of negative length begins with the run.
    found : (2, w, r) int64
        Filled in with starts and ends; ``start <= end``.
    """
    for row in range(len(limits)):
        for place in range(len(lags)):
            limit = limits[row] - lags[place]
            start, end = lows[row], highs[row]
            if lags[place] > 0:
                end = _first(values, start, end, limit)
            if lengths[place] >= 0:
                start = _first(values, start, end, limit - lengths[place])
            found[0, place, row] = start
            found[1, place, row] = end


@compiled
def _first(values: Ints, low: int, high: int, limit: int) -> int:
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < limit:
            low = middle + 1
        else:
            high = middle
    return low
