"""Spark refuses what DuckDB refuses, in the same words."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.builders import count
from features.carriers import spark
from features.carriers.spark_check import check_on_spark
from features.carriers.spark_output import write_parquet
from features.carriers.spark_sources import open_on_spark
from features.catalogue import Catalogue
from features.connection import connected
from features.contract import check
from features.errors import ContractError, ForetellError, StateError
from features.tables import EventTable, Table
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


def test_files_that_differ_have_the_words_of_duckdb(session: Any, tmp_path: Path) -> None:
    whole = pa.table({"id": [1], "at": [Z], "paid": [1.5]})
    pq.write_table(whole, tmp_path / "a.parquet")
    pq.write_table(whole.select(["id", "at"]), tmp_path / "b.parquet")
    with pytest.raises(ContractError) as expected:
        check(table(**MONEY), tmp_path, now=NOW)
    said = judged(session, table(**MONEY), tmp_path)
    assert said == str(expected.value)
    assert "no such column in b.parquet" in said
    (tmp_path / "b.parquet").rename(tmp_path / "_b.parquet")
    assert judged(session, table(), tmp_path) == ""


def damaged(path: Path, first: str = "paid") -> Path:
    """Write a file whose first column is damaged."""
    many = 9_999
    paid = [0.25 * each for each in range(many)]
    whole = pa.table({"paid": paid, "id": range(many), "at": [Z] * many})
    pq.write_table(whole.select([first, *sorted({*whole.column_names} - {first})]), path)
    content = bytearray(path.read_bytes())
    content[4:4_000] = b"\xff" * 3_996
    path.write_bytes(content)
    return path


def test_a_damaged_file_is_refused(session: Any, tmp_path: Path) -> None:
    contract, path = table(**MONEY), damaged(tmp_path / "visits.parquet")
    with pytest.raises(
        ContractError, match=r"(?s)visits\.parquet, .*file that cannot be rea"
    ) as told:
        check(contract, path, now=NOW)
    assert judged(session, contract, path) == str(told.value)
    said = judged(session, contract, session.read.parquet(str(path)))
    assert "a Spark DataFrame, breaks" in said
    assert re.search("a file that cannot be read: Encountered error while .*visits.parq", said)


def test_damage_that_is_met_late_is_told_as_one(session: Any, tmp_path: Path) -> None:
    # No rule asks for a value of an id, so a check does not read them.
    contract = EventTable("visits", customer="id", occurred_at="at")
    path = damaged(tmp_path / "visits.parquet", "id")
    assert judged(session, contract, path) == ""
    sources = {"visits": path}
    made = spark.vectors(session, [contract], sources, Catalogue([count(contract)]), [NOW])
    with pytest.raises(
        ForetellError, match=r"(?s)visits\.parquet, .*file that cannot be read: .*; r"
    ):
        write_parquet(made, tmp_path / "vectors")


def test_a_file_that_no_worker_has_is_told(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table({"id": [1], "at": [Z]}), tmp_path / "a.parquet")
    with connected() as connection:
        opened = open_on_spark(session, connection, table(), tmp_path, "raw")
        elsewhere = [each.replace("a.parquet", "b.parquet") for each in opened.shares]
        with pytest.raises(StateError, match=r"No files found .*b\.parquet.*; files must have the"):
            check_on_spark(session, replace(opened, shares=elsewhere), NOW)
