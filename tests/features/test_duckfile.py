from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from features.carriers.duck import load
from features.connection import connected
from features.contract import check
from features.duckfile import DuckTable, attached
from features.errors import ContractError, DefinitionError, StateError
from features.tables import EventTable
from tests.helpers.compared import cells

SALES = EventTable("sales", "id", "at", measures={"paid": "money(2)"}, categories=["shop"])
LOCK = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('locked', flush=True); input()"


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    path = tmp_path / "crm.db"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE SCHEMA web; CREATE TYPE shop AS ENUM ('north', 'south');"
            "CREATE TABLE web.sales AS SELECT 1 AS id, '2020-01-01 00:00Z'::TIMESTAMPTZ AS \"at\", "
            "1.25::DECIMAL(9, 2) AS paid, 'north'::shop AS shop;"
            "CREATE VIEW late AS SELECT * FROM web.sales WHERE \"at\" > TIMESTAMPTZ '2000-01-01';"
        )
    return path


@pytest.mark.parametrize("name", ["web.sales", "WEB.Sales", "late", "main.late"])
def test_tables_and_views_are_read(crm: Path, name: str) -> None:
    for source in (DuckTable(crm, name), f"duckdb:///{crm}#{name}"):
        part = load([SALES], {"sales": source})
        assert cells(part.events["sales"])["paid"] == [125]
        assert cells(part.events["sales"])["shop"] == ["north"]


def test_two_tables_of_one_file_are_read_together(crm: Path) -> None:
    more = EventTable("more", "id", "at")
    sources = {"sales": DuckTable(crm, "web.sales"), "more": DuckTable(str(crm), "late")}
    assert len(load([SALES, more], sources).events["more"]) == 1


def test_nothing_in_the_file_changes(crm: Path) -> None:
    before = crm.read_bytes()
    load([SALES], {"sales": DuckTable(crm, "late")})
    assert crm.read_bytes() == before
    assert [each.name for each in crm.parent.iterdir()] == ["crm.db"]
    with connected() as connection:
        relation = attached(connection, DuckTable(crm, "web.sales"))
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute(f"DELETE FROM {relation}")


def test_an_absent_table_is_told_with_those_that_are_there(crm: Path) -> None:
    with pytest.raises(StateError, match=r"no table or view 'sales'; it has late, web\.sales$"):
        check(SALES, DuckTable(crm, "sales"))


def test_a_view_that_fails_is_told_as_one(crm: Path) -> None:
    with duckdb.connect(str(crm)) as connection:
        connection.execute(
            "CREATE TABLE base AS FROM web.sales; CREATE VIEW broken AS FROM base; DROP TABLE base;"
            "CREATE VIEW odd AS SELECT * REPLACE (shop::VARCHAR::INT AS paid) FROM web.sales;"
        )
    for name, said in {
        "broken": "name base does not exist",
        "odd": "convert string 'north'",
    }.items():
        with pytest.raises(
            ContractError, match=rf"one that fails: .*{said}.*; mend the view"
        ) as told:
            check(SALES, DuckTable(crm, name))
        for words in ("UTF-8", "file that cannot", "SELECT", "LINE"):
            assert words not in str(told.value)


def test_an_empty_database_has_none(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "new.db")).close()
    with pytest.raises(StateError, match="no table or view 'sales'; it has none"):
        check(SALES, DuckTable(tmp_path / "new.db", "sales"))


def test_a_locked_file_is_told(crm: Path) -> None:
    line = [sys.executable, "-c", LOCK, str(crm)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"locked\n"
        try:
            with pytest.raises(StateError, match=r"lock .*; close the program that has it open"):
                check(SALES, DuckTable(crm, "late"))
        finally:
            writer.kill()


def test_no_file_and_no_database_are_told(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"expected a file at .*none\.db$"):
        check(SALES, DuckTable(tmp_path / "none.db", "sales"))
    (tmp_path / "text.db").write_text("hello")
    with pytest.raises(StateError, match=r"not a valid DuckDB .*; name a file that DuckDB wrote"):
        check(SALES, DuckTable(tmp_path / "text.db", "sales"))


def test_an_absolute_path_needs_four_slashes(crm: Path) -> None:
    with pytest.raises(StateError, match=f"for {crm} write four slashes"):
        check(SALES, f"duckdb://{crm}#late")


def test_a_source_without_file_or_table_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"expected a table of crm\.db, got none; write "):
        DuckTable.from_url("duckdb:///crm.db")
    with pytest.raises(DefinitionError, match="expected the path of a database file, got none"):
        DuckTable("", "sales")


def test_a_contract_that_is_broken_names_the_table(crm: Path) -> None:
    other = EventTable("sales", "client", "at")
    with pytest.raises(ContractError, match=f"read from duckdb:///{crm}#late, .*\n.*'client'"):
        check(other, DuckTable(crm, "late"))
