"""Posted cells mean what they mean in a file, and no row is answered by 500."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from features.ready.read import read_rows
from features.ready.table import LabelledTable
from serving.posted_rows import read_posted
from serving.row_schemas import RowsAnswer
from serving.schemas import ErrorAnswer
from tests.serving import tiny
from tests.serving.asking import Ask
from tests.serving.readyworld import ROW, SINCE


@pytest.mark.parametrize(
    "cell",
    [
        "2014-03-01",
        "2014-03",
        "201403",
        " 2014-03-01 ",
        "2014-03-01T10:30:00",
        "2014-03-01 10:30",
        "2014-03-01T10:30:00.25+02:00",
        "2014-03-01T00:00:00Z",
        "1890-01-01",
        "",
        None,
    ],
)
def test_dates_mean_what_they_mean_in_a_file(cell: str | None) -> None:
    now = tiny.PRESENT
    table = replace(SINCE, described=True, numbers=["age"])
    rows = [{"age": 1, "opened": each, "day": "2020-02-01"} for each in (cell, "2011-01-01")]
    filed = read_rows(table, pa.Table.from_pylist(rows), labelled=False)
    found = read_posted(table, rows, now)
    assert np.array_equal(filed.columns["opened"], found.columns["opened"], equal_nan=True)
    assert np.array_equal(filed.times, found.times)


@pytest.mark.parametrize(
    "cell", ["a", " a ", "", None, 3, -0.0, 3.0, 0.1, 1e20, 1e-7, 2**60, True, "True", "FALSE"]
)
def test_levels_are_named_as_in_a_file(cell: Any) -> None:
    table = LabelledTable("t", "y", as_of="2020-01-01", categories=["c"], described=True)
    filed = read_rows(table, pa.table({"c": pa.array([cell])}), labelled=False)
    assert read_posted(table, [{"c": cell}], tiny.PRESENT).columns["c"] == filed.columns["c"]


# Near what the columns hold, and far from it.
CELLS = st.one_of(
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.none(), max_size=2),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["2020-02-01", "2020-02-30", "nurse", "", "9" * 400, "0001-01-01", 1e308]),
    st.sampled_from(["9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+23:00", "2020-02-01T1"]),
)
ROWS = st.fixed_dictionaries(
    {name: CELLS | st.just(cell) for name, cell in ROW.items()}, optional={"client": CELLS}
)


@settings_of(max_examples=250)
@given(st.lists(ROWS, min_size=1, max_size=3), st.booleans())
def test_no_row_is_answered_by_500(
    ask_calls: Ask, rows: list[dict[str, Any]], counterfactual: bool
) -> None:
    body = json.dumps({"rows": rows, "counterfactual": counterfactual}).encode()
    found = ask_calls(body, "/v1/rows")
    assert found.status_code in (200, 422), found.text
    shape = RowsAnswer if found.status_code == 200 else ErrorAnswer
    shape.model_validate_json(found.content)
