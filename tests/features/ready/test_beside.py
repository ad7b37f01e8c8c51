"""Columns of a ready-made table that no model reads, and rows are judged by."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pytest

from features import ContractError, LabelledTable
from features.ready.read import read_rows

Y = [True, False, True, False]


def test_columns_that_are_left_out_may_be_read_beside(tmp_path: Path) -> None:
    table = LabelledTable("calls", "y", as_of="2020-01-01", leave_out=["sex", "seconds", "born"])
    cells = {"y": Y, "x": [1, 2, 3, 3], "sex": ["f", None, "m", "m"], "seconds": [1.5, 2, 3, 4]}
    frame = pa.table(cells)
    pyarrow.csv.write_csv(frame, tmp_path / "calls.csv")
    for source in (frame, tmp_path / "calls.csv"):
        assert read_rows(table, source).beside == {}
        rows = read_rows(table, source, judged_by=["seconds", "x", "sex"])
        assert [*rows.columns] == ["x"]
        assert rows.table.inputs == ("x",)
        assert {name: each.tolist() for name, each in rows.beside.items()} == {
            "seconds": [1.5, 2, 3, 4],
            "sex": ["f", None, "m", "m"],
        }
        again = read_rows(rows.table, source, judged_by=["sex"])
        assert list(again.beside) == ["sex"]
        with pytest.raises(ContractError, match="'born': expected a column to judge by, came no s"):
            read_rows(table, source, judged_by=["born"])
    dated = pa.table(cells | {"born": [date(1980, 1, 1)] * 4})
    words = "came dates; mend the cells, cast the column, or do not name it in .judging."
    with pytest.raises(ContractError, match=words):
        read_rows(table, dated, judged_by=["born"])
