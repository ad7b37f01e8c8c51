"""Rows numbered by the levels of an attribute."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from features.arrays import Floats, Ints, Values

UNKNOWN: Final = "unknown"
"""Level of rows without a value; called otherwise where texts have this name."""

_CODES: Final = 12
"""Different numbers up to which each is a level: such numbers are codes, or small counts."""


def levels_of(values: Values) -> tuple[tuple[str, ...], Ints]:
    """Number rows by their level: a text, one of a few numbers, or a quarter of many numbers.

    Parameters
    ----------
    values : (n,) object or float64
        Texts, or numbers; null is a level of its own.

    Returns
    -------
    tuple of str
        Levels: of texts the most frequent first, of numbers the lowest first.
    (n,) int64
        Place of each row's level.

    Examples
    --------
    >>> levels_of(np.array(["a", "b", None, "b"], dtype=object))
    (('b', 'a', 'unknown'), array([1, 0, 2, 0]))
    >>> levels_of(np.array([2.0, 1.0, np.nan]))
    (('1', '2', 'unknown'), array([1, 0, 2]))
    >>> levels_of(np.arange(101.0))[0]
    ('up to 25', 'above 25 to 50', 'above 50 to 75', 'above 75')
    """
    if values.dtype != object:
        numbers = values.astype(np.float64)
        found = np.unique(numbers[~np.isnan(numbers)])
        return _each(numbers, found) if 0 < len(found) <= _CODES else _quarters(numbers)
    absent = _apart(UNKNOWN, {str(each) for each in values if each is not None})
    texts = np.array([absent if each is None else str(each) for each in values], dtype=object)
    names, codes, counts = np.unique(texts, return_inverse=True, return_counts=True)
    order = sorted(range(len(names)), key=lambda place: (-counts[place], names[place]))
    return _renumbered([str(each) for each in names], codes, order)


def merged(levels: Sequence[str], codes: Ints, few: Sequence[bool]) -> tuple[tuple[str, ...], Ints]:
    """Put levels with too few rows together as ``others``, when there is more than one.

    Examples
    --------
    >>> merged(("a", "b", "c"), np.array([0, 1, 2]), (False, True, True))
    (('a', 'others (2 levels)'), array([0, 1, 1]))
    """
    rare = [place for place, is_few in enumerate(few) if is_few]
    if len(rare) < 2:
        return tuple(levels), codes
    kept = [place for place, is_few in enumerate(few) if not is_few]
    names = [levels[place] for place in kept]
    places = np.full(len(levels), len(kept), dtype=np.int64)
    places[kept] = range(len(kept))
    return (*names, f"others ({len(rare)} levels)"), places[codes]


def _apart(name: str, others: Collection[str]) -> str:
    """Return a name for what is absent that no level has."""
    while name in others:
        name = f"no value ({name})"
    return name


def _each(values: Floats, found: Floats) -> tuple[tuple[str, ...], Ints]:
    codes = np.where(np.isnan(values), len(found), np.searchsorted(found, values)).astype(np.int64)
    names = [*(f"{each:.12g}" for each in found), UNKNOWN]
    return _renumbered(names, codes, [place for place in range(len(names)) if place in codes])


def number(value: float, digits: int = 4) -> str:
    """Write a number with so many digits, and large ones whole.

    Examples
    --------
    >>> number(0.0123456), number(3688.4), number(13042.7), number(2e9, 6)
    ('0.01235', '3688', '13,043', '2,000,000,000')
    """
    return f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def _quarters(values: Values) -> tuple[tuple[str, ...], Ints]:
    known = ~np.isnan(values)
    edges: Values = np.empty(0)
    if known.any():
        edges = np.unique(np.quantile(values[known], (0.25, 0.5, 0.75)))
    codes = np.searchsorted(edges, values, side="left").astype(np.int64)
    codes[~known] = len(edges) + 1
    words = [number(edge, 6) for edge in edges]
    names = [
        " ".join(
            ([f"above {words[place - 1]}"] if place else [])
            + (["to" if place else "up to", words[place]] if place < len(words) else [])
        )
        for place in range(len(words) + 1)
    ]
    names = [names[0] or "all", *names[1:], UNKNOWN]
    return _renumbered(names, codes, [place for place in range(len(names)) if place in codes])


def _renumbered(
    names: Sequence[str], codes: Ints, order: Sequence[int]
) -> tuple[tuple[str, ...], Ints]:
    places = np.zeros(len(names), dtype=np.int64)
    places[list(order)] = range(len(order))
    return tuple(names[place] for place in order), places[codes]
