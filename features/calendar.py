"""Hour, weekday and month of an event, as categories that every table with times has.

They are read in the zone that the contract of the table declares, UTC where it declares none, and
are named ``@hour``, ``@weekday`` and ``@month``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

import numpy as np

from features.arrays import Ints
from features.instants import DAY
from features.segments import Category, Column, Levels
from features.zones import clock_changes

_HOURS: Final = tuple(f"{hour:02}" for hour in range(24))
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = tuple(f"{month:02}" for month in range(1, 13))

CALENDAR: Final = {"@hour": _HOURS, "@weekday": _WEEKDAYS, "@month": _MONTHS}
"""Levels of the calendar's categories, in the order of their codes."""


class Dated(Mapping[str, Column]):
    """The columns of a table, and those of the calendar, which are made when they are read.

    Only the table's own columns are counted and walked through.

    Parameters
    ----------
    columns : mapping of str to Column
        The table's own.
    occurred_at : (n,) int64
        UTC microseconds.
    zone : str
        IANA name.

    Examples
    --------
    >>> columns = Dated({}, np.array([0, 3 * DAY // 2]), "America/New_York")
    >>> [columns["@weekday"].levels.names[code] for code in columns["@weekday"].codes]
    ['wed', 'fri']
    """

    def __init__(self, columns: Mapping[str, Column], occurred_at: Ints, zone: str) -> None:
        self._columns = columns
        self._occurred_at = occurred_at
        self.zone = zone
        self._made: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in CALENDAR:
            return self._columns[name]
        if name not in self._made:
            codes = _codes(name, self._occurred_at, self.zone)
            self._made[name] = Category(codes.astype(np.int32), _levels(name))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def local(occurred_at: Ints, zone: str) -> Ints:
    """Turn UTC microseconds into those of the clocks of a zone, (n,)."""
    if zone == "UTC":
        return occurred_at
    changes, distances = _changes(zone)
    return occurred_at + distances[np.searchsorted(changes, occurred_at, side="right")]


def _codes(name: str, occurred_at: Ints, zone: str) -> Ints:
    clock = local(occurred_at, zone)
    if name == "@hour":
        return clock // (DAY // 24) % 24
    if name == "@weekday":
        # The first of January 1970 was a Thursday.
        return (clock // DAY + 3) % 7
    return clock.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64) % 12


@lru_cache(maxsize=8)
def _levels(name: str) -> Levels:
    return Levels(np.array(CALENDAR[name], dtype=object))


@lru_cache(maxsize=64)
def _changes(zone: str) -> tuple[Ints, Ints]:
    """Return the instants at which the clocks of a zone change, and their distances from UTC."""
    breaks, distances = (np.array(each, dtype=np.int64) for each in clock_changes(zone))
    # A break is the local time, by the new distance, of the instant of the change.
    return breaks - distances[1:], distances
