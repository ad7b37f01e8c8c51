"""Which levels of a category: how many, which most, how spread out, how many never seen before."""

from __future__ import annotations

import json
from typing import Final

import numpy as np

from features.aggregates.aggregate import Aggregate
from features.arrays import Codes, Floats, Ints, Texts
from features.compiled import compiled
from features.stream import Stream
from features.windows import Window


def _distinct(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans, category = stream.stretches(windows), stream.category(column)
    again = _next_same(category.codes, stream.events.offsets, len(category.levels.names))
    return _levels_held(again, spans.starts, spans.ends)


def _novel(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans, category = stream.stretches(windows), stream.category(column)
    firsts = _firsts(category.codes, stream.events.offsets, len(category.levels.names))
    return _differences(firsts, spans.starts, spans.ends)


def _entropy(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    return _told(stream, column, windows)[0]


def _concentration(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    return _told(stream, column, windows)[1]


def _usual(stream: Stream, column: str, windows: tuple[Window, ...]) -> Texts:
    codes = _told(stream, column, windows)[2]
    return stream.category(column).levels.texts(codes)


def _held(stream: Stream, column: str, windows: tuple[Window, ...]) -> Texts:
    spans, category = stream.stretches(windows), stream.category(column)
    found = np.full(spans.starts.shape, None, dtype=np.object_)
    for place in np.ndindex(*found.shape):
        codes = np.unique(category.codes[spans.starts[place] : spans.ends[place]])
        if len(codes) and codes[-1] >= 0:
            names = category.levels.names[codes[codes >= 0]].tolist()
            found[place] = json.dumps(sorted(names))
    return found


def _told(stream: Stream, column: str, windows: tuple[Window, ...]) -> tuple[Floats, Floats, Codes]:
    spans, category = stream.stretches(windows), stream.category(column)
    levels = len(category.levels.names)
    return stream.kept(
        ("kinds", column, windows),
        lambda: _counted(category.codes, levels, spans.starts, spans.ends),
    )


_NO_LEVEL: Final = "no level in the window"

DISTINCT: Final = Aggregate(
    "distinct",
    _distinct,
    "Number of distinct {column} among {events}",
    unit="levels",
    column="category",
)
NOVEL: Final = Aggregate(
    "novel",
    _novel,
    "Number of {column} that first appear among {events}",
    unit="levels",
    column="category",
    reaches=True,
)
ENTROPY: Final = Aggregate(
    "entropy",
    _entropy,
    "Entropy of {column} by count over {events}",
    _NO_LEVEL,
    "nats",
    column="category",
)
CONCENTRATION: Final = Aggregate(
    "concentration",
    _concentration,
    "Sum of the squared shares of {column} by count over {events}",
    _NO_LEVEL,
    "from 0 to 1",
    column="category",
)
USUAL: Final = Aggregate(
    "usual",
    _usual,
    "Most frequent {column}, the most recent among equals, of {events}",
    _NO_LEVEL,
    "level",
    column="category",
)
HELD: Final = Aggregate(
    "levels",
    _held,
    "Levels of {column}, as a JSON list by name, of {events}",
    _NO_LEVEL,
    "level",
    column="category",
)


@compiled
def _next_same(codes: Codes, offsets: Ints, levels: int) -> Ints:
    """Return the position of a customer's next event of the same level.

    After the last one it is past every position; an absent level stands nowhere, -1.
    """
    found = np.empty(len(codes), np.int64)
    # Positions are kept one higher: pages of zeros that are not touched cost nothing.
    seen = np.zeros(levels, np.int64)
    for customer in range(len(offsets) - 1):
        low = offsets[customer]
        for place in range(offsets[customer + 1] - 1, low - 1, -1):
            code = codes[place]
            if code < 0:
                found[place] = -1
                continue
            found[place] = seen[code] - 1 if seen[code] > low else len(codes)
            seen[code] = place + 1
    return found


@compiled
def _differences(counts: Ints, starts: Ints, ends: Ints) -> Floats:
    found = np.empty(starts.shape, np.float64)
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            found[window, row] = counts[ends[window, row]] - counts[starts[window, row]]
    return found


@compiled
def _levels_held(again: Ints, starts: Ints, ends: Ints) -> Floats:
    found = np.empty(starts.shape, np.float64)
    for row in range(starts.shape[1]):
        stop, place, count = -1, 0, 0
        for window in range(starts.shape[0]):
            start, end = starts[window, row], ends[window, row]
            if end != stop or start > place:
                stop, place, count = end, end, 0
            while place > start:
                place -= 1
                count += again[place] >= end
            found[window, row] = count
    return found


@compiled
def _firsts(codes: Codes, offsets: Ints, levels: int) -> Ints:
    """Count, before each position, the events that are a customer's first of their level."""
    counts = np.zeros(len(codes) + 1, np.int64)
    seen = np.zeros(levels, np.int64)
    for customer in range(len(offsets) - 1):
        for place in range(offsets[customer], offsets[customer + 1]):
            code = codes[place]
            counts[place + 1] = counts[place]
            if code >= 0 and seen[code] != customer + 1:
                seen[code] = customer + 1
                counts[place + 1] += 1
    return counts


@compiled
def _counted(codes: Codes, levels: int, starts: Ints, ends: Ints) -> tuple[Floats, Floats, Codes]:
    """Return entropy, sum of squared shares and most frequent level of every segment."""
    entropy = np.full(starts.shape, np.nan, np.float64)
    squares = np.full(starts.shape, np.nan, np.float64)
    usual = np.full(starts.shape, -1, np.int32)
    counts = np.zeros(levels, np.int64)
    touched = np.empty(levels, np.int32)
    for row in range(starts.shape[1]):
        stop, place, total, kinds = -1, 0, 0, 0
        for window in range(starts.shape[0]):
            start, end = starts[window, row], ends[window, row]
            if end != stop or start > place:
                for kind in range(kinds):
                    counts[touched[kind]] = 0
                stop, place, total, kinds = end, end, 0, 0
            while place > start:
                place -= 1
                code = codes[place]
                if code < 0:
                    continue
                if counts[code] == 0:
                    touched[kinds] = code
                    kinds += 1
                counts[code] += 1
                total += 1
            if total == 0:
                continue
            most, spread, square = 0, 0.0, 0
            for kind in range(kinds):
                count = counts[touched[kind]]
                spread -= count / total * np.log(count / total)
                square += count * count
                if count > most:
                    most = count
                    usual[window, row] = touched[kind]
            entropy[window, row] = spread
            squares[window, row] = square / (total * total)
        for kind in range(kinds):
            counts[touched[kind]] = 0
    return entropy, squares, usual
