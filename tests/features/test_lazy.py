from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from features.carriers.duck import load
from features.contract import check
from features.errors import ContractError
from features.tables import EventTable
from tests.helpers.compared import cells

Z = "2020-01-01T00:00:00Z"
SALES = EventTable("sales", "id", "at", measures={"paid": "money(2)"}, categories=["shop"])


def test_a_lazy_frame_is_read_as_its_frame() -> None:
    frame = pl.DataFrame({"id": [2, 1], "at": [Z, Z], "paid": [1.25, None], "shop": ["a", None]})
    part = load([SALES], {"sales": frame.lazy().filter(pl.col("id") > 0)})
    same = load([SALES], {"sales": frame})
    assert part.customers.tolist() == same.customers.tolist() == [1, 2]
    assert cells(part.events["sales"]) == cells(same.events["sales"])


def test_only_wanted_columns_are_collected() -> None:
    frame = pl.LazyFrame({"id": [1], "at": [Z], "paid": [1], "shop": ["a"], "bad": ["x"]})
    assert check(SALES, frame.with_columns(pl.col("bad").cast(pl.Int64))).rows == 1


@pytest.mark.parametrize("fault", ["cast", "file"])
def test_a_lazy_frame_that_cannot_be_collected_is_told(tmp_path: Path, fault: str) -> None:
    frame = (
        pl.LazyFrame({"id": ["x"], "at": [Z]}).with_columns(pl.col("id").cast(pl.Int64))
        if fault == "cast"
        else pl.scan_parquet(tmp_path / "none.parquet")
    )
    with pytest.raises(ContractError, match=r"LazyFrame that polars can collect, came .*mend its"):
        check(SALES, frame)


def test_a_column_that_is_not_there_is_told() -> None:
    with pytest.raises(ContractError, match=r"column 'paid': .* no such column among id, at"):
        check(SALES, pl.LazyFrame({"id": [1], "at": [Z]}))
