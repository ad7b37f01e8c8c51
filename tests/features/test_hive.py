from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from features.carriers.duck import load
from features.contract import check
from features.errors import ContractError
from features.tables import EventTable
from tests.helpers.compared import cells

Z = "2020-01-01T00:00:00Z"
PLAIN = EventTable("sales", customer="id", occurred_at="at")
SHOPS = EventTable("sales", customer="id", occurred_at="at", categories=["shop"])


def write(path: Path, **columns: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def test_folders_that_name_columns_are_read_where_nobody_asks(tmp_path: Path) -> None:
    write(tmp_path / "month=2020-01" / "part-0.parquet", id=[1], at=[Z])
    write(tmp_path / "month=2020-02" / "part-0.parquet", id=[2], at=[Z])
    assert check(PLAIN, tmp_path).rows == 2


def test_folders_written_by_another_tool_give_back_its_columns(tmp_path: Path) -> None:
    shops = ["a b", "ü/x", "c=d", None, "100%"]
    rows = pa.table({"id": [1, 2, 3, 4, 5], "at": [Z] * 5, "shop": shops})
    ds.write_dataset(
        rows, tmp_path, format="parquet", partitioning=["shop"], partitioning_flavor="hive"
    )
    events = load([SHOPS], {"sales": tmp_path}).events["sales"]
    assert cells(events)["shop"] == shops


def test_whole_numbers_are_numbers_and_others_keep_their_zeros(tmp_path: Path) -> None:
    table = EventTable("sales", "id", "at", measures={"paid": "money(2)"}, categories=["shop"])
    write(tmp_path / "id=12" / "shop=007" / "paid=3.50" / "a.parquet", at=[Z])
    write(tmp_path / "id=9" / "shop=01" / "paid=4" / "a.parquet", at=[Z])
    part = load([table], {"sales": tmp_path})
    assert part.customers.tolist() == [9, 12]
    assert cells(part.events["sales"])["shop"] == ["01", "007"]
    assert cells(part.events["sales"])["paid"] == [400, 350]


def test_a_day_in_the_folder_is_a_time(tmp_path: Path) -> None:
    table = EventTable("sales", customer="id", occurred_at="day", timezone="UTC")
    write(tmp_path / "day=2020-01-02" / "a.parquet", id=[1])
    events = load([table], {"sales": tmp_path}).events["sales"]
    assert events.occurred_at.tolist() == [1577923200000000]


def test_a_column_of_the_file_goes_before_that_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "shop=x" / "a.parquet", id=[1], at=[Z], shop=["y"])
    assert cells(load([SHOPS], {"sales": tmp_path}).events["sales"])["shop"] == ["y"]


def test_one_folder_of_many_keeps_its_columns_however_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "shop=x" / "month=1" / "a.parquet"
    write(file, id=[1], at=[Z])
    for source in (
        tmp_path,
        file,
        [file],
        file.parent,
        tmp_path / "shop=x",
        str(file.parent / "*.parquet"),
        str(tmp_path / "shop=*" / "*" / "*.parquet"),
    ):
        assert cells(load([SHOPS], {"sales": source}).events["sales"])["shop"] == ["x"]


def test_what_stands_above_a_plain_folder_is_not_its_own(tmp_path: Path) -> None:
    write(tmp_path / "shop=x" / "sales" / "month=1" / "a.parquet", id=[1], at=[Z])
    with pytest.raises(ContractError, match=r"column 'shop': .* no such column among id, at"):
        check(SHOPS, tmp_path / "shop=x" / "sales")


def test_keys_and_values_may_be_percent_encoded(tmp_path: Path) -> None:
    table = EventTable("sales", customer="id", occurred_at="at", categories=["my shop", "ü"])
    write(tmp_path / "my%20shop=a%2Fb" / "%C3%BC=%C3%A9" / "a.parquet", id=[1], at=[Z])
    write(tmp_path / "my shop=c+d" / "ü=100%" / "a.parquet", id=[2], at=[Z])
    write(tmp_path / "my shop=%FF" / "ü=é" / "a.parquet", id=[3], at=[Z])
    part = load([table], {"sales": tmp_path})
    assert part.customers.tolist() == [1, 2, 3]
    assert cells(part.events["sales"])["my shop"] == ["a/b", "c+d", "%FF"]
    assert cells(part.events["sales"])["ü"] == ["é", "100%", "é"]


def test_two_folders_of_one_name_above_a_file_are_told(tmp_path: Path) -> None:
    write(tmp_path / "shop=x" / "shop=y" / "a.parquet", id=[1], at=[Z])
    with pytest.raises(ContractError, match=r"came two above shop=x/shop=y/a\.parquet; rename one"):
        check(SHOPS, tmp_path)


def test_a_file_outside_of_the_folders_is_told(tmp_path: Path) -> None:
    write(tmp_path / "shop=x" / "a.parquet", id=[1], at=[Z])
    write(tmp_path / "b.parquet", id=[1], at=[Z])
    with pytest.raises(ContractError, match=r"every file in a folder shop=\.\.\., came b\.parquet"):
        check(SHOPS, tmp_path)


def test_folders_of_csv_name_columns_too(tmp_path: Path) -> None:
    for shop in "ab":
        folder = tmp_path / f"shop={shop}"
        folder.mkdir()
        (folder / "x.csv").write_text(f"id,at\n1,{Z}\n")
    events = load([SHOPS], {"sales": tmp_path}).events["sales"]
    assert cells(events)["shop"] == ["a", "b"]
