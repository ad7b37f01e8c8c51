"""What a model reads: learnt from the rows given, and nothing else let through."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from features.errors import DefinitionError, SchemaError
from features.kernel import Vectors
from features.schema import Schema, SchemaColumn


def texts(*values: Any) -> Any:
    return np.array(values, dtype=object)


def rows(**columns: Any) -> Vectors:
    count = len(next(iter(columns.values())))
    blank = np.arange(count)
    held = {name: np.asarray(values) for name, values in columns.items()}
    return Vectors(blank, blank, held)


SCHEMA = Schema((SchemaColumn("age"), SchemaColumn("city", ("Bonn", "Rome")), SchemaColumn("debt")))
GOOD = {"age": [1.0, np.nan, 3.0], "city": texts("Rome", None, "Oslo"), "debt": [7.0, 8.0, -9.0]}
MATRIX = [[1.0, 1.0, 7.0], [np.nan, np.nan, 8.0], [3.0, np.nan, -9.0]]


def test_null_and_unseen_levels_are_nan() -> None:
    found = SCHEMA.matrix(rows(**GOOD))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, MATRIX)
    assert SCHEMA.categorical == [1]


def test_columns_in_another_order_make_the_same_matrix() -> None:
    moved = rows(**{name: GOOD[name] for name in ("debt", "city", "age")})
    assert SCHEMA.matrix(moved).tobytes() == SCHEMA.matrix(rows(**GOOD)).tobytes()


def test_levels_are_learnt_from_the_rows_given_and_rare_ones_are_none() -> None:
    cities = ["Rome"] * 3 + ["Bonn"] * 2 + ["Oslo"] + [None] * 5
    everyone = rows(age=np.arange(11.0), city=texts(*cities))
    training = everyone.take(np.arange(1, 11))
    assert Schema.fit(everyone, rarest=2).columns[1].levels == ("Bonn", "Rome")
    assert Schema.fit(everyone, rarest=1).columns[1].levels == ("Bonn", "Oslo", "Rome")
    assert Schema.fit(everyone, rarest=3).columns[1].levels == ("Rome",)
    assert Schema.fit(training, rarest=3).columns[1].levels == ()
    assert Schema.fit(everyone, rarest=1, most=2).columns[1].levels == ("Bonn", "Rome")
    fitted = Schema.fit(training, rarest=2)
    np.testing.assert_array_equal(
        fitted.matrix(everyone)[:, 1], [1, 1, 1, 0, 0, np.nan, *[np.nan] * 5]
    )


def test_a_column_without_any_text_has_no_levels() -> None:
    fitted = Schema.fit(rows(city=texts(None, None)), rarest=1)
    assert fitted.columns == (SchemaColumn("city", ()),)
    assert np.isnan(fitted.matrix(rows(city=texts("Rome", None)))).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"age": None}, "missing column 'age'"),
        ({"shoe": [1.0, 2.0, 3.0]}, "unknown column 'shoe'"),
        ({"age": texts("1", "2", "3")}, "column 'age': expected numbers, came texts"),
        ({"age": np.array(["1", "2", "3"])}, "column 'age': expected numbers, came texts"),
        (
            {"age": np.array([1, 2, 3], dtype="datetime64[s]")},
            r"column 'age': expected numbers, came the type datetime64\[s\]",
        ),
        ({"city": [1.0, 2.0, 3.0]}, "column 'city': expected texts, came numbers"),
        ({"city": texts("Rome", None, 3)}, "column 'city': expected texts, came int in row 3"),
        ({"city": texts("Rome", np.nan, None)}, "expected texts, came float in row 2"),
        ({"debt": [1.0, np.inf, 2.0]}, "column 'debt': infinity in row 2"),
        ({"debt": [1.0, 2.0, -np.inf]}, "column 'debt': infinity in row 3"),
        ({"debt": [1.0]}, r"column 'debt': expected 3 values, came an array of shape \(1,\)"),
        ({"debt": [[1.0]] * 3}, r"came an array of shape \(3, 1\)"),
    ],
)
def test_each_difference_is_named(change: dict[str, Any], words: str) -> None:
    kept = {name: values for name, values in (GOOD | change).items() if values is not None}
    # Customers are counted by the first column.
    ordered = {"city": kept.pop("city"), **kept}
    with pytest.raises(SchemaError, match=words) as caught:
        SCHEMA.matrix(rows(**ordered))
    assert str(caught.value).count("\n  - ") == 1


def test_all_differences_come_at_once() -> None:
    wrong = rows(city=[1.0], debt=[np.inf], shoe=[1.0])
    with pytest.raises(SchemaError) as caught:
        SCHEMA.matrix(wrong)
    assert str(caught.value) == (
        "columns differ from those of the model:\n"
        "  - missing column 'age'\n"
        "  - unknown column 'shoe'\n"
        "  - column 'city': expected texts, came numbers\n"
        "  - column 'debt': infinity in row 1"
    )


def test_no_rows_make_an_empty_matrix() -> None:
    none = rows(age=np.zeros(0), city=texts(), debt=np.zeros(0))
    assert SCHEMA.matrix(none).shape == (0, 3)


def test_whole_numbers_and_truth_values_are_numbers() -> None:
    mixed = rows(age=np.array([1, 2]), city=texts(None, None), debt=np.array([True, False]))
    assert SCHEMA.matrix(mixed)[:, [0, 2]].tolist() == [[1, 1], [2, 0]]


def test_a_schema_survives_json() -> None:
    empty = Schema((SchemaColumn("a", ()), SchemaColumn("b")))
    for schema in (SCHEMA, empty):
        read = Schema.from_json(json.loads(json.dumps(schema.to_json())))
        assert read == schema
        assert read.fingerprint() == schema.fingerprint()


def test_the_fingerprint_changes_with_names_order_kinds_and_levels() -> None:
    a, b = SchemaColumn("a"), SchemaColumn("b")
    many = [
        (a, b),
        (b, a),
        (a,),
        (a, SchemaColumn("b", ())),
        (a, SchemaColumn("b", ("x",))),
        (a, SchemaColumn("b", ("x", "y"))),
        (a, SchemaColumn("b", ("y", "x"))),
    ]
    assert len({Schema(columns).fingerprint() for columns in many}) == len(many)


def test_a_schema_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(DefinitionError) as caught:
        Schema((SchemaColumn("a"), SchemaColumn("a"), SchemaColumn("b", ("x", "x"))))
    assert caught.value.faults == ("two columns are called 'a'", "column 'b' has a level twice")
