"""Local times as UTC: one table of clock changes that every carrier reads."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_EPOCH: Final = datetime(1970, 1, 1)
_FIRST: Final = datetime(1900, 1, 1, 12)
_LAST: Final = datetime(2100, 1, 1, 12)
_STEP: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_TICK: Final = timedelta(microseconds=1)


@lru_cache(maxsize=64)
def clock_changes(zone: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the local times at which a zone's distance from UTC changes, and the distances.

    A time that a change of clocks makes ambiguous or skips is read as the *later* of its two
    possible instants: an event is never thought to have happened before it did. So 02:30 in the
    hour that comes twice is the second one, and 02:30 in the hour that never comes is 03:30 of
    the new time. Before 1900 and after 2100 the nearest distance holds.

    Parameters
    ----------
    zone : str
        IANA name.

    Returns
    -------
    tuple of (tuple of int, tuple of int)
        ``k`` local times in microseconds, ascending, and ``k + 1`` distances in microseconds.

    Examples
    --------
    >>> clock_changes("Asia/Kolkata")[1][-1] // 60_000_000
    330
    """
    known = ZoneInfo(zone)
    breaks, distances = [], [_distance(known, _FIRST)]
    noon, offset = _FIRST, known.utcoffset(_FIRST)
    while noon < _LAST:
        after = noon + _STEP
        # Clocks change at night: from noon to noon one look a day finds every change.
        if known.utcoffset(after) != offset:
            offset = known.utcoffset(after)
            breaks.append((_first_change(known, noon, after) - _EPOCH) // _TICK)
            distances.append(_distance(known, after))
        noon = after
    return tuple(breaks), tuple(distances)


def to_utc(local: int, zone: str) -> int:
    """Turn a local time in microseconds into UTC microseconds.

    Examples
    --------
    >>> to_utc(0, "Etc/GMT-1") == -3_600_000_000
    True
    """
    breaks, distances = clock_changes(zone)
    return local - distances[bisect_right(breaks, local)]


def to_utc_sql(local: str, zone: str) -> str:
    """Return the SQL expression of `to_utc` for an expression of local microseconds."""
    breaks, distances = clock_changes(zone)
    return f"({local} - {_tree(local, breaks, distances)})"


def _tree(local: str, breaks: tuple[int, ...], distances: tuple[int, ...]) -> str:
    # A balanced tree of comparisons costs the logarithm of what a join or a list of cases costs.
    if not breaks:
        return str(distances[0])
    middle = len(breaks) // 2
    early = _tree(local, breaks[:middle], distances[: middle + 1])
    late = _tree(local, breaks[middle + 1 :], distances[middle + 1 :])
    return f"(CASE WHEN {local} < {breaks[middle]} THEN {early} ELSE {late} END)"


def _distance(zone: ZoneInfo, local: datetime) -> int:
    folds = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return min((offset or timedelta()) // _TICK for offset in folds)


def _first_change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    old = _distance(zone, low)
    while high - low > _SECOND:
        middle = low + (high - low) // 2 // _SECOND * _SECOND
        low, high = (middle, high) if _distance(zone, middle) == old else (low, middle)
    return high


def clock() -> int:
    """Return the current instant in UTC microseconds."""
    return (datetime.now(UTC).replace(tzinfo=None) - _EPOCH) // _TICK
