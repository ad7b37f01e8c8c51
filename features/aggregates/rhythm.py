"""When events came: recency, tenure, cadence and its regularity, active days, streaks."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from features.aggregates.aggregate import Aggregate
from features.arrays import Floats, Ints
from features.compiled import compiled
from features.instants import DAY
from features.medians import twice_median
from features.stream import Stream
from features.windows import Window, window_ends


def _days_since(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans = stream.stretches(windows)
    cutoff = stream.spine.cutoff
    return _ages(stream.events.occurred_at, spans.starts, spans.ends, cutoff, True)


def _days_since_first(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans = stream.stretches(windows)
    cutoff = stream.spine.cutoff
    return _ages(stream.events.occurred_at, spans.starts, spans.ends, cutoff, False)


def _days_between(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans = stream.stretches(windows)
    return _median_gaps(stream.events.occurred_at, spans.starts, spans.ends)


def _longest_gap(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans = stream.stretches(windows)
    return _longest_gaps(stream.events.occurred_at, spans.starts, spans.ends)


def _irregularity(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans = stream.stretches(windows)
    return _variations(stream.events.occurred_at, spans.starts, spans.ends)


def _active_days(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans = stream.stretches(windows)
    return _days_held(stream.events.occurred_at, spans.starts, spans.ends)


def _streak(period: int, stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans = stream.stretches(windows)
    limits = window_ends(stream.spine.cutoff, windows)
    return _streaks(stream.events.occurred_at, spans.starts, spans.ends, limits, period * DAY)


DAYS_SINCE: Final = Aggregate(
    "days_since",
    _days_since,
    "Days since the last of {events}",
    "no event in the window",
    "days",
    timed=True,
)
DAYS_SINCE_FIRST: Final = Aggregate(
    "days_since_first",
    _days_since_first,
    "Days since the first of {events}",
    "no event in the window",
    "days",
    timed=True,
)
DAYS_BETWEEN: Final = Aggregate(
    "days_between",
    _days_between,
    "Median days between consecutive distinct times of {events}",
    "fewer than two distinct times in the window",
    "days",
    timed=True,
)
LONGEST_GAP: Final = Aggregate(
    "longest_gap",
    _longest_gap,
    "Most days between consecutive times of {events}",
    "fewer than two distinct times in the window",
    "days",
    timed=True,
)
IRREGULARITY: Final = Aggregate(
    "irregularity",
    _irregularity,
    "Spread of the days between consecutive distinct times of {events}, over their mean",
    "fewer than three distinct times in the window",
    "ratio",
    timed=True,
)
ACTIVE_DAYS: Final = Aggregate(
    "active_days", _active_days, "Days (UTC) that hold any of {events}", unit="days", timed=True
)
STREAKS: Final = {
    period: Aggregate(
        f"streak_of_{period}d",
        partial(_streak, period),
        f"Periods of {period} days in a row, back from the end of the window, that hold any of "
        "{events}",
        unit="periods",
        timed=True,
    )
    for period in (1, 7, 28)
}
"""Streaks by the days of a period."""


@compiled
def _ages(times: Ints, starts: Ints, ends: Ints, cutoffs: Ints, last: bool) -> Floats:
    found = np.empty(starts.shape, np.float64)
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            start, end = starts[window, row], ends[window, row]
            place = end - 1 if last else start
            found[window, row] = (cutoffs[row] - times[place]) / DAY if end > start else np.nan
    return found


@compiled
def _median_gaps(times: Ints, starts: Ints, ends: Ints) -> Floats:
    found = np.empty(starts.shape, np.float64)
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            start, end = starts[window, row], ends[window, row]
            gaps = np.empty(max(end - start, 0), np.int64)
            count = 0
            for place in range(start + 1, end):
                if times[place] > times[place - 1]:
                    gaps[count] = times[place] - times[place - 1]
                    count += 1
            found[window, row] = twice_median(gaps[:count]) / (2 * DAY) if count else np.nan
    return found


@compiled
def _longest_gaps(times: Ints, starts: Ints, ends: Ints) -> Floats:
    found = np.empty(starts.shape, np.float64)
    for row in range(starts.shape[1]):
        stop, place, longest = -1, 0, 0
        for window in range(starts.shape[0]):
            start, end = starts[window, row], ends[window, row]
            if end != stop or start > place:
                stop, place, longest = end, end - 1, 0
            while place > start:
                longest = max(longest, times[place] - times[place - 1])
                place -= 1
            found[window, row] = longest / DAY if longest else np.nan
    return found


@compiled
def _variations(times: Ints, starts: Ints, ends: Ints) -> Floats:
    found = np.empty(starts.shape, np.float64)
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            start, end = starts[window, row], ends[window, row]
            count = 0
            for place in range(start + 1, end):
                count += times[place] > times[place - 1]
            found[window, row] = np.nan
            if count < 2:
                continue
            mean = (times[end - 1] - times[start]) / count
            squares = 0.0
            for place in range(start + 1, end):
                if times[place] > times[place - 1]:
                    squares += (times[place] - times[place - 1] - mean) ** 2
            found[window, row] = np.sqrt(squares / count) / mean
    return found


@compiled
def _days_held(times: Ints, starts: Ints, ends: Ints) -> Floats:
    found = np.empty(starts.shape, np.float64)
    for row in range(starts.shape[1]):
        stop, place, days, earliest = -1, 0, 0, 0
        for window in range(starts.shape[0]):
            start, end = starts[window, row], ends[window, row]
            if end != stop or start > place:
                stop, place, days = end, end, 0
            while place > start:
                place -= 1
                day = times[place] // DAY
                if days == 0 or day < earliest:
                    days, earliest = days + 1, day
            found[window, row] = days
    return found


@compiled
def _streaks(times: Ints, starts: Ints, ends: Ints, limits: Ints, period: int) -> Floats:
    found = np.empty(starts.shape, np.float64)
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            streak = 0
            place = ends[window, row]
            while place > starts[window, row]:
                place -= 1
                # Periods are half-open, [limit - period, limit): one instant less than the limit.
                back = (limits[window, row] - 1 - times[place]) // period
                if back > streak:
                    break
                if back == streak:
                    streak += 1
            found[window, row] = streak
    return found
