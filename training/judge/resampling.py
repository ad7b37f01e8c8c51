"""Customers drawn with replacement: how often each one counts in every resample.

Rows of many customers are dealt into blocks first. A block of whole customers is as independent of
the others as a customer is, so drawing blocks gives the same intervals at a cost that no longer
grows with the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from features.arrays import Floats, Ints, Values

LARGE: Final = 100_000
"""Rows from which on customers are drawn in blocks."""

BLOCKS: Final = 1_000
"""Blocks; the noise of a variance from so many is 4 %."""

_CELLS: Final = 1_500_000


def blocks_of(customers: Values, seed: int = 0) -> Ints:
    """Number the rows by their customer, or by the block of their customer when rows are many.

    Parameters
    ----------
    customers : (n,) int64 or object
        Whose row it is.
    seed : int
        Deals customers into blocks.

    Returns
    -------
    (n,) int64
        From 0, without holes.

    Examples
    --------
    >>> blocks_of(np.array([7, 9, 7]))
    array([0, 1, 0])
    """
    ids, found = np.unique(np.asarray(customers), return_inverse=True)
    codes: Ints = found.astype(np.int64)
    if len(codes) > LARGE and len(ids) > BLOCKS:
        dealt = np.random.default_rng(seed).permutation(len(ids)) % BLOCKS
        codes = dealt[codes].astype(np.int64)
    return codes


def drawn(size: int, resamples: int, seed: int, width: int) -> Iterator[Floats]:
    """Yield how often each of ``size`` customers counts, a few resamples at a time.

    Parameters
    ----------
    size : int
        Customers or blocks.
    resamples, seed : int
        How many draws; the same seed gives the same ones.
    width : int
        Numbers that a resample needs room for at once.

    Yields
    ------
    (b, size) float64
        Each row sums to ``size``.

    Examples
    --------
    >>> [counts.sum(axis=1).tolist() for counts in drawn(3, 2, seed=0, width=3)]
    [[3.0, 3.0]]
    """
    chunk = max(1, _CELLS // max(1, width))
    random = np.random.default_rng(seed)
    for start in range(0, resamples, chunk):
        counts = np.empty((min(chunk, resamples - start), size))
        for row in counts:
            row[:] = np.bincount(random.integers(0, size, size), minlength=size)
        yield counts


def sums(codes: Ints, columns: Floats, resamples: int, seed: int) -> Floats:
    """Sum columns over the rows of every resample.

    Parameters
    ----------
    codes : (n,) int64
        As `blocks_of` numbers them.
    columns : (n, k) float64
        What is summed.
    resamples, seed : int
        As for `drawn`.

    Returns
    -------
    (resamples, k) float64
    """
    size = int(codes.max()) + 1
    each = np.column_stack([np.bincount(codes, column, size) for column in columns.T])
    return np.concatenate([counts @ each for counts in drawn(size, resamples, seed, size)])
