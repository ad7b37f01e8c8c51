from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.carriers.duck import load, partitions
from features.errors import DefinitionError
from features.tables import AttributeTable, EventTable
from tests.helpers.compared import assert_same_partition, cells

VISITS = EventTable(
    "visits",
    customer="id",
    occurred_at="at",
    timezone="UTC",
    measures={"paid": "money(2)", "items": "int"},
    categories=["shop"],
)
CLIENTS = AttributeTable("clients", customer="id", static=True, categories=["city"])

ROWS = {
    "id": [2, 1, 2, 3, 1],
    "at": ["2020-01-02", "2020-01-01", "2020-01-01", "2020-03-01", "2020-01-01"],
    "paid": [1.5, 2.25, None, 0.1, 2.25],
    "items": [1, None, 3, 4, 2],
    "shop": ["b", "a", None, "c", "b"],
}


def test_events_are_sorted_by_customer_time_and_then_all_columns() -> None:
    part = load([VISITS], {"visits": pa.table(ROWS)})
    assert part.customers.tolist() == [1, 2, 3]
    held = cells(part.events["visits"])
    assert held["owner"] == [0, 0, 1, 1, 2]
    assert held["items"] == [None, 2, 3, 1, 4]
    assert held["paid"] == [225, 225, None, 150, 10]
    assert held["shop"] == ["a", "b", None, "b", "c"]


def test_every_kind_of_source_gives_the_same_partition(tmp_path: Path) -> None:
    frame = pd.DataFrame(ROWS)
    frame["items"] = frame["items"].astype("Int64")
    frame.to_csv(tmp_path / "visits.csv", index=False)
    pq.write_table(pa.table(ROWS), tmp_path / "visits.parquet")
    expected = load([VISITS], {"visits": pa.table(ROWS)})
    sources: list[Any] = [
        frame,
        pl.DataFrame(ROWS),
        tmp_path / "visits.csv",
        str(tmp_path / "visits.parquet"),
    ]
    for source in sources:
        assert_same_partition(load([VISITS], {"visits": source}), expected)


def test_shuffled_rows_change_no_array() -> None:
    table = pa.table(ROWS)
    assert_same_partition(
        load([VISITS], {"visits": table.take([4, 2, 0, 1, 3])}), load([VISITS], {"visits": table})
    )


@pytest.mark.parametrize("most_held", [2**29, 100])
def test_many_parts_hold_what_one_part_holds_and_leave_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_held: int
) -> None:
    monkeypatch.setattr("features.carriers.duck.MOST_HELD", most_held)
    clients = pa.table({"id": [9, 1], "city": ["x", "y"]})
    sources = {"visits": pa.table(ROWS), "clients": clients}
    one = load([VISITS, CLIENTS], sources)
    many = list(partitions([VISITS, CLIENTS], sources, parts=5, folder=tmp_path))
    assert not list(tmp_path.iterdir())
    assert one.customers.tolist() == [1, 2, 3, 9]
    assert 1 < len(many) < 5
    assert sorted(c for part in many for c in part.customers) == [1, 2, 3, 9]
    for part in many:
        for place, customer in enumerate(part.customers):
            position = one.position(int(customer))
            assert position is not None
            for name in sources:
                mine, whole = part.events[name].of(place), one.events[name].of(position)
                assert cells(mine) == cells(whole)


def test_columns_left_out_do_not_change_the_order() -> None:
    part = load([VISITS], {"visits": pa.table(ROWS)}, columns={"visits": {"shop"}})
    assert cells(part.events["visits"])["shop"] == ["a", "b", None, "b", "c"]


def test_ids_of_two_kinds_are_refused() -> None:
    clients = pa.table({"id": ["x"], "city": ["y"]})
    with pytest.raises(DefinitionError, match=r"'visits' has whole numbers \(id\), 'clients' has"):
        load([VISITS, CLIENTS], {"visits": pa.table(ROWS), "clients": clients})


def test_sources_and_tables_must_agree() -> None:
    with pytest.raises(DefinitionError, match="table 'visits' has no source"):
        load([VISITS], {})
    nothing: Any = None
    words = "sources must be a mapping of tables to where they lie, got None; give, or return from"
    with pytest.raises(DefinitionError, match=words):
        load([VISITS], nothing)
