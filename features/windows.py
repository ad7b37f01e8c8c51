"""The one convention of time, and the only place where a time meets a cutoff.

All instants are UTC, held as integer microseconds since 1970. Intervals are half-open. A feature
window of ``d`` days is ``[cutoff - d, cutoff)``, shifted back by its lag; a label window is
``[cutoff + gap, cutoff + gap + horizon)``. An event exactly at the cutoff is future. An event is
visible at a cutoff when ``known_at < cutoff``; windows are measured on ``occurred_at``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.errors import DefinitionError, MaturityError

DAY: Final = 86_400_000_000
"""Microseconds in a day."""

MOST_DAYS: Final = 1_000_000
"""Longest stretch of time: cutoffs plus or minus a few of them stay within 64 bits."""

TICK: Final = 1 / DAY
"""Days in a microsecond."""

BEGINNING: Final = int(np.iinfo(np.int64).min)
"""Before every cutoff: the time of an attribute that is declared static."""

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Window:
    """A stretch of the past: ``[cutoff - lag - days, cutoff - lag)``.

    Parameters
    ----------
    days : float or None
        Length in days; None reaches back to the first event.
    lag : float
        Days between the end of the window and the cutoff.

    Examples
    --------
    >>> Window(28).label, Window(28, lag=28).label, Window(None).label
    ('28d', '28d_lag28d', 'ever')
    """

    days: float | None
    lag: float = 0

    def __post_init__(self) -> None:
        faults = []
        if self.days is not None and not TICK <= self.days <= MOST_DAYS:
            faults.append(f"days must be above 0 and at most {MOST_DAYS:,}, got {self.days}")
        if not 0 <= self.lag <= MOST_DAYS:
            faults.append(f"lag must be 0 days to {MOST_DAYS:,}, got {self.lag}")
        if faults:
            raise DefinitionError("window", faults)
        # 28 and 28.0 days are one window, and must be written in one way.
        object.__setattr__(self, "days", None if self.days is None else _number(self.days))
        object.__setattr__(self, "lag", _number(self.lag))

    @property
    def label(self) -> str:
        """The window's part of a feature's name."""
        length = "ever" if self.days is None else f"{plain(self.days)}d"
        label = length + (f"_lag{plain(self.lag)}d" if self.lag else "")
        return label.replace(".", "_")


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
        When the text is no instant, or a time of day comes without a zone.

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
    return (moment - _EPOCH) // timedelta(microseconds=1)


def iso(moment: int) -> str:
    """Write an instant as ISO 8601 in UTC.

    Examples
    --------
    >>> iso(DAY)
    '1970-01-02T00:00:00Z'
    """
    return (_EPOCH + timedelta(microseconds=int(moment))).isoformat().replace("+00:00", "Z")


def label_window(cutoff: int, gap: float, horizon: float) -> tuple[int, int]:
    """Return the half-open interval in which a label looks for its events.

    Examples
    --------
    >>> label_window(0, gap=1, horizon=2) == (DAY, 3 * DAY)
    True
    """
    start = cutoff + micros(gap)
    return start, start + micros(horizon)


def require_mature(cutoff: int, gap: float, horizon: float, complete_until: int, name: str) -> None:
    """Refuse a label whose window is not over, with the dates.

    Raises
    ------
    MaturityError
        When the label window reaches past ``complete_until``.

    Examples
    --------
    >>> require_mature(0, 0, 2, complete_until=DAY, name="churn")
    Traceback (most recent call last):
    features.errors.MaturityError: churn labels at 1970-01-01T00:00:00Z need events up to \
1970-01-03T00:00:00Z; the events end on 1970-01-02T00:00:00Z. Use cutoffs up to \
1969-12-31T00:00:00Z.
    """
    _, end = label_window(cutoff, gap, horizon)
    if end > complete_until:
        raise MaturityError(
            f"{name} labels at {iso(cutoff)} need events up to {iso(end)}; the events end on "
            f"{iso(complete_until)}. Use cutoffs up to "
            f"{iso(last_mature_cutoff(gap, horizon, complete_until))}."
        )


def last_mature_cutoff(gap: float, horizon: float, complete_until: int) -> int:
    """Return the latest cutoff whose label window is over at ``complete_until``.

    Examples
    --------
    >>> last_mature_cutoff(1, 2, complete_until=3 * DAY)
    0
    """
    return complete_until - micros(gap) - micros(horizon)


def before(times: Ints, lows: Ints, highs: Ints, moments: Ints) -> Ints:
    """Find, in many sorted runs at once, the position of the first event not before a moment.

    Parameters
    ----------
    times : (n,) int64
        Times in microseconds, ascending within each run ``[low, high)``.
    lows, highs, moments : (q,) int64
        Run and moment of each query.

    Returns
    -------
    (q,) int64
        The smallest position ``p`` in ``[low, high]`` with no time before the moment in
        ``[p, high)``.

    Examples
    --------
    >>> before(np.array([1, 5, 5, 9]), np.array([0, 0]), np.array([4, 4]), np.array([5, 6]))
    array([1, 3])
    """
    if len(moments) == 1:
        # A request asks for one row, where many searches at once cost more than one.
        start, end = int(lows[0]), int(highs[0])
        return np.array([start + np.searchsorted(times[start:end], moments[0])], dtype=np.int64)
    low, high = lows.copy(), highs.copy()
    longest = int((high - low).max(initial=0))
    for _ in range(longest.bit_length()):
        middle = (low + high) >> 1
        inside = low < high
        earlier = inside & (times[np.minimum(middle, len(times) - 1)] < moments)
        low = np.where(earlier, middle + 1, low)
        high = np.where(inside & ~earlier, middle, high)
    return low


def feature_bounds(
    occurred_at: Ints, lows: Ints, ends: Ints, cutoffs: Ints, window: Window
) -> tuple[Ints, Ints]:
    """Return start and end position of a feature window for every row.

    Parameters
    ----------
    occurred_at : (n,) int64
        Event times, ascending within each customer.
    lows, ends : (r,) int64
        First event of the row's customer, and the end of what is visible at the cutoff.
    cutoffs : (r,) int64
        Cutoffs in microseconds.
    window : Window
        Stretch of the past.

    Returns
    -------
    tuple of (r,) int64
        Starts and ends; ``start <= end``.
    """
    lag = micros(window.lag)
    stops = before(occurred_at, lows, ends, cutoffs - lag) if lag else ends
    if window.days is None:
        return lows, stops
    return before(occurred_at, lows, stops, cutoffs - lag - micros(window.days)), stops


def visible_ends(occurred_at: Ints, known_at: Ints, lows: Ints, highs: Ints, cutoffs: Ints) -> Ints:
    """Return the end of what had both happened and become known before each row's cutoff.

    ``known_at`` must ascend within each customer, as ``occurred_at`` does.
    """
    happened = before(occurred_at, lows, highs, cutoffs)
    return happened if known_at is occurred_at else before(known_at, lows, happened, cutoffs)


def known(known_at: Ints, cutoff: int) -> Bools:
    """Tell which events were known before the cutoff."""
    return known_at < cutoff


def label_bounds(
    occurred_at: Ints, lows: Ints, highs: Ints, cutoffs: Ints, gap: float, horizon: float
) -> tuple[Ints, Ints]:
    """Return start and end position of the label window for every row."""
    start = micros(gap)
    first = before(occurred_at, lows, highs, cutoffs + start)
    return first, before(occurred_at, first, highs, cutoffs + start + micros(horizon))


def days_before(moments: Ints, cutoffs: Ints) -> Floats:
    """Return the days from each moment to its cutoff.

    Examples
    --------
    >>> days_before(np.array([0]), np.array([DAY // 2]))
    array([0.5])
    """
    return (cutoffs - moments) / DAY


def plain(number: float) -> str:
    """Write a number of days without an exponent, in as many digits as it needs.

    Examples
    --------
    >>> plain(28.0), plain(0.5), plain(1_000_000)
    ('28', '0.5', '1000000')
    """
    return np.format_float_positional(number, trim="-")


def _number(days: float) -> float:
    return int(days) if days == int(days) else float(days)
