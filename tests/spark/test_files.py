"""Files and databases give the same bits on Spark as with DuckDB, however they are laid out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import portions
from features.builders import count, largest, total, usual
from features.carriers.duck import load
from features.carriers.spark import vectors as on_spark
from features.catalogue import Catalogue
from features.duckfile import DuckTable
from features.errors import ContractError, StateError
from features.instants import instant
from features.kernel import Vectors, vectors
from features.segments import Spine
from features.tables import EventTable, Table
from tests.helpers.compared import differing
from tests.helpers.onspark import collected

CUTOFF = instant("2021-01-01")
DAY = "2020-01-01"
PLAIN = EventTable("t", "id", "at", timezone="UTC")
SHOPS = EventTable("t", "id", "at", timezone="UTC", categories=["shop"])
SPACED = EventTable("t", "id", "at", timezone="UTC", categories=["my shop"])
PAID = EventTable("t", "id", "at", timezone="UTC", measures={"paid": "int"})
MONEY = EventTable("t", "id", "at", timezone="UTC", measures={"paid": "money(2)"})
ROWS = {"id": [1, 2, 2], "at": [DAY, "2020-02-01", "2020-03-01"]}


def features_of(table: Table) -> Catalogue:
    numbers = [make(table, name) for name in table.measures for make in (total, largest)]
    return Catalogue([count(table), *(usual(table, name) for name in table.categories), *numbers])


def on_duck(table: Table, source: Any) -> Vectors:
    part = load([table], {"t": source})
    made = vectors(features_of(table), part, Spine.everyone(part, [CUTOFF]))
    return made.take(np.lexsort((made.cutoffs, made.customers)))


def same(session: Any, table: Table, source: Any) -> Vectors:
    """Vectors on Spark, once they are found to have the bits of DuckDB's."""
    catalogue = features_of(table)
    made = collected(on_spark(session, [table], {"t": source}, catalogue, [CUTOFF]), catalogue)
    expected = on_duck(table, source)
    assert made.customers.dtype == expected.customers.dtype
    assert differing(made, expected) == []
    return made


def write(path: Path, columns: Mapping[str, Any] | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(ROWS if columns is None else dict(columns)), path)


@pytest.mark.parametrize(
    "values",
    [
        ["01", "02"],
        ["1.50", "2.50"],
        ["2020-01-05", "2020-01-06"],
        ["01", "1.50", "2020-01-05", "abc", "__HIVE_DEFAULT_PARTITION__"],
        ["a%2Fb", "100%25", "%C3%A9", "a b", "a+b"],
    ],
)
def test_values_of_folders(session: Any, tmp_path: Path, values: list[str]) -> None:
    for place, value in enumerate(values):
        write(tmp_path / f"shop={value}" / "a.parquet", {"id": [place, 9], "at": [DAY, DAY]})
    for source in (tmp_path, str(tmp_path / "shop=*" / "*.parquet")):
        held = same(session, SHOPS, source).columns["t_shop_usual_ever"].tolist()
        assert len(held) == len(values) + 1
        assert None not in held or "__HIVE_DEFAULT_PARTITION__" in values


def test_one_folder_of_many_and_a_key_that_is_encoded(session: Any, tmp_path: Path) -> None:
    write(tmp_path / "my%20shop=a%2Fb" / "a.parquet")
    write(tmp_path / "my%20shop=c" / "a.parquet", {"id": [3], "at": [DAY]})
    found = same(session, SPACED, tmp_path).columns["t_my_shop_usual_ever"].tolist()
    assert found == ["a/b", "a/b", "c"]
    assert len(same(session, SPACED, tmp_path / "my%20shop=c")) == 1


def test_customers_in_names_of_folders(session: Any, tmp_path: Path) -> None:
    for value in ("7", "08"):
        write(tmp_path / "text" / f"id={value}" / "a.parquet", {"at": [DAY]})
    for value in ("7", "8"):
        write(tmp_path / "whole" / f"id={value}" / "a.parquet", {"at": [DAY]})
    assert same(session, PLAIN, tmp_path / "text").customers.tolist() == ["08", "7"]
    assert same(session, PLAIN, tmp_path / "whole").customers.tolist() == [7, 8]


def test_a_measure_in_names_of_folders(session: Any, tmp_path: Path) -> None:
    for value in ("3.50", "4"):
        write(tmp_path / f"paid={value}" / "a.parquet")
    made = same(session, MONEY, tmp_path)
    assert made.columns["t_paid_total_ever"].tolist() == [7.5, 15.0]


def test_a_column_of_the_file_goes_before_that_of_the_folder(session: Any, tmp_path: Path) -> None:
    write(tmp_path / "shop=a" / "a.parquet", ROWS | {"shop": ["z", "z", "z"]})
    assert same(session, SHOPS, tmp_path).columns["t_shop_usual_ever"].tolist() == ["z", "z"]


def test_folders_of_csv(session: Any, tmp_path: Path) -> None:
    for place, value in enumerate(("01", "02")):
        folder = tmp_path / f"shop={value}"
        folder.mkdir()
        (folder / "a.csv").write_text(f"id,at\n{place},{DAY}\n")
    assert same(session, SHOPS, tmp_path).columns["t_shop_usual_ever"].tolist() == ["01", "02"]


@pytest.mark.parametrize("wide_first", [False, True])
def test_whole_numbers_of_two_widths(session: Any, tmp_path: Path, wide_first: bool) -> None:
    wide, narrow = ("a", "b") if wide_first else ("b", "a")
    number = {"paid": pa.array([1, 2, 3], pa.int32())}
    write(tmp_path / f"{narrow}.parquet", ROWS | number)
    write(tmp_path / f"{wide}.parquet", {"id": [3], "at": [DAY], "paid": pa.array([2**40])})
    assert same(session, PAID, tmp_path).columns["t_paid_total_ever"][-1] == 2**40


def test_a_list_of_files_and_names_that_spark_would_pass_over(session: Any, tmp_path: Path) -> None:
    write(tmp_path / "_a.parquet")
    write(tmp_path / "b [1]*{2}.parquet", {"id": [3], "at": [DAY]})
    assert len(same(session, PLAIN, [tmp_path / "_a.parquet", tmp_path / "b [1]*{2}.parquet"])) == 3


def test_a_large_file_that_many_workers_read(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "LEAST", 2_000)
    drawn = np.random.default_rng(5)
    columns = {"id": drawn.integers(0, 40, 5_000), "at": [DAY] * 5_000}
    columns |= {"paid": drawn.integers(0, 9_999, 5_000), "shop": drawn.integers(0, 9, 5_000)}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet", row_group_size=500)
    assert len(same(session, PAID, tmp_path / "a.parquet")) == 40


def test_files_that_differ_are_refused_in_the_same_words(session: Any, tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", ROWS | {"paid": [1, 2, 3]})
    write(tmp_path / "b.parquet", {"id": [3], "at": [DAY], "paid": [2.5]})
    with pytest.raises(ContractError) as expected:
        on_duck(PAID, tmp_path)
    with pytest.raises(ContractError) as came:
        on_spark(session, [PAID], {"t": tmp_path}, features_of(PAID), [CUTOFF])
    assert str(came.value) == str(expected.value)


def test_tables_of_databases_in_words(session: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with duckdb.connect(str(path)) as connection:
        made = f"SELECT 1 AS id, TIMESTAMP '{DAY}' AS \"at\", '01' AS shop"
        connection.execute(f"CREATE TABLE t AS {made}")
    for source in (f"duckdb:///{path}#t", DuckTable(path, "t")):
        assert same(session, SHOPS, source).columns["t_shop_usual_ever"].tolist() == ["01"]
    nobody = {"t": "postgresql://u@127.0.0.1:1/x#t"}
    with pytest.raises(StateError, match=r"driver that is not installed|cannot be reached"):
        on_spark(session, [SHOPS], nobody, features_of(SHOPS), [CUTOFF])
