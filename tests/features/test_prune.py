"""What is dropped from training rows, and what is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features.errors import DefinitionError
from features.kernel import Vectors
from features.prune import Limits, prune

ROWS = 400
DRAW = np.random.default_rng(3)
NOISE = DRAW.normal(size=ROWS)
CUTOFFS = np.repeat([0, 1], ROWS // 2)


def reasons(limits: Limits | None = None, keep: tuple[str, ...] = (), **columns: Any) -> Any:
    vectors = Vectors(np.arange(ROWS), CUTOFFS, columns)
    return {each.name: each.reason for each in prune(vectors, limits or Limits(), keep=keep)}


def texts(*values: str | None) -> Any:
    return np.array([values[row % len(values)] for row in range(ROWS)], dtype=object)


def test_what_differs_stays() -> None:
    other = DRAW.normal(size=ROWS)
    near = NOISE + 0.2 * other**2
    assert reasons(one=NOISE, other=other, near=near, text=texts("a", "b", None)) == {}


def test_a_constant_is_dropped_and_a_constant_with_nulls_is_not() -> None:
    holes = np.where(NOISE > 0, 1.0, np.nan)
    found = reasons(flat=np.ones(ROWS), word=texts("a"), holes=holes)
    assert found == {"flat": "constant", "word": "constant"}


def test_nulls_are_counted() -> None:
    rare = np.full(ROWS, np.nan)
    rare[0] = 1.0
    found = reasons(never=np.full(ROWS, np.nan), none=texts(None), rare=rare)
    assert found == {
        "never": "always null",
        "none": "always null",
        "rare": "null in 99.8% of rows",
    }
    assert "rare" not in reasons(Limits(null=0.999), rare=rare)


def test_of_features_that_say_the_same_the_first_stays() -> None:
    found = reasons(one=NOISE, same=NOISE.copy(), bent=np.exp(NOISE), turned=-NOISE)
    assert found == {
        "same": "says what one says (rank correlation 1.0000)",
        "bent": "says what one says (rank correlation 1.0000)",
        "turned": "says what one says (rank correlation -1.0000)",
    }


def test_nulls_in_other_rows_make_another_feature() -> None:
    assert reasons(one=NOISE, other=np.where(NOISE > 1, np.nan, NOISE)) == {}


def test_a_feature_whose_values_move_with_time_is_dropped() -> None:
    found = reasons(still=NOISE, moving=NOISE + 9 * CUTOFFS)
    assert list(found) == ["moving"]
    assert found["moving"].startswith("unstable over time (PSI ")
    gone = np.where(CUTOFFS == 1, np.nan, NOISE)
    assert "unstable" in reasons(gone=gone)["gone"]
    assert reasons(Limits(shift=99), moving=NOISE + 9 * CUTOFFS) == {}


def test_what_must_be_kept_is_kept_and_still_makes_others_superfluous() -> None:
    assert reasons(keep=("flat",), flat=np.ones(ROWS)) == {}
    assert list(reasons(keep=("one",), one=NOISE, same=NOISE.copy())) == ["same"]


def test_limits_outside_their_range_are_refused() -> None:
    with pytest.raises(DefinitionError) as caught:
        Limits(null=0, alike=1.1, shift=0)
    assert caught.value.faults == (
        "null must be above 0 and up to 1, got 0",
        "alike must be above 0 and up to 1, got 1.1",
        "shift must be above 0, got 0",
    )


def test_rows_that_are_compared_are_not_those_of_one_cutoff() -> None:
    cutoffs = np.tile(np.arange(12), 20_000)
    one = DRAW.normal(size=len(cutoffs))
    other = np.where(cutoffs == 0, one, DRAW.normal(size=len(cutoffs)))
    rows = Vectors(np.arange(len(cutoffs)), cutoffs, {"one": one, "other": other})
    assert prune(rows) == ()
