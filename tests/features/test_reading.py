from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from features.carriers.duck import load
from features.connection import connected, literal, quoted
from features.contract import check
from features.errors import ContractError, DefinitionError
from features.ready.read import read_rows
from features.ready.table import LabelledTable
from features.tables import EventTable
from tests.helpers.compared import cells

VISITS = EventTable("visits", customer="id", occurred_at="at")
SHOPS = EventTable("visits", customer="id", occurred_at="at", categories=["shop"])
Z = "2020-01-01T00:00:00Z"


def test_names_and_texts_are_quoted() -> None:
    assert quoted('a"b') == '"a""b"'
    assert literal("a'b") == "'a''b'"


def test_columns_that_differ_in_case_are_two_columns() -> None:
    assert check(VISITS, pa.table({"ID": ["x"], "id": [1], "at": [Z]})).rows == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f"id,at\n1,{Z},3\n".encode(), "cannot be read"),
        (b"id,at\n1,\xff\n", "cannot be read"),
        (f"id,at,id\n1,{Z},3\n".encode(), "column 'id': expected one column of this name"),
    ],
)
def test_a_damaged_csv_is_told(tmp_path: Path, body: bytes, words: str) -> None:
    path = tmp_path / "v.csv"
    path.write_bytes(body)
    with pytest.raises(ContractError, match=words):
        check(VISITS, path)


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(DefinitionError, match="got int"):
        check(VISITS, 5)


@pytest.mark.parametrize("none", [None, float("nan"), pd.NA, pd.NaT])
def test_every_kind_of_nothing_in_a_frame_is_an_empty_cell(none: Any) -> None:
    frame = pd.DataFrame({"id": [1, 2], "at": [Z, Z], "shop": pd.Series(["a", none], dtype=object)})
    held = load([SHOPS], {"visits": frame}).events["visits"]
    assert cells(held)["shop"] == ["a", None]


def test_a_frame_that_arrow_cannot_read_is_told() -> None:
    frame = pd.DataFrame({"id": [1], "at": [Z], "shop": [1j]})
    with pytest.raises(ContractError, match="columns of numbers, texts, dates and times, came one"):
        check(SHOPS, frame)


def test_columns_of_pandas_that_are_numbers_are_called_by_their_digits() -> None:
    frame = pd.DataFrame({0: ["a", "b"], 1: [0, 1], "x": [2, 3]})
    rows = read_rows(LabelledTable("calls", label="1", customer="0", as_of="2020-01-01"), frame)
    assert rows.label is not None
    assert rows.label.tolist() == [False, True]
    assert rows.columns["x"].tolist() == [2, 3]
    twins = pd.DataFrame([[1, 2, 0], [3, 4, 1]], columns=pd.Index([5, "5", "y"]))
    with pytest.raises(ContractError, match="column '5': expected one column of this name"):
        read_rows(LabelledTable("calls", label="y", numbers=["5"], as_of="2020-01-01"), twins)


def test_a_folder_and_a_glob_read_all_their_files(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv"):
        (tmp_path / name).write_text(f"id,at\n1,{Z}\n2,{Z}\n")
    assert check(VISITS, tmp_path).rows == 4
    (tmp_path / "notes.md").write_text("no table")
    assert check(VISITS, str(tmp_path / "*.csv")).rows == 4
    assert check(VISITS, str(tmp_path / "a*")).rows == 2
    with pytest.raises(DefinitionError, match=r"expected files that end in \.parquet, .*notes\.md"):
        check(VISITS, tmp_path / "notes.md")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf"])
def test_a_csv_without_a_header_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.csv").write_bytes(content)
    told = (
        r"columns in the first line, came an empty (file|first line), b\.csv; export it again, or"
    )
    with pytest.raises(ContractError, match=told):
        check(VISITS, tmp_path / "b.csv")
    (tmp_path / "a.csv").write_text("id,at\n")
    with pytest.raises(ContractError, match=told):
        check(VISITS, tmp_path)


def test_files_of_one_source_have_one_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"id,at\n1,{Z}\n")
    (tmp_path / "b.csv").write_text(f"at,id\n{Z},1\n")
    with pytest.raises(ContractError, match="in every file the columns id, at, came at, id in b"):
        check(VISITS, tmp_path)


def test_a_packed_file_with_a_mark_at_its_head_is_read(tmp_path: Path) -> None:
    path = tmp_path / "v.tsv.gz"
    path.write_bytes(gzip.compress(f"\ufeffid\tat\n1\t{Z}\n".encode()))
    assert check(VISITS, path).rows == 1


def test_the_spill_folder_is_removed(tmp_path: Path) -> None:
    with connected("1GiB", tmp_path) as connection:
        assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
    assert not list(tmp_path.iterdir())
