"""How often and how much: counts, sums, means, spread, extremes and medians of measures."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.aggregates.aggregate import Aggregate
from features.arrays import Bools, Floats, Ints
from features.compiled import compiled
from features.medians import twice_median
from features.stream import Asked, Stream


def _count(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _lengths(stream.bounds, asked.places, found)


def _total(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _, _, unit = stream.measured(column)
    _differences(stream.sums(column), unit, stream.bounds, asked.places, found)


def _mean(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _, _, unit = stream.measured(column)
    sums, presents = stream.sums(column), stream.presents(column)
    _means(sums, presents, unit, stream.bounds, asked.places, found)


def _spread(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _deviations(*stream.measured(column), stream.bounds, asked.places, found)


def _middle(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _medians(*stream.measured(column), stream.bounds, asked.places, found)


def _largest(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _extremes(*stream.measured(column), stream.bounds, asked.places, 1, found)


def _smallest(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    _extremes(*stream.measured(column), stream.bounds, asked.places, -1, found)


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
def _lengths(bounds: Ints, chosen: Ints, found: Floats) -> None:
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            found[window, row] = bounds[1, chosen[window], row] - bounds[0, chosen[window], row]


@compiled
def _differences(sums: Ints, unit: float, bounds: Ints, chosen: Ints, found: Floats) -> None:
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            found[window, row] = (sums[end] - sums[start]) / unit


@compiled
def _means(
    sums: Ints, presents: Ints, unit: float, bounds: Ints, chosen: Ints, found: Floats
) -> None:
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            present = presents[end] - presents[start] if len(presents) else end - start
            total = sums[end] - sums[start]
            found[window, row] = total / (present * unit) if present else np.nan


@compiled
def _extremes(
    values: Ints,
    present: Bools,
    unit: float,
    bounds: Ints,
    chosen: Ints,
    sign: int,
    found: Floats,
) -> None:
    whole = len(present) == 0
    for row in range(bounds.shape[2]):
        stop, place, some, best = -1, 0, False, 0
        for window in range(len(chosen)):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            if end != stop or start > place:
                stop, place, some = end, end, False
            while place > start:
                place -= 1
                if whole or present[place]:
                    value = sign * values[place]
                    if not some or value > best:
                        some, best = True, value
            found[window, row] = sign * best / unit if some else np.nan


@compiled
def _deviations(
    values: Ints,
    present: Bools,
    unit: float,
    bounds: Ints,
    chosen: Ints,
    found: Floats,
) -> None:
    """Welford's running variance (Technometrics 4, 1962), which does not cancel."""
    whole = len(present) == 0
    for row in range(bounds.shape[2]):
        stop, place, count, mean, squares = -1, 0, 0, 0.0, 0.0
        for window in range(len(chosen)):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
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


@compiled
def _medians(
    values: Ints,
    present: Bools,
    unit: float,
    bounds: Ints,
    chosen: Ints,
    found: Floats,
) -> None:
    whole = len(present) == 0
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            some = np.empty(end - start, np.int64)
            count = 0
            for place in range(start, end):
                if whole or present[place]:
                    some[count] = values[place]
                    count += 1
            found[window, row] = twice_median(some[:count]) / (2 * unit) if count else np.nan
