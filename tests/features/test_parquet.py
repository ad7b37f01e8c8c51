from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.carriers.duck import load
from features.contract import check
from features.errors import ContractError
from features.tables import EventTable
from tests.helpers.compared import cells

SALES = EventTable("sales", "id", "at", measures={"paid": "int"}, categories=["shop"])
Z = "2020-01-01T00:00:00Z"


def write(path: Path, **columns: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = {"id": [1], "at": [Z], "paid": [7], "shop": ["a"]} | columns
    pq.write_table(pa.table({k: v for k, v in rows.items() if v is not None}), path)


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    (tmp_path / "c.parquet").write_text("id,at,paid,shop\n" * 100)
    with pytest.raises(ContractError) as told:
        check(SALES, tmp_path)
    words = str(told.value)
    assert "expected Parquet files, came 2 files that cannot be read (b.parquet: " in words
    assert "; c.parquet: " in words
    assert "a.parquet" not in words
    assert "export them again, or take them out" in words


def test_a_truncated_file_is_told_not_cut(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", id=list(range(9)), at=[Z] * 9, paid=[1] * 9, shop=["x"] * 9)
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ContractError, match=r"cannot be read \(a\.parquet: "):
        check(SALES, tmp_path)


def test_a_file_that_lacks_a_column_is_named(tmp_path: Path) -> None:
    for name in "abc":
        write(tmp_path / f"{name}.parquet")
    write(tmp_path / "d.parquet", shop=None)
    with pytest.raises(ContractError) as told:
        check(SALES, tmp_path)
    assert (
        "column 'shop': expected this column in every file, came no such column in d.parquet, and "
        "VARCHAR in a.parquet, b.parquet, c.parquet; write the column to every file"
    ) in str(told.value)


def test_a_file_that_holds_a_column_in_another_type_is_named(tmp_path: Path) -> None:
    for place in range(5):
        write(tmp_path / f"{place}.parquet")
    write(tmp_path / "odd.parquet", paid=[7.5], at=[3])
    with pytest.raises(ContractError) as told:
        check(SALES, tmp_path)
    words = str(told.value)
    assert "column 'paid': expected one type in every file, came DOUBLE in odd.parquet" in words
    assert "BIGINT in 0.parquet, 1.parquet, 2.parquet and 2 more; cast the column" in words
    assert "column 'at': expected one type in every file, came BIGINT in odd.parquet" in words


def test_columns_that_nobody_asks_for_may_differ(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", note=["x"])
    write(tmp_path / "b.parquet", note=[{"deep": 1}])
    write(tmp_path / "c.parquet", note=None)
    assert check(SALES, tmp_path).rows == 3


def test_whole_numbers_of_several_widths_are_not_cut(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", paid=pa.array([7], pa.int16()))
    write(tmp_path / "b.parquet", paid=pa.array([2**40], pa.int64()))
    events = load([SALES], {"sales": tmp_path}).events["sales"]
    assert sorted(cells(events)["paid"]) == [7, 2**40]


def test_the_order_of_columns_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet")
    pq.write_table(
        pa.table({"shop": ["b"], "paid": [8], "at": [Z], "id": [2]}), tmp_path / "b.parquet"
    )
    events = load([SALES], {"sales": tmp_path}).events["sales"]
    assert cells(events)["shop"] == ["a", "b"]
