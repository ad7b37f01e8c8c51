"""Contracts of ready-made tables."""

from typing import Any

import pytest

from features import DefinitionError, LabelledTable
from features.ready.given import given
from features.tables import table_from_json


def table(**changes: Any) -> LabelledTable:
    return LabelledTable(**{"name": "calls", "label": "y", "time": "at"} | changes)


def faults_of(**changes: Any) -> tuple[str, ...]:
    with pytest.raises(DefinitionError) as caught:
        table(**changes)
    return caught.value.faults


def test_a_contract_survives_json() -> None:
    whole = table(
        positive=0, customer="id", numbers=["a"], since=["d"], leave_out=["x"], texts={"a": "A"}
    )
    assert table_from_json(whole.to_json()) == whole
    assert whole.to_json()["positive"] == 0
    assert table_from_json(table().to_json()) == table()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Calls"}, "name must be lower-case letters, digits and _, got 'Calls'"),
        ({"label": ""}, "label must be the name of a column, got ''"),
        ({"customer": None}, "customer must be the name of a column, got None"),
        ({"numbers": "age"}, "numbers must be a list of columns, got 'age'"),
        ({"leave_out": [3]}, "expected names of columns, got 3"),
        ({"texts": ["age"]}, "texts must be a mapping such as {'age': 'Age in years'}"),
        ({"numbers": ["y"]}, "column 'y' has two roles; give each column one"),
        ({"as_of": "2020-01-01"}, "the column of time says when a row stands: drop order and"),
        ({"time": ""}, "say when the rows stand: name the column as time='date', or the day"),
        ({"time": "", "as_of": "soon"}, "as_of must be an instant such as '2005-10-01', got"),
        (
            {"time": "", "as_of": "2020-01-01", "since": ["d"]},
            "since asks for the days to the time of a row: name its column as time",
        ),
    ],
)
def test_a_contract_is_judged(changes: dict[str, Any], words: str) -> None:
    assert any(fault.startswith(words) for fault in faults_of(**changes))


def test_columns_become_features_whose_names_are_distinct() -> None:
    assert given(table(numbers=["Age", "2nd", "cutoff"])).names == (
        "column_2nd",
        "age",
        "column_cutoff",
    )
    with pytest.raises(DefinitionError, match=r"columns 'a\.b' and 'a_b' both make the feature"):
        given(table(numbers=["a.b", "a_b"]))


def test_words_of_a_column_are_those_of_its_feature() -> None:
    told = given(table(numbers=["age", "n"], since=["opened"], texts={"age": "Age in years"}))
    assert [each.description for each in told] == ["Age in years", "n", "Days since opened"]
