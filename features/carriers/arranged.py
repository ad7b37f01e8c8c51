"""Rows in the order in which the kernel reads them: by customer, by time, by all the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.arrays import Bools, Ints, Values
from features.compiled import compiled


def arranged(
    owner: Values, occurred_at: Ints, ties: Sequence[Values], customers: int
) -> tuple[Ints, Ints]:
    """Arrange rows by customer and time, and rows of one time by the other columns.

    Rows that come in the order of time, as logs do, are only dealt out to their customers.

    Parameters
    ----------
    owner : (n,) int
        Position of each row's customer.
    occurred_at : (n,) int64
        Times.
    ties : sequence of (n,) int or bool
        What decides between rows of one customer and time, the first counting most.
    customers : int
        Number of customers.

    Returns
    -------
    (customers + 1,) int64
        First position of each customer.
    (n,) int64
        The row that belongs at each position.

    Examples
    --------
    >>> owner, times = np.array([1, 0, 1, 1]), np.array([5, 9, 3, 5])
    >>> arranged(owner, times, [np.array([2, 0, 0, 1])], customers=3)
    (array([0, 1, 4, 4]), array([1, 2, 3, 0]))
    """
    offsets, order = _dealt(owner, customers)
    _sort_times(order, occurred_at, offsets)
    twins = np.flatnonzero(_twins(order, occurred_at, offsets))
    if len(twins) and ties:
        rows = order[twins]
        keys = [each[rows] for each in reversed(ties)]
        order[twins] = rows[np.lexsort([*keys, occurred_at[rows], owner[rows]])]
    return offsets, order


@compiled
def _dealt(owner: Values, customers: int) -> tuple[Ints, Ints]:
    """Sort rows by customer; rows of one customer keep their order."""
    offsets = np.zeros(customers + 1, np.int64)
    for each in owner:
        offsets[each + 1] += 1
    for customer in range(customers):
        offsets[customer + 1] += offsets[customer]
    free = offsets[:-1].copy()
    order = np.empty(len(owner), np.int64)
    for row in range(len(owner)):
        order[free[owner[row]]] = row
        free[owner[row]] += 1
    return offsets, order


@compiled
def _sort_times(order: Ints, times: Ints, offsets: Ints) -> None:
    """Sort the rows of each customer by time, in place, where they are not sorted yet."""
    for customer in range(len(offsets) - 1):
        low, high = offsets[customer], offsets[customer + 1]
        for place in range(low + 1, high):
            if times[order[place]] < times[order[place - 1]]:
                rows = order[low:high].copy()
                order[low:high] = rows[np.argsort(times[rows], kind="mergesort")]
                break


@compiled
def _twins(order: Ints, times: Ints, offsets: Ints) -> Bools:
    """Tell which positions share customer and time with a neighbour."""
    found = np.zeros(len(order), np.bool_)
    for customer in range(len(offsets) - 1):
        for place in range(offsets[customer] + 1, offsets[customer + 1]):
            if times[order[place]] == times[order[place - 1]]:
                found[place - 1] = True
                found[place] = True
    return found
