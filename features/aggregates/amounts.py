"""How often and how much: counts, sums, means, spread, extremes and medians of measures."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.aggregates.aggregate import Aggregate, power, presence
from features.arrays import Bools, Floats, Ints
from features.compiled import compiled
from features.medians import twice_median
from features.stream import Stream
from features.windows import Window


def _count(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans = stream.stretches(windows)
    return np.subtract(spans.ends, spans.starts, dtype=np.float64)


def _total(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans, sums = stream.stretches(windows), stream.sums(column)
    return _differences(sums, spans.starts, spans.ends, power(stream.number(column)))


def _mean(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans, presents = stream.stretches(windows), stream.presents(column)
    unit = power(stream.number(column))
    if presents is None:
        presents = _EVERY
    return _means(stream.sums(column), presents, spans.starts, spans.ends, unit)


def _spread(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans, number = stream.stretches(windows), stream.number(column)
    return _deviations(number.values, presence(number), spans.starts, spans.ends, power(number))


def _middle(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans, number = stream.stretches(windows), stream.number(column)
    return _medians(number.values, presence(number), spans.starts, spans.ends, power(number))


def _largest(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans, number = stream.stretches(windows), stream.number(column)
    return _extremes(number.values, presence(number), spans.starts, spans.ends, power(number), 1)


def _smallest(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans, number = stream.stretches(windows), stream.number(column)
    return _extremes(number.values, presence(number), spans.starts, spans.ends, power(number), -1)


_EVERY: Final = np.zeros(0, dtype=np.int64)
_NO_VALUE: Final = "no value in the window"

COUNT: Final = Aggregate("count", _count, "Number of {events}", unit="events")
TOTAL: Final = Aggregate("total", _total, "Sum of {column} over {events}", column="measure")
MEAN: Final = Aggregate("mean", _mean, "Mean {column} of {events}", _NO_VALUE, column="measure")
SPREAD: Final = Aggregate(
    "spread",
    _spread,
    "Standard deviation (of all, not a sample) of {column} of {events}",
    _NO_VALUE,
    column="measure",
)
MEDIAN: Final = Aggregate(
    "median", _middle, "Median {column} of {events}", _NO_VALUE, column="measure"
)
LARGEST: Final = Aggregate(
    "largest", _largest, "Largest {column} of {events}", _NO_VALUE, column="measure"
)
SMALLEST: Final = Aggregate(
    "smallest", _smallest, "Smallest {column} of {events}", _NO_VALUE, column="measure"
)


@compiled
def _differences(sums: Ints, starts: Ints, ends: Ints, unit: float) -> Floats:
    found = np.empty(starts.shape, np.float64)
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            found[window, row] = (sums[ends[window, row]] - sums[starts[window, row]]) / unit
    return found


@compiled
def _means(sums: Ints, presents: Ints, starts: Ints, ends: Ints, unit: float) -> Floats:
    found = np.empty(starts.shape, np.float64)
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            start, end = starts[window, row], ends[window, row]
            present = presents[end] - presents[start] if len(presents) else end - start
            total = sums[end] - sums[start]
            found[window, row] = total / (present * unit) if present else np.nan
    return found


@compiled
def _extremes(
    values: Ints, present: Bools, starts: Ints, ends: Ints, unit: float, sign: int
) -> Floats:
    found = np.empty(starts.shape, np.float64)
    whole = len(present) == 0
    for row in range(starts.shape[1]):
        stop, place, some, best = -1, 0, False, 0
        for window in range(starts.shape[0]):
            start, end = starts[window, row], ends[window, row]
            if end != stop or start > place:
                stop, place, some = end, end, False
            while place > start:
                place -= 1
                if whole or present[place]:
                    value = sign * values[place]
                    if not some or value > best:
                        some, best = True, value
            found[window, row] = sign * best / unit if some else np.nan
    return found


@compiled
def _deviations(values: Ints, present: Bools, starts: Ints, ends: Ints, unit: float) -> Floats:
    """Welford's running variance (Technometrics 4, 1962), which does not cancel."""
    found = np.empty(starts.shape, np.float64)
    whole = len(present) == 0
    for row in range(starts.shape[1]):
        stop, place, count, mean, squares = -1, 0, 0, 0.0, 0.0
        for window in range(starts.shape[0]):
            start, end = starts[window, row], ends[window, row]
            if end != stop or start > place:
                stop, place, count, mean, squares = end, end, 0, 0.0, 0.0
            while place > start:
                place -= 1
                if whole or present[place]:
                    count += 1
                    away = values[place] - mean
                    mean += away / count
                    squares += away * (values[place] - mean)
            found[window, row] = np.sqrt(squares / count) / unit if count else np.nan
    return found


@compiled
def _medians(values: Ints, present: Bools, starts: Ints, ends: Ints, unit: float) -> Floats:
    found = np.empty(starts.shape, np.float64)
    whole = len(present) == 0
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            start, end = starts[window, row], ends[window, row]
            some = np.empty(end - start, np.int64)
            count = 0
            for place in range(start, end):
                if whole or present[place]:
                    some[count] = values[place]
                    count += 1
            found[window, row] = twice_median(some[:count]) / (2 * unit) if count else np.nan
    return found
