"""Instants and lengths of time: UTC microseconds since 1970, as integers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from features.errors import DefinitionError

DAY: Final = 86_400_000_000
"""Microseconds in a day."""

MOST_DAYS: Final = 1_000_000
"""Longest stretch of time: cutoffs plus or minus a few of them stay within 64 bits."""

TICK: Final = 1 / DAY
"""Days in a microsecond."""

BEGINNING: Final = int(np.iinfo(np.int64).min)
"""Before every cutoff: the time of an attribute that is declared static."""

NEVER: Final = int(np.iinfo(np.int64).max)
"""After every cutoff: what has no end."""

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def micros(days: float) -> int:
    """Turn days into microseconds, rounded to the nearest.

    Raises
    ------
    DefinitionError
        When the days do not fit on the clock.

    Examples
    --------
    >>> micros(0.5)
    43200000000
    """
    if not abs(days) <= MOST_DAYS:
        fault = f"expected at most {MOST_DAYS:,} days, got {days}"
        raise DefinitionError("length of time", [fault])
    return round(days * DAY)


def instant(value: str | datetime) -> int:
    """Read an instant with a zone as UTC microseconds since 1970.

    Parameters
    ----------
    value : str or datetime
        ISO 8601 text (a date alone is midnight UTC) or an aware datetime.

    Raises
    ------
    DefinitionError
        When the text is no instant, a time of day comes without a zone, or UTC has no such year.

    Examples
    --------
    >>> instant("1970-01-02") == instant("1970-01-02T01:00:00+01:00") == DAY
    True
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            fault = f"expected an ISO 8601 instant such as 2017-11-05T00:00:00Z, got {value!r}"
            raise DefinitionError("instant", [fault]) from None
        if _DATE.fullmatch(value):
            moment = moment.replace(tzinfo=UTC)
    else:
        moment = value
    if moment.tzinfo is None:
        fault = f"expected a zone, got the naive time {value!s}; add Z for UTC or an offset"
        raise DefinitionError("instant", [fault])
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        fault = f"expected an instant of the years 1 to 9999 in UTC, got {value!s}"
        raise DefinitionError("instant", [fault]) from None
    return (moment - _EPOCH) // timedelta(microseconds=1)


def iso(moment: int) -> str:
    """Write an instant as ISO 8601 in UTC.

    Examples
    --------
    >>> iso(DAY)
    '1970-01-02T00:00:00Z'
    """
    return (_EPOCH + timedelta(microseconds=int(moment))).isoformat().replace("+00:00", "Z")


def plain(number: float) -> str:
    """Write a number of days without an exponent, in as many digits as it needs.

    Examples
    --------
    >>> plain(28.0), plain(0.5), plain(1_000_000)
    ('28', '0.5', '1000000')
    """
    return np.format_float_positional(number, trim="-")
