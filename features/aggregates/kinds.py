"""Which levels of a category: how many, which most, how spread out, how many never seen before."""

from __future__ import annotations

import json
from typing import Final

import numpy as np

from features.aggregates.aggregate import Aggregate
from features.arrays import Codes, Floats, Ints
from features.compiled import compiled
from features.segments import Levels
from features.stream import Asked, Stream


def _distinct(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    category, offsets = stream.category(column), stream.events.offsets
    levels = len(category.levels.names)
    _levels_held(category.codes, offsets, levels, stream.bounds, asked.places, found)


def _novel(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    category, offsets = stream.category(column), stream.events.offsets
    levels = len(category.levels.names)
    _levels_begun(category.codes, offsets, levels, stream.bounds, asked.places, found)


def _entropy(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    found[:] = stream.kept(_told, column, asked)[0]


def _concentration(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    found[:] = stream.kept(_told, column, asked)[1]


def _usual(stream: Stream, column: str, asked: Asked, found: Floats) -> Levels:
    found[:] = stream.kept(_told, column, asked)[2]
    return stream.category(column).levels


def _of_usual(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    """Read a board's column, which says one thing of each name, at the most frequent name."""
    by = column.rpartition(".")[0]
    (values, present, unit), category = stream.measured(column), stream.category(by)
    worth = np.full(len(category.levels.names) + 1, np.nan)
    known = category.codes >= 0
    if len(present):
        known = known & present
    worth[category.codes[known]] = values[known] / unit
    found[:] = worth[stream.kept(_told, by, asked)[2].astype(np.int64)]


def _told(stream: Stream, column: str, asked: Asked) -> Floats:
    """Return what one walk tells: entropy, concentration and most frequent level, (3, w, r)."""
    category = stream.category(column)
    told = np.empty((3, len(asked.places), len(stream.spine)), dtype=np.float64)
    _counted(category.codes, len(category.levels.names), stream.bounds, asked.places, told)
    return told


def _held(stream: Stream, column: str, asked: Asked, found: Floats) -> Levels:
    category = stream.category(column)
    texts: dict[str, int] = {}
    for window, row in np.ndindex(*found.shape):
        start, end = stream.bounds[:, asked.places[window], row]
        codes = np.unique(category.codes[start:end])
        names = category.levels.names[codes[codes >= 0]].tolist()
        text = json.dumps(sorted(names))
        found[window, row] = texts.setdefault(text, len(texts)) if names else -1
    return Levels(np.array([*texts], dtype=object))


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
OF_USUAL: Final = Aggregate(
    "of_usual",
    _of_usual,
    "{column} at the most frequent one, the most recent among equals, of {events}",
    "nobody is named in the window, or nothing is known of the most frequent one",
    column="board",
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
def _levels_begun(
    codes: Codes, offsets: Ints, levels: int, bounds: Ints, chosen: Ints, found: Floats
) -> None:
    counts = _firsts(codes, offsets, levels)
    for window in range(len(chosen)):
        for row in range(bounds.shape[2]):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            found[window, row] = counts[end] - counts[start]


@compiled
def _levels_held(
    codes: Codes, offsets: Ints, levels: int, bounds: Ints, chosen: Ints, found: Floats
) -> None:
    again = _next_same(codes, offsets, levels)
    for row in range(bounds.shape[2]):
        stop, place, count = -1, 0, 0
        for window in range(len(chosen)):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            if end != stop or start > place:
                stop, place, count = end, end, 0
            while place > start:
                place -= 1
                count += again[place] >= end
            found[window, row] = count


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
def _counted(codes: Codes, levels: int, bounds: Ints, chosen: Ints, found: Floats) -> None:
    """Fill in entropy, sum of squared shares and code of the most frequent level."""
    entropy, squares, usual = found[0], found[1], found[2]
    entropy[:], squares[:], usual[:] = np.nan, np.nan, -1
    counts = np.zeros(levels, np.int64)
    touched = np.empty(levels, np.int32)
    for row in range(bounds.shape[2]):
        stop, place, total, kinds = -1, 0, 0, 0
        for window in range(len(chosen)):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
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
