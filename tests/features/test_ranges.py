"""Answers about many ranges, against plain Python that looks at every value."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.arrays import Ints
from features.ranges import count_below, kth, largest, previous_same, smallest

signed = st.lists(st.integers(-(2**53), 2**53) | st.integers(-2, 2), min_size=1, max_size=40)
natural = st.lists(st.integers(0, 2**57) | st.integers(0, 4), min_size=1, max_size=40)


def ranges(length: int, *, empty: bool) -> tuple[Ints, Ints]:
    """Return every range of an array."""
    pairs = [
        (start, end)
        for start in range(length + 1)
        for end in range(start, length + 1)
        if empty or start < end
    ]
    starts, ends = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return starts, ends


@given(signed)
def test_extremes_of_every_range(values: list[int]) -> None:
    starts, ends = ranges(len(values), empty=False)
    array = np.array(values, dtype=np.int64)
    parts = [values[start:end] for start, end in zip(starts, ends, strict=True)]
    assert largest(array, starts, ends).tolist() == [max(part) for part in parts]
    assert smallest(array, starts, ends).tolist() == [min(part) for part in parts]


@given(natural, st.integers(0, 2**58) | st.integers(0, 5))
def test_count_below_of_every_range(values: list[int], limit: int) -> None:
    starts, ends = ranges(len(values), empty=True)
    found = count_below(np.array(values), starts, ends, np.full(len(starts), limit))
    expected = [
        sum(value < limit for value in values[start:end])
        for start, end in zip(starts, ends, strict=True)
    ]
    assert found.tolist() == expected


@given(natural, st.integers(0, 100))
def test_kth_of_every_range(values: list[int], percent: int) -> None:
    starts, ends = ranges(len(values), empty=False)
    order = (ends - starts - 1) * percent // 100
    expected = [
        sorted(values[start:end])[rank]
        for start, end, rank in zip(starts, ends, order, strict=True)
    ]
    assert kth(np.array(values), starts, ends, order).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 3)), max_size=30))
def test_previous_same_of_every_position(pairs: list[tuple[int, int]]) -> None:
    # Owners ascend, as events of customers do.
    pairs = sorted(pairs, key=lambda pair: pair[0])
    owners = np.array([owner for owner, _ in pairs], dtype=np.int64)
    keys = np.array([key for _, key in pairs], dtype=np.int64)
    expected = [
        max((place for place in range(here) if pairs[place] == pairs[here]), default=-1)
        for here in range(len(pairs))
    ]
    assert previous_same(owners, keys).tolist() == expected


def test_no_ranges_have_no_answers() -> None:
    none = np.zeros(0, dtype=np.int64)
    for values in (none, np.array([3, 1])):
        assert len(largest(values, none, none)) == 0
        assert len(count_below(values, none, none, none)) == 0
        assert len(kth(values, none, none, none)) == 0
    assert len(previous_same(none, none)) == 0
