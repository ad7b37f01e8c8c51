"""What each feature means: small pure functions over streams and segments.

Tallies are exact integers. Floating point begins with the last line of each function, elementwise,
so that a value does not depend on which rows it was computed with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.ranges import count_below, kth, largest, smallest
from features.segments import Category
from features.stream import Segments, Stream
from features.windows import DAY, Window, days_before

Compute = Callable[[Stream, str, Sequence[Window]], list[Values]]


@dataclass(frozen=True)
class Aggregate:
    """A way to turn the events of a window into one value.

    Parameters
    ----------
    name : str
        Part of the feature's name.
    compute : callable
        From a stream, a column and windows to one (r,) array for each window.
    phrase : str
        Begins the description; ``{column}`` and ``{events}`` are filled in.
    null : str
        When the value is null; empty when it never is.
    unit : str
        Unit of the value; empty for the unit of the column.
    column : str
        Kind of column it reads: ``""``, ``"measure"``, ``"category"`` or ``"any"``.
    """

    name: str
    compute: Compute
    phrase: str
    null: str = ""
    unit: str = ""
    column: str = ""


def _count(stream: Stream, column: str, windows: Sequence[Window]) -> list[Values]:
    return [stream.segments(window).lengths.astype(np.float64) for window in windows]


def _total(stream: Stream, column: str, windows: Sequence[Window]) -> list[Values]:
    scale = 10 ** stream.number(column).scale
    return [stream.sums(column, stream.segments(window)) / scale for window in windows]


def _mean(stream: Stream, column: str, windows: Sequence[Window]) -> list[Values]:
    scale = 10 ** stream.number(column).scale
    found = []
    for window in windows:
        segments = stream.segments(window)
        present = stream.presents(column, segments)
        sums = stream.sums(column, segments)
        found.append(_or_null(present > 0, sums / (np.maximum(present, 1) * scale)))
    return found


def _largest(stream: Stream, column: str, windows: Sequence[Window]) -> list[Values]:
    return _extreme(stream, column, windows, largest, np.iinfo(np.int64).min)


def _smallest(stream: Stream, column: str, windows: Sequence[Window]) -> list[Values]:
    return _extreme(stream, column, windows, smallest, np.iinfo(np.int64).max)


def _days_since(stream: Stream, column: str, windows: Sequence[Window]) -> list[Values]:
    found = []
    for window in windows:
        segments = stream.segments(window)
        some = segments.lengths > 0
        days = np.full(len(some), np.nan)
        last = stream.events.occurred_at[segments.ends[some] - 1]
        days[some] = days_before(last, stream.spine.cutoff[some])
        found.append(days)
    return found


def _days_between(stream: Stream, column: str, windows: Sequence[Window]) -> list[Values]:
    moments = stream.moments
    joined = Segments.join([stream.segments(window) for window in windows])
    first, end = moments.before[joined.starts] + 1, moments.before[joined.ends]
    some = end > first
    first, end = first[some], end[some]
    gaps = end - first
    ranks = kth(
        moments.ranks,
        np.concatenate([first, first]),
        np.concatenate([end, end]),
        np.concatenate([(gaps - 1) // 2, gaps // 2]),
    )
    low = moments.lows[first]
    lower, upper = np.split(moments.ordered[np.concatenate([low, low]) + ranks], 2)
    days = np.full(len(some), np.nan)
    days[some] = (lower + upper) / (2 * DAY)
    return list(np.split(days, len(windows)))


def _distinct(stream: Stream, column: str, windows: Sequence[Window]) -> list[Values]:
    joined = Segments.join([stream.segments(window) for window in windows])
    lows = np.tile(stream.lows, len(windows))
    limits = joined.starts - lows + 1
    counts = count_below(stream.repeats(column), joined.starts, joined.ends, limits)
    return list(np.split(counts.astype(np.float64), len(windows)))


def _latest(stream: Stream, column: str, windows: Sequence[Window]) -> list[Values]:
    source = stream.events.columns[column]
    found: list[Values] = []
    for window in windows:
        segments = stream.segments(window)
        some = np.flatnonzero(segments.lengths > 0)
        last = segments.ends[some] - 1
        if isinstance(source, Category):
            texts = np.full(len(segments.ends), None, dtype=np.object_)
            codes = source.codes[last]
            texts[some[codes >= 0]] = source.levels.names[codes[codes >= 0]]
            found.append(texts)
        else:
            numbers = np.full(len(segments.ends), np.nan)
            values = source.values[last] / 10**source.scale
            absent = False if source.present is None else ~source.present[last]
            numbers[some] = np.where(absent, np.nan, values)
            found.append(numbers)
    return found


COUNT: Final = Aggregate("count", _count, "Number of {events}", unit="events")
TOTAL: Final = Aggregate("total", _total, "Sum of {column} over {events}", column="measure")
MEAN: Final = Aggregate(
    "mean", _mean, "Mean {column} of {events}", "no value in the window", column="measure"
)
LARGEST: Final = Aggregate(
    "largest", _largest, "Largest {column} of {events}", "no value in the window", column="measure"
)
SMALLEST: Final = Aggregate(
    "smallest",
    _smallest,
    "Smallest {column} of {events}",
    "no value in the window",
    column="measure",
)
DAYS_SINCE: Final = Aggregate(
    "days_since", _days_since, "Days since the last of {events}", "no event in the window", "days"
)
DAYS_BETWEEN: Final = Aggregate(
    "days_between",
    _days_between,
    "Median days between consecutive distinct times of {events}",
    "fewer than two distinct times in the window",
    "days",
)
DISTINCT: Final = Aggregate(
    "distinct",
    _distinct,
    "Number of distinct {column} among {events}",
    unit="levels",
    column="category",
)
LATEST: Final = Aggregate(
    "latest",
    _latest,
    "Last known {column} of {events}",
    "nothing known, or the last value is empty",
    column="any",
)

AGGREGATES: Final = {
    each.name: each
    for each in (
        COUNT,
        TOTAL,
        MEAN,
        LARGEST,
        SMALLEST,
        DAYS_SINCE,
        DAYS_BETWEEN,
        DISTINCT,
        LATEST,
    )
}
"""Every aggregate by name, for reading definitions back from JSON."""


def _extreme(
    stream: Stream,
    column: str,
    windows: Sequence[Window],
    pick: Callable[[Ints, Ints, Ints], Ints],
    never: int,
) -> list[Values]:
    number = stream.number(column)
    values = number.values
    if number.present is not None:
        values = np.where(number.present, values, never)
    joined = Segments.join([stream.segments(window) for window in windows])
    some = stream.presents(column, joined) > 0
    found = np.full(len(some), np.nan)
    found[some] = pick(values, joined.starts[some], joined.ends[some]) / 10**number.scale
    return list(np.split(found, len(windows)))


def _or_null(some: Bools, values: Floats) -> Floats:
    return np.where(some, values, np.nan)
