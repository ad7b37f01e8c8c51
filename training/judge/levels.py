"""Rows numbered by the levels of an attribute."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.arrays import Ints, Values

UNKNOWN = "unknown"
"""Level of rows without a value."""


def levels_of(values: Values) -> tuple[tuple[str, ...], Ints]:
    """Number rows by their level; numbers are cut into quarters of the rows that have one.

    Parameters
    ----------
    values : (n,) object or float64
        Texts, or numbers; null is a level of its own.

    Returns
    -------
    tuple of str
        Levels: of texts the most frequent first, of numbers the lowest quarter first.
    (n,) int64
        Place of each row's level.

    Examples
    --------
    >>> levels_of(np.array(["a", "b", None, "b"], dtype=object))
    (('b', 'a', 'unknown'), array([1, 0, 2, 0]))
    >>> levels_of(np.array([1.0, 2.0, 3.0, 4.0, np.nan]))[0]
    ('up to 1.75', 'above 1.75 to 2.5', 'above 2.5 to 3.25', 'above 3.25', 'unknown')
    """
    if values.dtype != object:
        return _quarters(values.astype(np.float64))
    texts = np.array([UNKNOWN if each is None else str(each) for each in values], dtype=object)
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


def _quarters(values: Values) -> tuple[tuple[str, ...], Ints]:
    known = ~np.isnan(values)
    edges: Values = np.empty(0)
    if known.any():
        edges = np.unique(np.quantile(values[known], (0.25, 0.5, 0.75)))
    codes = np.searchsorted(edges, values, side="left").astype(np.int64)
    codes[~known] = len(edges) + 1
    words = [f"{edge:.6g}" for edge in edges]
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
