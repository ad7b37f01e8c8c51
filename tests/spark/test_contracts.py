"""Spark refuses what DuckDB refuses, in the same words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.carriers.spark_check import check_on_spark
from features.carriers.spark_sources import open_on_spark
from features.connection import connected
from features.contract import check
from features.errors import ContractError
from features.tables import Table
from tests.helpers.breaches import CASES, KEPT, MONEY, NOW, Z, table


def judged(session: Any, contract: Table, source: Any) -> str:
    """What Spark says against a source; nothing when it keeps its contract."""
    with connected() as connection:
        try:
            opened = open_on_spark(session, connection, contract, source, "raw")
            check_on_spark(session, opened, NOW)
        except ContractError as error:
            return str(error)
    return ""


@pytest.mark.parametrize("place", [0, 8, 15, 17])
def test_a_violation_has_the_words_of_duckdb(session: Any, tmp_path: Path, place: int) -> None:
    contract, columns = CASES[place]
    path = tmp_path / "visits.parquet"
    pq.write_table(pa.table(columns), path)
    with pytest.raises(ContractError) as expected:
        check(contract, path, now=NOW)
    assert judged(session, contract, path) == str(expected.value)


def test_what_keeps_its_contract_is_not_suspected(session: Any, monkeypatch: Any) -> None:
    # The driver would read the whole source again, so nothing sound may be handed to it.
    monkeypatch.setattr("features.carriers.spark_check.check_raw", None)
    for contract, columns in KEPT[:2]:
        frame = session.createDataFrame(pa.table(columns))
        assert judged(session, contract, frame) == ""


def test_a_spark_frame_is_named_as_one(session: Any) -> None:
    frame = session.createDataFrame(pa.table({"id": [1, 2], "at": [Z, "soon"]}))
    said = judged(session, table(), frame)
    assert "table 'visits', read from a Spark DataFrame, breaks its contract" in said
    assert "came something else in 1 row (row 2: 'soon')" in said


def test_a_csv_is_judged_by_the_reader_of_one_machine(session: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"id,at\n1,{Z}\n1,{Z}\n")
    (tmp_path / "b.csv").write_text(f"id,at\n1,{Z}\n1,never\n")
    assert "row 2: 'never' in b.csv" in judged(session, table(), tmp_path)
    (tmp_path / "b.csv").write_text(f"id,at\n1,{Z}\n1\n")
    assert "a file that cannot be read" in judged(session, table(), tmp_path)
    (tmp_path / "b.csv").write_bytes(b"id,at\n\xff,2020-01-01T00:00Z\n")
    assert "a file that cannot be read" in judged(session, table(), tmp_path)


def test_files_that_spark_would_fill_or_pass_over_are_refused(session: Any, tmp_path: Path) -> None:
    whole = pa.table({"id": [1], "at": [Z], "paid": [1.5]})
    pq.write_table(whole, tmp_path / "a.parquet")
    pq.write_table(whole.select(["id", "at"]), tmp_path / "b.parquet")
    said = judged(session, table(**MONEY), tmp_path)
    assert "in every file the columns id, at, paid, came none called paid in b.parquet" in said
    # Every reader of Foretell passes over such names below a folder, as Spark does.
    (tmp_path / "b.parquet").rename(tmp_path / "_b.parquet")
    assert judged(session, table(), tmp_path) == ""


def test_a_damaged_file_is_refused(session: Any, tmp_path: Path) -> None:
    path = tmp_path / "visits.parquet"
    pq.write_table(pa.table({"id": list(range(9_999)), "at": [Z] * 9_999}), path)
    content = bytearray(path.read_bytes())
    content[200:4_000] = bytes(3_800)
    path.write_bytes(content)
    said = judged(session, table(), path)
    assert re.search(
        "a file that cannot be read: Encountered error while reading .*visits.parq", said
    )
