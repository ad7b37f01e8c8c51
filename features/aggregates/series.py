"""Values that stand until the next one: first and last value, slope, days below zero."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.aggregates.aggregate import Aggregate
from features.arrays import Bools, Codes, Floats, Ints
from features.compiled import compiled
from features.instants import DAY
from features.segments import Category, Levels
from features.stream import Asked, Stream
from features.windows import window_ends, window_starts


def _latest(stream: Stream, column: str, asked: Asked, found: Floats) -> Levels | None:
    return _picked(stream, column, asked, found, last=True)


def _earliest(stream: Stream, column: str, asked: Asked, found: Floats) -> Levels | None:
    return _picked(stream, column, asked, found, last=False)


def _picked(
    stream: Stream, column: str, asked: Asked, found: Floats, *, last: bool
) -> Levels | None:
    source = stream.events.columns[column]
    if isinstance(source, Category):
        _codes_at(source.codes, stream.bounds, asked.places, last, found)
        return source.levels
    _values_at(*stream.measured(column), stream.bounds, asked.places, last, found)
    return None


def _slope(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    times = stream.events.occurred_at
    _slopes(times, *stream.measured(column), stream.bounds, asked.places, found)


def _days_below_zero(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    values, present, _ = stream.measured(column)
    cutoff = stream.spine.cutoff
    _days_negative(
        stream.events.occurred_at,
        values,
        present,
        stream.lows,
        stream.bounds,
        asked.places,
        window_starts(cutoff, asked.windows),
        window_ends(cutoff, asked.windows),
        found,
    )


LATEST: Final = Aggregate(
    "latest",
    _latest,
    "Last known {column} of {events}",
    "nothing known, or the last value is empty",
    column="any",
)
EARLIEST: Final = Aggregate(
    "earliest",
    _earliest,
    "First {column} of {events}",
    "nothing known, or the first value is empty",
    column="any",
)
SLOPE: Final = Aggregate(
    "slope",
    _slope,
    "Slope of the least-squares line through {column} of {events}",
    "fewer than two distinct times with a value in the window",
    "{unit} a day",
    column="measure",
    timed=True,
)
DAYS_BELOW_ZERO: Final = Aggregate(
    "days_below_zero",
    _days_below_zero,
    "Days on which {column}, standing until the next value, was below 0 for {events}",
    "no value before the end of the window",
    "days",
    column="measure",
    timed=True,
    reaches=True,
)


@compiled
def _codes_at(codes: Codes, bounds: Ints, chosen: Ints, last: bool, found: Floats) -> None:
    found[:] = -1
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            if end > start:
                found[window, row] = codes[end - 1 if last else start]


@compiled
def _values_at(
    values: Ints, present: Bools, unit: float, bounds: Ints, chosen: Ints, last: bool, found: Floats
) -> None:
    found[:] = np.nan
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            place = end - 1 if last else start
            if end > start and (len(present) == 0 or present[place]):
                found[window, row] = values[place] / unit


@compiled
def _slopes(
    times: Ints,
    values: Ints,
    present: Bools,
    unit: float,
    bounds: Ints,
    chosen: Ints,
    found: Floats,
) -> None:
    """Running means and products, as Welford's variance: they do not cancel."""
    found[:] = np.nan
    for row in range(bounds.shape[2]):
        stop, place, count, last = -1, 0, 0, 0
        day, level, spread, product = 0.0, 0.0, 0.0, 0.0
        for window in range(len(chosen)):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            if end != stop or start > place:
                stop, place, count = end, end, 0
                day, level, spread, product = 0.0, 0.0, 0.0, 0.0
            while place > start:
                place -= 1
                if len(present) and not present[place]:
                    continue
                # Days are counted from the last value, near which they are exact.
                last = times[place] if count == 0 else last
                count += 1
                since = (times[place] - last) / DAY
                away = since - day
                day += away / count
                spread += away * (since - day)
                level += (values[place] - level) / count
                product += away * (values[place] - level)
            if spread > 0:
                found[window, row] = product / spread / unit


@compiled
def _days_negative(
    times: Ints,
    values: Ints,
    present: Bools,
    lows: Ints,
    bounds: Ints,
    chosen: Ints,
    begins: Ints,
    limits: Ints,
    found: Floats,
) -> None:
    found[:] = np.nan
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            until, below, some = limits[window, row], 0, False
            place = end
            # One value from before the window may still stand when it begins.
            while place > lows[row] and (place > start or until > begins[window, row]):
                place -= 1
                if len(present) and not present[place]:
                    continue
                since = max(times[place], begins[window, row])
                some = True
                if values[place] < 0:
                    below += until - since
                until = since
                if place < start:
                    break
            if some:
                found[window, row] = below / DAY
