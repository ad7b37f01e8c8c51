"""What one cell means: the rules of times, numbers, categories and customer ids.

`features.columns` states the same rules in SQL for whole columns; a test holds the two equal.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from features.faults import Fault
from features.zones import to_utc

TIME: Final = (
    r"([12][0-9]{3}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]((?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?)"
    r" ?(Z|z|UTC|[+-](?:0[0-9]|1[0-8])(?::?[0-5][0-9])?)?)?"
)
"""ISO 8601 text: day, clock, zone."""

NUMBER: Final = r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?"
"""Text of a number."""

NOT_FINITE: Final = ("nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity")
"""Texts, in lower case, of what is a number only to a computer."""

LARGEST: Final = 2**53
"""Largest number of minor units: up to here binary fractions hold every whole number."""

DIGITS: Final = 16
"""Decimals of exact numbers that are looked at; the rest is rounded off."""

NOISE: Final = 1e-6
"""Distance from a whole number of minor units that counts as noise of binary fractions."""

EARLIEST: Final = (datetime(1000, 1, 1) - datetime(1970, 1, 1)) // timedelta(microseconds=1)
LATEST: Final = (datetime(3000, 1, 1) - datetime(1970, 1, 1)) // timedelta(microseconds=1)

_TIME: Final = re.compile(TIME)
_NUMBER: Final = re.compile(NUMBER)
_EPOCH: Final = datetime(1970, 1, 1)
_TICK: Final = timedelta(microseconds=1)
_MINUTE: Final = 60_000_000
_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)
_STEP: Final = Decimal(1).scaleb(-DIGITS)


class Moment(NamedTuple):
    """An instant, and the offset that was written with it.

    Parameters
    ----------
    at : int
        UTC microseconds; local ones when the time is naive and no zone is declared.
    minutes : int or None
        Offset from UTC in minutes; None for a naive time.
    """

    at: int
    minutes: int | None


def moment(value: object, timezone: str | None) -> Moment | Fault | None:
    """Read a time.

    Parameters
    ----------
    value : object
        ISO 8601 text, with a zone or without; a date alone is its midnight. Digits below the
        microsecond are cut.
    timezone : str or None
        Zone of naive times; see `features.zones.clock_changes` for hours that come twice or never.

    Returns
    -------
    Moment, Fault or None
        None for an empty cell.

    Examples
    --------
    >>> moment("1970-01-01T01:00:00+01:00", None)
    Moment(at=0, minutes=60)
    >>> moment("yesterday", None)
    <Fault.NOT_A_TIME: 3>
    """
    if value is None:
        return None
    if not isinstance(value, str):
        return Fault.WRONG_TYPE
    text = value.strip(" ")
    if not text:
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        return Fault.NOT_A_TIME
    day, clock, zone = match.groups()
    midnight = _midnight(day)
    if midnight is None:
        return Fault.NOT_A_TIME
    local = midnight + _since_midnight(clock[:15]) if clock else midnight
    if zone is None:
        return Moment(local if timezone is None else to_utc(local, timezone), None)
    minutes = _minutes(zone)
    return Moment(local - minutes * _MINUTE, minutes)


def number(value: object, scale: int) -> int | Fault | None:
    """Read a number as a whole number of ``10 ** -scale`` units.

    Parameters
    ----------
    value : object
        A whole number, binary fraction, `decimal.Decimal` or text.
    scale : int
        Decimals kept. Binary fractions may miss a whole number of units by 1e-6 units, and by the
        precision they have where they are large; decimals and text by 1e-6 units.

    Returns
    -------
    int, Fault or None
        None for an empty cell.

    Examples
    --------
    >>> number(12.34, 2), number("-0.30000000000000004", 2), number("", 2)
    (1234, -30, None)
    >>> number(3.129, 2)
    <Fault.TOO_FINE: 11>
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return Fault.WRONG_TYPE
    if isinstance(value, int):
        units = value * 10**scale
        return units if -LARGEST <= units <= LARGEST else Fault.TOO_LARGE
    if isinstance(value, float):
        return _binary(value, scale)
    if isinstance(value, Decimal):
        return _decimal(value, scale) if value.is_finite() else Fault.NOT_FINITE
    if not isinstance(value, str):
        return Fault.WRONG_TYPE
    text = value.strip(" ")
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        # An exponent is how programs print binary fractions.
        has_exponent = "e" in text or "E" in text
        return _binary(float(text), scale) if has_exponent else _decimal(Decimal(text), scale)
    return Fault.NOT_FINITE if text.lower() in NOT_FINITE else Fault.NOT_A_NUMBER


def category(value: object) -> str | Fault | None:
    """Read a category or id as text.

    A whole number is its digits, also where it came as a fraction: a column of ids with empty
    cells often does. An empty text is an empty cell, since a CSV file cannot tell them apart.

    Returns
    -------
    str, Fault or None
        None for an empty cell.

    Examples
    --------
    >>> category("north"), category(12.0), category(True), category("")
    ('north', '12', 'true', None)
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        whole = math.isfinite(value) and value == math.trunc(value) and abs(value) <= LARGEST
        return str(int(value)) if whole else Fault.NOT_AN_ID
    return Fault.WRONG_TYPE


def flag(value: object) -> bool | Fault | None:
    """Read true or false; text may be in any case.

    Examples
    --------
    >>> flag(True), flag("False"), flag(""), flag("no")
    (True, False, None, <Fault.NOT_A_FLAG: 16>)
    """
    if value is None or isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return Fault.WRONG_TYPE
    return {"true": True, "false": False, "": None}.get(value.lower(), Fault.NOT_A_FLAG)


def customer(value: object) -> int | str | Fault | None:
    """Read a customer id: a whole number of 64 bits, or text as it stands.

    Examples
    --------
    >>> customer(7), customer("0007"), customer(7.0)
    (7, '0007', <Fault.WRONG_TYPE: 1>)
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        return Fault.WRONG_TYPE
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return Fault.TOO_LARGE
    return value


# Days, times of a day and zones come again and again.
@lru_cache(maxsize=1 << 14)
def _midnight(day: str) -> int | None:
    """Return the microseconds of a day's beginning; None when the calendar has no such day."""
    try:
        return (datetime.fromisoformat(day) - _EPOCH) // _TICK
    except ValueError:
        return None


@lru_cache(maxsize=1 << 17)
def _since_midnight(clock: str) -> int:
    at = time.fromisoformat(clock)
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


@lru_cache(maxsize=1 << 12)
def _minutes(zone: str) -> int:
    if zone in ("Z", "z", "UTC"):
        return 0
    hours, rest = int(zone[1:3]), zone[3:].removeprefix(":")
    return (-1 if zone[0] == "-" else 1) * (hours * 60 + int(rest or 0))


def _binary(value: float, scale: int) -> int | Fault:
    power = 10.0**scale
    if not abs(value) <= LARGEST / power:
        return Fault.TOO_LARGE if math.isfinite(value) else Fault.NOT_FINITE
    units = value * power
    whole = round(units)
    away = abs(units - whole)
    if away > NOISE and away > min(0.25, abs(units) * 2.0**-51):
        return Fault.TOO_FINE
    return whole


def _decimal(value: Decimal, scale: int) -> int | Fault:
    if value.adjusted() > DIGITS:
        return Fault.TOO_LARGE
    exact = value.quantize(_STEP, context=_EXACT)
    if abs(exact) > Decimal(LARGEST).scaleb(-scale):
        return Fault.TOO_LARGE
    kept = exact.quantize(Decimal(1).scaleb(-scale), context=_EXACT)
    if abs(exact - kept) > Decimal(1).scaleb(-6 - scale):
        return Fault.TOO_FINE
    return int(kept.scaleb(scale))
