from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.buckets import buckets_by_customer, roles_by_customer

customers = st.lists(
    st.one_of(st.integers(0, 50), st.text(max_size=3)), min_size=1, max_size=60
).map(lambda names: np.array(names, dtype=object))


@given(names=customers, folds=st.integers(3, 8), seed=st.integers(0, 99))
def test_roles_part_the_rows_and_never_a_customer(names: Any, folds: int, seed: int) -> None:
    buckets = buckets_by_customer(names, folds, seed)
    tested = np.zeros(len(names), dtype=int)
    for fold in range(folds):
        roles = dict(roles_by_customer(buckets, fold, folds))
        develop, final = roles.pop("develop"), roles.pop("final")
        assert list(roles) == ["train", "stop", "calibrate", "test"]
        assert np.array_equal(develop, roles["train"] | roles["stop"])
        assert np.array_equal(final, ~roles["test"])
        assert np.array_equal(np.sum(list(roles.values()), axis=0), np.ones(len(names)))
        for name in set(names.tolist()):
            own = np.array([each == name for each in names])
            assert sum(rows[own].any() for rows in roles.values()) == 1
        tested += roles["test"]
    assert (tested == 1).all()


def test_a_bucket_hangs_on_customer_and_seed_alone() -> None:
    names = np.arange(500)
    buckets = buckets_by_customer(names, 5, seed=7)
    assert np.array_equal(buckets_by_customer(names[::-1], 5, seed=7), buckets[::-1])
    assert np.array_equal(buckets_by_customer(names[100:], 5, seed=7), buckets[100:])
    assert not np.array_equal(buckets_by_customer(names, 5, seed=8), buckets)
    # Fifty are expected in each of ten buckets.
    assert np.bincount(buckets, minlength=10).min() > 25
