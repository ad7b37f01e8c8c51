"""Exact answers about many ranges of one array at once.

The cost grows with the array and with the number of ranges, not with what the ranges cover, so
that twelve cutoffs cost little more than one. Everything is integer arithmetic: the answers do not
depend on how rows are batched.

`largest` and `smallest` use a sparse table (Bender and Farach-Colton, "The LCA problem revisited",
2000); `count_below` and `kth` a wavelet matrix (Claude, Navarro and Ordonez, "The wavelet matrix",
Information Systems 47, 2015). Both are walked level by level, so that only one level is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from features.arrays import Ints


def largest(values: Ints, starts: Ints, ends: Ints) -> Ints:
    """Return the largest value of each range ``[start, end)``.

    Parameters
    ----------
    values : (n,) int64
        The array.
    starts, ends : (q,) int64
        Ranges; none may be empty.

    Returns
    -------
    (q,) int64

    Examples
    --------
    >>> largest(np.array([3, 1, 4, 1, 5]), np.array([0, 1]), np.array([2, 5]))
    array([3, 5])
    """
    return _extreme(values, starts, ends, np.maximum)


def smallest(values: Ints, starts: Ints, ends: Ints) -> Ints:
    """Return the smallest value of each range ``[start, end)``; none may be empty."""
    return _extreme(values, starts, ends, np.minimum)


def count_below(values: Ints, starts: Ints, ends: Ints, limits: Ints) -> Ints:
    """Count the values below a limit in each range ``[start, end)``.

    Parameters
    ----------
    values : (n,) int64
        The array; 0 or above.
    starts, ends, limits : (q,) int64
        Ranges, and one limit each, 0 or above.

    Returns
    -------
    (q,) int64

    Examples
    --------
    >>> count_below(np.array([3, 1, 4, 1, 5]), np.array([0, 1]), np.array([5, 3]), np.array([4, 1]))
    array([3, 0])
    """
    low, high, count = starts, ends, np.zeros(len(starts), dtype=np.int64)
    bits = int(max(values.max(initial=0), limits.max(initial=0))).bit_length()
    for bit, zeros in _levels(values, bits):
        zero_low, zero_high = zeros[low], zeros[high]
        is_one = (limits >> bit) & 1 == 1
        count += np.where(is_one, zero_high - zero_low, 0)
        low = np.where(is_one, zeros[-1] + low - zero_low, zero_low)
        high = np.where(is_one, zeros[-1] + high - zero_high, zero_high)
    return count


def kth(values: Ints, starts: Ints, ends: Ints, order: Ints) -> Ints:
    """Return the value at an order, from 0, of each range ``[start, end)`` sorted.

    Parameters
    ----------
    values : (n,) int64
        The array; 0 or above.
    starts, ends, order : (q,) int64
        Ranges, and for each an order below its length.

    Returns
    -------
    (q,) int64

    Examples
    --------
    >>> kth(np.array([3, 1, 4, 1, 5]), np.array([0, 1]), np.array([5, 4]), np.array([2, 0]))
    array([3, 1])
    """
    low, high, rest = starts, ends, order
    found = np.zeros(len(starts), dtype=np.int64)
    for bit, zeros in _levels(values, int(values.max(initial=0)).bit_length()):
        zero_low, zero_high = zeros[low], zeros[high]
        is_one = rest >= zero_high - zero_low
        rest = np.where(is_one, rest - (zero_high - zero_low), rest)
        low = np.where(is_one, zeros[-1] + low - zero_low, zero_low)
        high = np.where(is_one, zeros[-1] + high - zero_high, zero_high)
        found |= is_one.astype(np.int64) << bit
    return found


def previous_same(owners: Ints, keys: Ints) -> Ints:
    """Return the position of the previous equal (owner, key), or -1.

    Examples
    --------
    >>> previous_same(np.array([0, 0, 0, 1]), np.array([7, 8, 7, 7]))
    array([-1, -1,  0, -1])
    """
    order = np.lexsort((keys, owners))
    same = (keys[order][1:] == keys[order][:-1]) & (owners[order][1:] == owners[order][:-1])
    previous = np.full(len(keys), -1, dtype=np.int64)
    previous[order[1:][same]] = order[:-1][same]
    return previous


def _extreme(values: Ints, starts: Ints, ends: Ints, pick: Callable[[Ints, Ints], Ints]) -> Ints:
    lengths = ends - starts
    # frexp gives the exponent without the rounding that log2 has at powers of two.
    level = np.frexp(lengths)[1] - 1
    found = np.empty(len(starts), dtype=np.int64)
    table = values
    for current in range(int(level.max(initial=-1)) + 1):
        width = 1 << current
        rows = np.flatnonzero(level == current)
        found[rows] = pick(table[starts[rows]], table[ends[rows] - width])
        table = pick(table[:-width], table[width:])
    return found


def _levels(values: Ints, bits: int) -> Iterator[tuple[int, Ints]]:
    """Walk the levels of a wavelet matrix: the bit, and the zeros before each position."""
    zeros = np.zeros(len(values) + 1, dtype=np.int64)
    for bit in reversed(range(bits)):
        is_zero = (values >> bit) & 1 == 0
        np.cumsum(is_zero, out=zeros[1:])
        yield bit, zeros
        values = np.concatenate([values[is_zero], values[~is_zero]])
