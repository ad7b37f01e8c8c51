"""Features that a few others say together, and texts that repeat others or do not last."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features.arrays import Floats
from features.kernel import Vectors
from features.prune import Limits, prune

ROWS = 600
DRAW = np.random.default_rng(5)
CUTOFFS = np.repeat([0, 1], ROWS // 2)
ONE, TWO, THREE, FOUR, *MORE = DRAW.lognormal(size=(9, ROWS))
CITY = np.array(DRAW.choice(["a", "b", "c"], ROWS), dtype=object)


def reasons(limits: Any = None, keep: Any = (), **columns: Any) -> Any:
    first = next(iter(columns.values()))
    cutoffs = np.repeat([0, 1], len(first) // 2)
    vectors = Vectors(np.arange(len(first)), cutoffs, columns)
    return {each.name: each.reason for each in prune(vectors, limits or Limits(), keep=keep)}


def holed(values: Floats, *holes: int) -> Floats:
    """Make values absent at every row whose number such a hole divides."""
    gone = np.any([np.arange(ROWS) % each == 0 for each in holes], axis=0)
    return np.where(gone, np.nan, values)


def test_a_sum_of_a_few_others_is_dropped_and_they_are_named() -> None:
    found = reasons(one=ONE, two=TWO, three=THREE, four=FOUR, said=ONE - 3 * TWO + 0.5 * FOUR + 7)
    assert found == {"said": "says what two, one and four say together (linear, R^2 1.00000)"}
    assert list(reasons(said=ONE + TWO, one=ONE, two=TWO)) == ["two"]
    assert reasons(Limits(linear=1), one=ONE, two=TWO, said=ONE + TWO) == {}


def test_sums_of_sums_are_told_by_those_that_stay() -> None:
    found = reasons(one=ONE, two=TWO, half=ONE + TWO, three=THREE, whole=ONE + TWO + THREE)
    assert list(found) == ["half", "whole"]
    assert "half" not in found["whole"]


@pytest.mark.parametrize(
    "said",
    [ONE * TWO, ONE / TWO, np.maximum(ONE, TWO), np.abs(ONE - TWO), ONE + TWO + 0.1 * THREE**2],
)
def test_what_is_no_sum_stays(said: Floats) -> None:
    assert reasons(one=ONE, two=TWO, said=said, three=THREE) == {}


def test_a_sum_must_hold_for_the_many_and_not_for_the_largest_alone() -> None:
    whale = np.where(np.arange(ROWS) < 3, 1e6, 0.0)
    said = ONE + TWO + whale + DRAW.lognormal(size=ROWS)
    fit = np.column_stack([ONE, TWO, ONE + whale])
    left = said - fit @ np.linalg.lstsq(fit, said)[0]
    assert 1 - left.var() / said.var() > 0.9999
    assert reasons(one=ONE, two=TWO, three=ONE + whale, said=said) == {}


def test_a_sum_of_many_stays_as_some_always_are_by_chance() -> None:
    every = {f"x{place}": each for place, each in enumerate((ONE, TWO, THREE, FOUR, *MORE[:2]))}
    assert reasons(**every, said=np.sum([*every.values()], axis=0)) == {}
    wide = {f"x{place}": each for place, each in enumerate(DRAW.normal(size=(300, 200)))}
    assert reasons(**wide) == {}
    few = {name: values[:80] for name, values in (("one", ONE), ("two", TWO), ("it", ONE + TWO))}
    assert reasons(**few) == {}


def test_a_sum_is_found_where_hundreds_of_others_are_nearly_alike() -> None:
    shared = DRAW.lognormal(size=4_000)
    many = {f"x{n}": shared + 0.1 * DRAW.normal(size=4_000) for n in range(60)}
    found = reasons(**many, apart=many["x7"] - many["x8"])
    assert list(found) == ["apart"]
    assert found["apart"].startswith("says what ")
    assert {"x7", "x8"} <= {*found["apart"].replace(",", "").split()}


def test_a_sum_is_found_beside_others_that_go_further_one_by_one() -> None:
    shared, first, second = DRAW.normal(size=(3, ROWS))
    near = {f"near{n}": each + 0.3 * DRAW.normal(size=ROWS) for n, each in
            enumerate([first, second] * 4)}  # fmt: skip
    found = reasons(**near, one=9 * shared + first, two=9 * shared + second, said=first - second)
    assert found == {"said": "says what one and two say together (linear, R^2 1.00000)"}


def test_a_sum_is_found_where_one_of_its_parts_is_a_sum_of_many() -> None:
    many = {f"x{place}": each for place, each in enumerate(DRAW.normal(size=(9, ROWS)))}
    whole = np.sum([*many.values()], axis=0)
    found = reasons(**many, whole=whole, more=ONE, said=whole + ONE)
    assert list(found) == ["said"]
    assert "whole" in found["said"]


def test_a_sum_is_null_where_one_of_its_parts_is() -> None:
    one, two = holed(ONE, 5), holed(TWO, 5)
    assert list(reasons(one=one, two=two, said=one + two)) == ["said"]
    one, two = DRAW.normal(size=(2, 40_000))
    hole = np.where(np.arange(40_000) == 7, np.nan, 0)
    assert list(reasons(one=one, two=two, said=one + two)) == ["said"]
    # Few as they are: the sum would be there and what it says is not, or the other way round.
    assert reasons(one=one, two=two, said=one + two + hole) == {}
    assert reasons(one=one + hole, two=two, said=one + two) == {}


def test_sums_are_held_against_all_rows_and_not_only_those_that_are_drawn() -> None:
    one, two = DRAW.normal(size=(2, 60_000))
    drawn = np.sort(np.random.default_rng(0).choice(60_000, 20_000, replace=False))
    other = np.where(np.isin(np.arange(60_000), drawn), one + two, DRAW.normal(size=60_000))
    assert reasons(one=one, two=two, other=other) == {}
    assert list(reasons(one=one, two=two, same=one + two)) == ["same"]


def test_values_beyond_measure_in_rows_that_are_not_drawn_make_no_sum() -> None:
    one, two = np.random.default_rng(3).normal(size=(2, 60_000))
    drawn = np.random.default_rng(0).choice(60_000, 20_000, replace=False)
    outside = np.setdiff1d(np.arange(60_000), drawn)[0]
    for far in (np.inf, 1e200):
        said = one.copy()
        said[outside] = far
        assert reasons(one=said, two=two, both=one + two) == {}


def test_what_must_be_kept_is_kept_and_still_explains() -> None:
    found = reasons(keep=("said",), one=ONE, two=TWO, said=ONE + TWO, more=2 * ONE + TWO)
    assert list(found) == ["more"]


def test_sums_are_found_among_hundreds_of_features() -> None:
    many = DRAW.normal(size=(200, 5_000))
    columns = {f"x{place}": each for place, each in enumerate(many)}
    columns |= {f"sum{place}": many[place] + many[place + 80] for place in range(80)}
    assert [*reasons(**columns)] == [f"sum{place}" for place in range(80)]


def test_a_text_with_the_levels_of_another_is_dropped_under_any_names() -> None:
    named = {"a": "Aachen", "b": None, "c": "Celle"}
    new = np.array([named[each] for each in CITY], dtype=object)
    found = reasons(city=CITY, again=CITY.copy(), named=new)
    assert found == {
        "again": "says what city says (the same levels in every row)",
        "named": "says what city says (the same levels in every row)",
    }
    coarser = np.array(["a" if each == "a" else "other" for each in CITY], dtype=object)
    other = CITY.copy()
    other[17] = "b" if other[17] == "a" else "a"
    assert reasons(city=CITY, coarser=coarser, other=other) == {}
    assert reasons(keep=("again",), city=CITY, again=CITY.copy()) == {}


def test_a_text_whose_levels_are_replaced_over_time_is_dropped() -> None:
    late = np.array([f"{each}2" for each in CITY], dtype=object)
    gone = np.array([None] * ROWS, dtype=object)
    for moved in (late, gone):
        found = reasons(city=CITY, moved=np.where(CUTOFFS == 1, moved, CITY))
        assert list(found) == ["moved"]
        assert found["moved"].startswith("unstable over time (PSI ")
    assert reasons(Limits(shift=99), city=CITY, moved=np.where(CUTOFFS == 1, late, CITY)) == {}


def test_a_text_of_many_levels_is_not_taken_for_one_that_moves() -> None:
    many = np.array(DRAW.choice([f"shop {n}" for n in range(500)], ROWS), dtype=object)
    each = np.array([f"row {n}" for n in range(ROWS)], dtype=object)
    assert reasons(many=many, each=each) == {}
