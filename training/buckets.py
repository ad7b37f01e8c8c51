"""Splits by customer, for tasks whose data have a single cutoff."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from features.arrays import Bools, Ints, Values


def buckets_by_customer(customers: Values, folds: int, seed: int) -> Ints:
    """Assign each row one of ``2 * folds`` buckets by its customer, for tasks with one cutoff.

    Parameters
    ----------
    customers : (r,) int64 or object
        Customer of each row.
    folds : int
        Number of folds, each of two buckets.
    seed : int
        Another seed shuffles the customers anew.

    Returns
    -------
    (r,) int64
        The same for all rows of a customer, whatever else is there.

    Examples
    --------
    >>> buckets_by_customer(np.array([7, 8, 7]), 5, seed=0)
    array([9, 3, 9])
    """
    return np.array([_bucket(each, 2 * folds, seed) for each in customers], dtype=np.int64)


def roles_by_customer(bucket: Ints, fold: int, folds: int) -> Mapping[str, Bools]:
    """Give every row one of the four roles of a fold.

    Parameters
    ----------
    bucket : (r,) int64
        As `buckets_by_customer` assigns them.
    fold : int
        Fold to test on: two buckets. The next bucket calibrates, the one after it stops.
    folds : int
        Number of folds; 3 or more.

    Returns
    -------
    mapping of str to (r,) bool
        By slice, ``develop`` for all that calibration and test have not met, and ``final`` for all
        that test has not met.
    """
    place = (bucket - 2 * fold) % (2 * folds)
    held = {"train": place > 3, "stop": place == 3, "calibrate": place == 2, "test": place < 2}
    return held | {"develop": place > 2, "final": place > 1}


def _bucket(customer: object, buckets: int, seed: int) -> int:
    digest = hashlib.sha256(f"{seed}:{customer}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % buckets
