"""Which events a condition holds for, to the last unit."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.arguments import shown
from features.conditions import (
    Bound,
    Condition,
    above,
    at_least,
    at_most,
    below,
    conditions,
)
from features.errors import DefinitionError
from features.segments import Category, Levels, Number


def number(*units: int | None, scale: int = 1) -> Number:
    present = np.array([unit is not None for unit in units], dtype=np.bool_)
    values = np.array([unit or 0 for unit in units], dtype=np.int64)
    return Number(values, None if present.all() else present, scale)


def category(*texts: str | None) -> Category:
    names = sorted({text for text in texts if text is not None})
    codes = [-1 if text is None else names.index(text) for text in texts]
    return Category(np.array(codes, dtype=np.int32), Levels(np.array(names, dtype=object)))


def held(wanted: Any, column: Number | Category) -> list[bool]:
    (condition,) = conditions({"x": wanted})
    return [bool(holds) for holds in condition.holds(column)]


def test_a_sum_of_binary_fractions_is_the_decimal_it_means() -> None:
    assert 0.1 + 0.2 != 0.3
    assert held(0.3, number(2, 3, 4)) == [False, True, False]
    assert held(at_least(1.1), number(10, 11, 12)) == [False, True, True]
    assert held(at_most(1.1), number(10, 11, 12)) == [True, True, False]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (at_least(0.05), [False, False, False, True]),
        (at_least(-0.05), [False, False, True, True]),
        (at_most(0.05), [True, True, True, False]),
        (at_most(-0.05), [True, True, False, False]),
        (0.05, [False, False, False, False]),
        ([0.05, 0.1], [False, False, False, True]),
        # The double nearest to 0.3 added up, with more decimals than the column has.
        (at_most(0.1 + 0.2 - 0.2), [True, True, True, True]),
        (at_least(1e30), [False] * 4),
        (at_most(1e30), [True] * 4),
        (at_least(-1e30), [True] * 4),
        (1e30, [False] * 4),
        (at_least(5e-324), [False, False, False, True]),
        (above(0.05), [False, False, False, True]),
        (above(0), [False, False, False, True]),
        (above(-0.05), [False, False, True, True]),
        (above(0.1), [False] * 4),
        (below(0.05), [True, True, True, False]),
        (below(0), [True, True, False, False]),
        (below(-0.05), [True, True, False, False]),
        (below(1e30), [True] * 4),
        (below(-1e30), [False] * 4),
        (above(1e30), [False] * 4),
        (above(-1e30), [True] * 4),
    ],
)
def test_a_value_between_two_units_is_compared_exactly(wanted: Any, expected: list[bool]) -> None:
    assert held(wanted, number(-2, -1, 0, 1)) == expected


@given(
    st.lists(st.integers(-60, 60), min_size=1, max_size=9),
    st.integers(-6000, 6000),
    st.integers(0, 3),
)
def test_bounds_are_those_of_fractions(units: list[int], thousandths: int, scale: int) -> None:
    value, exact = thousandths / 1000, Fraction(thousandths, 1000)
    means = [Fraction(unit, 10**scale) for unit in units]
    column = number(*units, scale=scale)
    assert held(at_least(value), column) == [mean >= exact for mean in means]
    assert held(at_most(value), column) == [mean <= exact for mean in means]
    assert held(above(value), column) == [mean > exact for mean in means]
    assert held(below(value), column) == [mean < exact for mean in means]
    assert held(value, column) == [mean == exact for mean in means]


def test_levels_left_out_are_neither_those_nor_the_absent() -> None:
    column = category("a", "b", None, "c", "a")
    few = Condition("x", "not_in", ("a", "unknown"))
    assert few.holds(column).tolist() == [False, True, False, True, False]
    many = Condition("x", "not_in", tuple("abdefghijkl"))
    assert many.holds(column).tolist() == [False, False, False, True, False]
    assert (few.slug, few.phrase) == ("x_not_a_or_unknown", "x is none of a or unknown")
    assert Condition.from_json(few.to_json()) == few
    with pytest.raises(DefinitionError, match="'x' is a measure: only levels of a category can"):
        Condition("x", "not_in", (1,)).holds(number(1))


def test_absent_values_hold_for_nothing() -> None:
    assert held(at_least(-9), number(None, 0)) == [False, True]
    assert held(0, number(None, 0)) == [False, True]
    assert held(at_most(9), number(None, 0)) == [False, True]
    assert held(["a", "b"], category(None, "a")) == [False, True]


def test_an_unknown_level_holds_for_nothing() -> None:
    assert held("c", category("a", None, "b")) == [False, False, False]
    assert held(["c", "b"], category("a", None, "b")) == [False, False, True]


def test_values_of_a_category_are_read_as_its_cells_are() -> None:
    assert held(12.0, category("12", "12.0")) == [True, False]
    assert held(True, category("true", "True", "1")) == [True, False, False]
    assert held(np.int64(3), category("3", "4")) == [True, False]
    assert held(np.False_, category("false")) == [True]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (float("nan"), "must be text or a finite number, got nan"),
        (at_least(float("inf")), "must be text or a finite number, got inf"),
        ([1, float("-inf")], "got -inf"),
        (None, "must be text or a finite number, got None"),
        ([[1]], r"must be text or a finite number, got \[1\]"),
        ([], "allows no value"),
        ({"a": 1}, r"must be text or a finite number, got \{'a': 1\}"),
        (below("a"), r"needs a number as its bound, got \('a',\)"),  # type: ignore[arg-type]
        (at_least("a"), r"needs a number as its bound, got \('a',\)"),  # type: ignore[arg-type]
        (at_most(True), r"needs a number as its bound, got \('true',\)"),
        (Bound("over", 3), r"one of \['in', 'not_in', 'at_least', 'at_most', 'above', 'below'\]"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_compared_is_refused(wanted: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        conditions({"x": wanted})


def test_the_faults_of_all_conditions_come_at_once() -> None:
    with pytest.raises(DefinitionError) as caught:
        conditions({"x": [], "y": float("nan"), "z": 1})
    assert [fault[:9] for fault in caught.value.faults] == ["where 'x'", "where 'y'"]


def test_a_misfit_of_column_and_value_is_refused() -> None:
    with pytest.raises(DefinitionError, match="'x' is a category: only measures have an order"):
        held(at_least(1), category("1"))
    with pytest.raises(DefinitionError, match="'x' is a measure: it is compared with numbers"):
        held("1", number(1))
    with pytest.raises(DefinitionError, match="got 'true'"):
        held(True, number(1))


@pytest.mark.parametrize("where", [["x"], "x", 3, {"x"}])
def test_what_is_no_mapping_is_no_condition(where: Any) -> None:
    words = re.escape(
        f"where must be a mapping, got {shown(where)}; write pairs in braces such as {{"
    )
    with pytest.raises(DefinitionError, match=words):
        conditions(where)


def test_a_set_makes_one_name_from_run_to_run() -> None:
    many = {f"level {n}" for n in range(30)}
    (condition,) = conditions({"x": many})  # type: ignore[dict-item]
    assert list(condition.values) == sorted(many)


def test_equal_conditions_are_written_in_one_way() -> None:
    (one,), (other,) = conditions({"x": [1.0, 1]}), conditions({"x": np.float64(1)})
    assert one == other
    assert repr(one.to_json()) == repr(other.to_json())
    assert (one.slug, one.phrase) == ("x_1", "x is 1")


@pytest.mark.parametrize("wanted", ["a", ["a", 2, 0.5], at_least(0.5), at_most(-3), below(2)])
def test_conditions_survive_json(wanted: Any) -> None:
    (condition,) = conditions({"x": wanted})
    assert Condition.from_json(condition.to_json()) == condition
