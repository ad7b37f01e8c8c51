"""Rows that are too few to be laid into slices: all of them teach, in an order of their own."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.fit import Rows

ROUNDS: Final = 50
"""Rounds where nothing says when to stop."""

_MOST: Final = 100_000


def repeats(weights: Floats | None) -> Ints | None:
    """Return the places of rows, each as often as its weight says, where weights are whole numbers.

    Parameters
    ----------
    weights : (n,) float64 or None
        Above 0.

    Returns
    -------
    (m,) int64 or None
        None where there are no weights, some are no whole numbers, or rows would be many.

    Examples
    --------
    >>> repeats(np.array([2.0, 1.0])), repeats(np.array([0.5, 1.0]))
    (array([0, 0, 1]), None)
    """
    if weights is None or weights.sum() > _MOST or (weights != np.trunc(weights)).any():
        return None
    return np.repeat(np.arange(len(weights)), weights.astype(np.int64))


def in_order(rows: Rows) -> Rows:
    """Sort rows by what they hold, so that the order in which they came says nothing.

    Examples
    --------
    >>> rows = Rows(np.array([[2.0], [1.0]]), np.array([True, False]))
    >>> in_order(rows).matrix.tolist()
    [[1.0], [2.0]]
    """
    keys = [rows.label, *rows.matrix.T]
    place = np.lexsort(keys if rows.weight is None else [rows.weight, *keys])
    weight = None if rows.weight is None else rows.weight[place]
    return Rows(rows.matrix[place], rows.label[place], weight)
