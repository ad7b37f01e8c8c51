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
from features.stream import Asked, Stream
from features.windows import window_ends


def _days_since(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _ages(stream.events.occurred_at, stream.bounds, asked.places, stream.spine.cutoff, True, found)


def _days_since_first(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _ages(stream.events.occurred_at, stream.bounds, asked.places, stream.spine.cutoff, False, found)


def _days_between(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _median_gaps(stream.events.occurred_at, stream.bounds, asked.places, found)


def _longest_gap(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _longest_gaps(stream.events.occurred_at, stream.bounds, asked.places, found)


def _irregularity(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _variations(stream.events.occurred_at, stream.bounds, asked.places, found)


def _active_days(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _days_held(stream.events.occurred_at, stream.bounds, asked.places, found)


def _streak(period: int, stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    limits = window_ends(stream.spine.cutoff, asked.windows)
    _streaks(stream.events.occurred_at, stream.bounds, asked.places, limits, period * DAY, found)


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
def _ages(
    times: Ints, bounds: Ints, chosen: Ints, cutoffs: Ints, last: bool, found: Floats
) -> None:
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            place = end - 1 if last else start
            found[window, row] = (cutoffs[row] - times[place]) / DAY if end > start else np.nan


@compiled
def _median_gaps(times: Ints, bounds: Ints, chosen: Ints, found: Floats) -> None:
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            gaps = np.empty(max(end - start, 0), np.int64)
            count = 0
            for place in range(start + 1, end):
                if times[place] > times[place - 1]:
                    gaps[count] = times[place] - times[place - 1]
                    count += 1
            found[window, row] = twice_median(gaps[:count]) / (2 * DAY) if count else np.nan


@compiled
def _longest_gaps(times: Ints, bounds: Ints, chosen: Ints, found: Floats) -> None:
    for row in range(bounds.shape[2]):
        stop, place, longest = -1, 0, 0
        for window in range(len(chosen)):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            if end != stop or start > place:
                stop, place, longest = end, end - 1, 0
            while place > start:
                longest = max(longest, times[place] - times[place - 1])
                place -= 1
            found[window, row] = longest / DAY if longest else np.nan


@compiled
def _variations(times: Ints, bounds: Ints, chosen: Ints, found: Floats) -> None:
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
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


@compiled
def _days_held(times: Ints, bounds: Ints, chosen: Ints, found: Floats) -> None:
    for row in range(bounds.shape[2]):
        stop, place, days, earliest = -1, 0, 0, 0
        for window in range(len(chosen)):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            if end != stop or start > place:
                stop, place, days = end, end, 0
            while place > start:
                place -= 1
                day = times[place] // DAY
                if days == 0 or day < earliest:
                    days, earliest = days + 1, day
            found[window, row] = days


@compiled
def _streaks(
    times: Ints, bounds: Ints, chosen: Ints, limits: Ints, period: int, found: Floats
) -> None:
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            streak = 0
            place = bounds[1, chosen[window], row]
            while place > bounds[0, chosen[window], row]:
                place -= 1
                # Periods are half-open, [limit - period, limit): one instant less than the limit.
                back = (limits[window, row] - 1 - times[place]) // period
                if back > streak:
                    break
                if back == streak:
                    streak += 1
            found[window, row] = streak
