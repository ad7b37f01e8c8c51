from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from features.connection import connected, literal, quoted
from features.contract import check
from features.errors import ContractError, DefinitionError
from features.tables import EventTable

VISITS = EventTable("visits", customer="id", occurred_at="at")
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
        check(VISITS, 5)  # type: ignore[arg-type]


def test_the_spill_folder_is_removed(tmp_path: Path) -> None:
    with connected("1GiB", tmp_path) as connection:
        assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
    assert not list(tmp_path.iterdir())
