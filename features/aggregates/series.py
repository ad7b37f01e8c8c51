"""Values that stand until the next one: first and last value, slope, days below zero."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.aggregates.aggregate import Aggregate, power, presence
from features.arrays import Bools, Codes, Floats, Ints, Values
from features.compiled import compiled
from features.instants import DAY
from features.segments import Category
from features.stream import Stream
from features.windows import Window, window_ends, window_starts


def _latest(stream: Stream, column: str, windows: tuple[Window, ...]) -> Values:
    return _picked(stream, column, windows, last=True)


def _earliest(stream: Stream, column: str, windows: tuple[Window, ...]) -> Values:
    return _picked(stream, column, windows, last=False)


def _picked(stream: Stream, column: str, windows: tuple[Window, ...], *, last: bool) -> Values:
    spans, source = stream.stretches(windows), stream.events.columns[column]
    if isinstance(source, Category):
        codes = _codes_at(source.codes, spans.starts, spans.ends, last)
        return source.levels.texts(codes)
    return _values_at(
        source.values, presence(source), spans.starts, spans.ends, power(source), last
    )


def _slope(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans, number = stream.stretches(windows), stream.number(column)
    times = stream.events.occurred_at
    return _slopes(times, number.values, presence(number), spans.starts, spans.ends, power(number))


def _days_below_zero(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans, number = stream.stretches(windows), stream.number(column)
    cutoff = stream.spine.cutoff
    return _days_negative(
        stream.events.occurred_at,
        number.values,
        presence(number),
        stream.lows,
        spans.starts,
        spans.ends,
        window_starts(cutoff, windows),
        window_ends(cutoff, windows),
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
def _codes_at(codes: Codes, starts: Ints, ends: Ints, last: bool) -> Codes:
    found = np.full(starts.shape, -1, np.int32)
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            start, end = starts[window, row], ends[window, row]
            if end > start:
                found[window, row] = codes[end - 1 if last else start]
    return found


@compiled
def _values_at(
    values: Ints, present: Bools, starts: Ints, ends: Ints, unit: float, last: bool
) -> Floats:
    found = np.full(starts.shape, np.nan, np.float64)
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            start, end = starts[window, row], ends[window, row]
            place = end - 1 if last else start
            if end > start and (len(present) == 0 or present[place]):
                found[window, row] = values[place] / unit
    return found


@compiled
def _slopes(
    times: Ints, values: Ints, present: Bools, starts: Ints, ends: Ints, unit: float
) -> Floats:
    """Running means and products, as Welford's variance: they do not cancel."""
    found = np.full(starts.shape, np.nan, np.float64)
    for row in range(starts.shape[1]):
        stop, place, count, last = -1, 0, 0, 0
        day, level, spread, product = 0.0, 0.0, 0.0, 0.0
        for window in range(starts.shape[0]):
            start, end = starts[window, row], ends[window, row]
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
    return found


@compiled
def _days_negative(
    times: Ints,
    values: Ints,
    present: Bools,
    lows: Ints,
    starts: Ints,
    ends: Ints,
    begins: Ints,
    limits: Ints,
) -> Floats:
    found = np.full(starts.shape, np.nan, np.float64)
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            start, end = starts[window, row], ends[window, row]
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
    return found
