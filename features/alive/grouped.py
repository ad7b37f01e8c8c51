"""Equal histories counted once, so that a fit costs what the histories differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints


@dataclass(frozen=True, eq=False)
class Grouped:
    """Distinct rows of some columns, and how many customers have each.

    Parameters
    ----------
    values : tuple of (k_i,) float64
        Distinct values of each column, rising.
    places : tuple of (u,) int64
        For each column, where in its values a distinct row stands.
    weights : (u,) float64
        Customers with that row.
    """

    values: tuple[Floats, ...]
    places: tuple[Ints, ...]
    weights: Floats

    @property
    def customers(self) -> int:
        """Customers in all."""
        return int(self.weights.sum())

    def column(self, number: int) -> Floats:
        """Return a column of the distinct rows, (u,)."""
        return self.values[number][self.places[number]]

    def weights_of(self, number: int) -> Floats:
        """Return how many customers have each distinct value of a column."""
        size = len(self.values[number])
        counts = np.bincount(self.places[number], weights=self.weights, minlength=size)
        return counts.astype(np.float64, copy=False)


def group(*columns: Floats) -> Grouped:
    """Count equal rows.

    Examples
    --------
    >>> once = group(np.array([2.0, 0.0, 2.0]), np.array([30.0, 0.0, 30.0]))
    >>> once.weights, once.column(1)
    (array([1., 2.]), array([ 0., 30.]))
    """
    values, places = zip(*(np.unique(c, return_inverse=True) for c in columns), strict=True)
    # Re-ranked after each column, so that the code stays below rows times distinct values.
    code = np.zeros(len(columns[0]), dtype=np.int64)
    first = np.arange(len(code))
    for value, place in zip(values, places, strict=True):
        _, first, code = np.unique(
            code * len(value) + place, return_index=True, return_inverse=True
        )
    counts = np.bincount(code, minlength=len(first)).astype(np.float64)
    return Grouped(values, tuple(place[first] for place in places), counts)


def thinned(whole: Grouped, rows: int) -> Grouped:
    """Return every so manieth distinct row, at most ``rows`` of them, where a rough answer will do.

    Examples
    --------
    >>> thinned(group(np.arange(10.0)), 5).column(0)
    array([0., 2., 4., 6., 8.])
    """
    stride = -(-len(whole.weights) // rows)
    places = tuple(np.ascontiguousarray(place[::stride]) for place in whole.places)
    return Grouped(whole.values, places, np.ascontiguousarray(whole.weights[::stride]))
