"""Rows of a ready-made table that are to be scored."""

import numpy as np
import pyarrow as pa
import pytest

from features import ContractError, LabelledTable
from features.ready.read import read_rows
from tests.helpers.readymade import CALLS, calls


def test_rows_to_be_scored_need_the_inputs_alone() -> None:
    described = read_rows(CALLS, calls()).table
    inputs = calls().select(["job", "owner", "income", "age"])
    rows = read_rows(described, inputs, labelled=False)
    assert rows.label is None
    assert rows.customers is None
    assert list(rows.columns) == ["age", "income", "job", "owner"]
    with pytest.raises(ContractError, match="column 'job': expected a column, came no such"):
        read_rows(described, inputs.drop_columns(["job"]), labelled=False)


def test_rows_to_be_scored_may_lack_all_values_of_a_column() -> None:
    taught = LabelledTable(
        "calls",
        "y",
        time="day",
        numbers=["age"],
        categories=["job"],
        since=["opened"],
        described=True,
    )
    empty = {name: pa.nulls(2) for name in ("age", "job", "opened")}
    asked = pa.table(empty | {"day": ["2020-01-01", "2020-01-02"]})
    found = read_rows(taught, asked, labelled=False).columns
    assert np.isnan([*found["age"], *found["opened"]]).all()
    assert found["job"].tolist() == [None, None]
    fresh = LabelledTable("calls", "y", time="day")
    words = r"'age': expected numbers or names, came empty cells only; list it in leave_out"
    with pytest.raises(ContractError, match=words):
        read_rows(fresh, asked.append_column("y", pa.array([True, False])))
