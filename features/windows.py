"""The one convention of time, and the only place where a time meets a cutoff.

All instants are UTC, held as integer microseconds since 1970. Intervals are half-open. A feature
window of ``d`` days is ``[cutoff - d, cutoff)``, shifted back by its lag; a label window is
``[cutoff + gap, cutoff + gap + horizon)``. An event exactly at the cutoff is future. An event is
visible at a cutoff when ``known_at < cutoff``; windows are measured on ``occurred_at``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.arguments import DAYS, DELAY, or_none, require
from features.arrays import Bools, Floats, Ints
from features.errors import MaturityError
from features.instants import BEGINNING, DAY, iso, micros, plain
from features.searches import first_from, stretches


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
        require("window", {"days": or_none(DAYS), "lag": DELAY}, days=self.days, lag=self.lag)
        # 28 and 28.0 days are one window, and must be written in one way.
        object.__setattr__(self, "days", None if self.days is None else _number(self.days))
        object.__setattr__(self, "lag", _number(self.lag))

    @property
    def label(self) -> str:
        """The window's part of a feature's name."""
        length = "ever" if self.days is None else f"{plain(self.days)}d"
        label = length + (f"_lag{plain(self.lag)}d" if self.lag else "")
        return label.replace(".", "_")


class Windows(tuple[Window, ...]):
    """Windows that are asked for again and again: what they are in microseconds is kept."""

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def measured(self) -> tuple[Ints, Ints]:
        """Lags and lengths in microseconds, (w,) each; a length without end is negative."""
        lags = [micros(each.lag) for each in self]
        lengths = [-1 if each.days is None else micros(each.days) for each in self]
        return np.array(lags, dtype=np.int64), np.array(lengths, dtype=np.int64)


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
    found = np.empty(len(moments), dtype=np.int64)
    first_from(times, lows, highs, moments, found)
    return found


def feature_bounds(
    occurred_at: Ints, lows: Ints, ends: Ints, cutoffs: Ints, windows: tuple[Window, ...]
) -> Ints:
    """Return start and end position of feature windows for every row.

    Parameters
    ----------
    occurred_at : (n,) int64
        Event times, ascending within each customer.
    lows, ends : (r,) int64
        First event of the row's customer, and the end of what is visible at the cutoff.
    cutoffs : (r,) int64
        Cutoffs in microseconds.
    windows : tuple of Window
        Stretches of the past.

    Returns
    -------
    (2, windows, r) int64
        Starts and ends; ``start <= end``.
    """
    found = np.empty((2, len(windows), len(cutoffs)), dtype=np.int64)
    stretches(occurred_at, lows, ends, cutoffs, *_measured(windows), found)
    return found


def window_ends(cutoffs: Ints, windows: tuple[Window, ...]) -> Ints:
    """Return the instant at which each window of each row ends, (windows, r), itself outside."""
    lags, _ = _measured(windows)
    return cutoffs - lags[:, np.newaxis]


def window_starts(cutoffs: Ints, windows: tuple[Window, ...]) -> Ints:
    """Return the first instant of each window of each row, (windows, r)."""
    lags, lengths = (each[:, np.newaxis] for each in _measured(windows))
    return np.where(lengths < 0, BEGINNING, cutoffs - lags - lengths)


def _measured(windows: tuple[Window, ...]) -> tuple[Ints, Ints]:
    return (windows if isinstance(windows, Windows) else Windows(windows)).measured


def visible_ends(occurred_at: Ints, known_at: Ints, lows: Ints, highs: Ints, cutoffs: Ints) -> Ints:
    """Return the end of what had both happened and become known before each row's cutoff.

    ``known_at`` must ascend within each customer, as ``occurred_at`` does.
    """
    happened = before(occurred_at, lows, highs, cutoffs)
    return happened if known_at is occurred_at else before(known_at, lows, happened, cutoffs)


def known(known_at: Ints, cutoff: int | Ints, superseded_at: Ints | None = None) -> Bools:
    """Tell which events were known before the cutoff, and not replaced before it."""
    if superseded_at is None:
        return known_at < cutoff
    return (known_at < cutoff) & (superseded_at >= cutoff)


def within(occurred_at: Ints, cutoff: int, window: Window) -> Bools:
    """Tell which events happened in a window of one cutoff, (n,) bool."""
    moment = np.array([cutoff], dtype=np.int64)
    start, end = window_starts(moment, (window,))[0, 0], window_ends(moment, (window,))[0, 0]
    return np.asarray((occurred_at >= start) & (occurred_at < end))


def published_at(cutoffs: Ints, every: float) -> Ints:
    """Return the last instant at or before each cutoff that is a whole multiple of some days.

    Parameters
    ----------
    cutoffs : (r,) int64
        UTC microseconds.
    every : float
        Days, counted from 1970, 00:00 UTC.

    Examples
    --------
    >>> published_at(np.array([0, DAY - 1, DAY, 9 * DAY]), 7) // DAY
    array([0, 0, 0, 7])
    """
    return cutoffs - cutoffs % micros(every)


def label_bounds(
    occurred_at: Ints, lows: Ints, highs: Ints, cutoffs: Ints, gap: float, horizon: float
) -> tuple[Ints, Ints]:
    """Return start and end position of the label window for every row."""
    start = micros(gap)
    first = before(occurred_at, lows, highs, cutoffs + start)
    return first, before(occurred_at, first, highs, cutoffs + start + micros(horizon))


def settled_by(settled: Ints, cutoffs: Ints) -> Ints:
    """Count, for each cutoff, the instants that are not after it.

    A label window is open at its end: an outcome settled at the cutoff itself was known before it.

    Parameters
    ----------
    settled : (n,) int64
        Instants, ascending.
    cutoffs : (r,) int64
        Cutoffs in microseconds.

    Returns
    -------
    (r,) int64

    Examples
    --------
    >>> settled_by(np.array([2, 5]), np.array([1, 2, 4, 5]))
    array([0, 1, 1, 2])
    """
    return np.searchsorted(settled, cutoffs, side="right").astype(np.int64)


def too_early(cutoffs: Sequence[int], learnt_at: int) -> list[int]:
    """Return the cutoffs, ascending, that must not read what was learnt as of another."""
    return sorted(each for each in cutoffs if each < learnt_at)


def days_before(moments: Ints, cutoffs: Ints) -> Floats:
    """Return the days from each moment to its cutoff.

    Examples
    --------
    >>> days_before(np.array([0]), np.array([DAY // 2]))
    array([0.5])
    """
    return (cutoffs - moments) / DAY


def _number(days: float) -> float:
    return int(days) if days == int(days) else float(days)
