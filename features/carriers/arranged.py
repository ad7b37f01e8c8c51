"""Rows in the order in which the kernel reads them: by customer, by time, by all the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.arrays import Bools, Ints, Values
from features.compiled import compiled


@compiled
def dealt(owner: Values, customers: int) -> tuple[Ints, Ints]:
    """Deal rows out to their customers; rows of one customer keep their order.

    Parameters
    ----------
    owner : (n,) int
        Position of each row's customer.
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
    >>> dealt(np.array([1, 0, 1]), 3)
    (array([0, 1, 3, 3]), array([1, 0, 2]))
    """
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


def arranged(
    rows: Ints, offsets: Ints, occurred_at: Ints, ties: Sequence[Values]
) -> tuple[Ints, Ints]:
    """Arrange the rows of each customer by time, and rows of one time by the other columns.

    Rows that come in the order of time, as logs do, are only looked at.

    Parameters
    ----------
    rows : (k,) int64
        Rows of some customers, one customer after the other.
    offsets : (customers + 1,) int64
        First position of each customer.
    occurred_at : (n,) int64
        Times of all rows.
    ties : sequence of (n,) int or bool
        What decides between rows of one customer and time, the first counting most.

    Returns
    -------
    (k,) int64
        The row that belongs at each position.
    (k,) int64
        Its time.

    Examples
    --------
    >>> times, ties = np.array([5, 9, 3, 5]), [np.array([2, 0, 0, 1])]
    >>> arranged(np.array([1, 0, 2, 3]), np.array([0, 1, 4]), times, ties)
    (array([1, 2, 3, 0]), array([9, 3, 5, 5]))
    """
    rows, times = rows.copy(), occurred_at[rows]
    twins = np.flatnonzero(_settled(rows, times, offsets))
    if len(twins) and ties:
        alike = rows[twins]
        keys = [each[alike] for each in reversed(ties)]
        owner = np.searchsorted(offsets, twins, side="right")
        rows[twins] = alike[np.lexsort([*keys, times[twins], owner])]
    return rows, times


@compiled
def _settled(rows: Ints, times: Ints, offsets: Ints) -> Bools:
    """Sort each customer's rows by time; tell which of them share their time with a neighbour."""
    twins = np.zeros(len(rows), np.bool_)
    for customer in range(len(offsets) - 1):
        low, high = offsets[customer], offsets[customer + 1]
        for place in range(low + 1, high):
            if times[place] < times[place - 1]:
                order = np.argsort(times[low:high], kind="mergesort")
                times[low:high] = times[low:high][order]
                rows[low:high] = rows[low:high][order]
                break
        for place in range(low + 1, high):
            if times[place] == times[place - 1]:
                twins[place - 1] = True
                twins[place] = True
    return twins
