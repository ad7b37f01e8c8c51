import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.instants import DAY
from training.purity import ImpureSplitError, require_disjoint, require_purged

NAMES = ("train", "stop", "calibrate", "test")
CUTOFFS = np.repeat(np.array([0, 10, 20, 30]) * DAY, 3)
CUSTOMERS = np.arange(12)


def slices() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    return {name: np.arange(12) // 3 == place for place, name in enumerate(NAMES)}


def test_a_pure_split_passes() -> None:
    require_purged(slices(), CUTOFFS, gap=3, horizon=7)
    require_disjoint(slices(), CUSTOMERS)


@given(gap=st.integers(0, 20), horizon=st.integers(1, 20))
def test_labels_may_reach_to_the_next_cutoff_and_not_past_it(gap: int, horizon: int) -> None:
    if gap + horizon <= 10:
        require_purged(slices(), CUTOFFS, gap, horizon)
    else:
        with pytest.raises(ImpureSplitError, match="labels of 'train' reach to"):
            require_purged(slices(), CUTOFFS, gap, horizon)


@pytest.mark.parametrize("place", range(12))
def test_one_row_moved_to_the_wrong_side_is_found(place: int) -> None:
    for other in range(4):
        if other == place // 3:
            continue
        cutoffs = CUTOFFS.copy()
        cutoffs[place] = CUTOFFS[other * 3]
        with pytest.raises(ImpureSplitError, match="labels of '"):
            require_purged(slices(), cutoffs, gap=0, horizon=1)


def test_the_overlap_is_told_with_names_and_dates() -> None:
    with pytest.raises(ImpureSplitError) as caught:
        require_purged(slices(), CUTOFFS, gap=4, horizon=7)
    assert str(caught.value) == (
        "labels of 'train' reach to 1970-01-12T00:00:00Z, past 1970-01-11T00:00:00Z, the first "
        "cutoff of 'stop'"
    )


def test_shared_rows_are_found() -> None:
    for one, other in [("train", "test"), ("stop", "calibrate")]:
        shared = slices()
        shared[one] = shared[one] | shared[other]
        told = re.escape(f"slices '{one}' and '{other}' share rows")
        with pytest.raises(ImpureSplitError, match=told):
            require_disjoint(shared, CUSTOMERS)
        with pytest.raises(ImpureSplitError):
            require_purged(shared, CUTOFFS, gap=0, horizon=1)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_slice_is_found(name: str) -> None:
    empty = slices() | {name: np.zeros(12, dtype=np.bool_)}
    told = f"slice '{name}' has no rows"
    with pytest.raises(ImpureSplitError, match=told):
        require_purged(empty, CUTOFFS, gap=0, horizon=1)
    with pytest.raises(ImpureSplitError, match=told):
        require_disjoint(empty, CUSTOMERS)


@pytest.mark.parametrize("texts", [False, True])
def test_a_shared_customer_is_found_and_named(texts: bool) -> None:
    customers = CUSTOMERS.copy()
    customers[11] = customers[0]
    named = np.array([f"c{each}" for each in customers], dtype=object) if texts else customers
    with pytest.raises(ImpureSplitError) as caught:
        require_disjoint(slices(), named)
    expected = "'train' and 'test' share 1 customers, such as " + ("c0" if texts else "0")
    assert str(caught.value) == expected
