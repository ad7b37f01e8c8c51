"""Rows that break a contract by themselves are set aside and counted, and none is lost."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.aside import Aside, require_balance
from features.carriers.duck import load, partitions
from features.contract import check
from features.errors import ContractError, StateError
from features.quarantine import COUNTS, LINES, SUMMARY, write_quarantine
from features.tables import AttributeTable, EventTable
from tests.helpers.compared import assert_same_partition, cells
from tests.helpers.planted import (
    NOW,
    SALES,
    Line,
    Row,
    plant,
    repeat,
    sound_rows,
    write_csv,
    write_parquet,
)

Z = "2020-01-01T00:00:00Z"
WRITERS: dict[str, Any] = {"csv": write_csv, "parquet": write_parquet}


def drawn(seed: int, kind: str) -> tuple[list[Row], list[Line]]:
    """Rows with every kind of fault, and the lines that must be told of them."""
    draw = random.Random(seed)
    rows = sound_rows(draw, 150)
    lines = plant(draw, rows, 0.3, kind)
    lines += repeat(draw, rows, {place for place, _, _ in lines}, 30)
    return rows, lines


def told(folder: Path) -> list[Line]:
    """What the folder says of each fault."""
    found = pq.read_table(folder / LINES).to_pylist()
    return [(each["row"], each["column"], each["reason"]) for each in found]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("seed", range(4))
def test_rows_in_are_rows_used_and_rows_set_aside(kind: str, seed: int, tmp_path: Path) -> None:
    rows, lines = drawn(seed, kind)
    spoilt = {place for place, _, _ in lines}
    source = WRITERS[kind](rows, tmp_path / f"sales.{kind}")
    checked = write_quarantine([SALES], {"sales": source}, tmp_path / "aside", now=NOW)["sales"]
    aside = checked.aside
    assert aside is not None
    assert (aside.rows_in, aside.rows) == (len(rows), len(spoilt))
    assert checked.rows == aside.used == len(rows) - len(spoilt)
    assert sorted(told(tmp_path / "aside")) == sorted(lines)
    by_reason = Counter((column, reason) for _, column, reason in lines)
    counted = {
        (each["column"], each["reason"]): each["rows"] for each in aside.to_json()["reasons"]
    }
    assert counted == by_reason


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_only_sound_rows_are_read_in_whatever_order_they_came(kind: str, tmp_path: Path) -> None:
    rows, lines = drawn(11, kind)
    spoilt = {place for place, _, _ in lines}
    kept = [row for place, row in enumerate(rows, start=1) if place not in spoilt]
    expected = load([SALES], {"sales": write_parquet(kept, tmp_path / "kept.parquet")}, now=NOW)
    for order in range(3):
        came = random.Random(order).sample(rows, len(rows))
        source = WRITERS[kind](came, tmp_path / f"{order}.{kind}")
        asides: list[Aside] = []
        found = load([SALES], {"sales": source}, now=NOW, quarantine=asides.append)
        assert_same_partition(found, expected)
        assert [(each.rows_in, each.rows) for each in asides] == [(len(rows), len(spoilt))]


def test_every_kind_of_fault_of_a_row_is_drawn() -> None:
    reasons = {reason for kind in WRITERS for _, _, reason in drawn(1, kind)[1]}
    assert reasons == {
        *("absent", "not a time", "naive", "future", "known early", "not a number"),
        *("not finite", "too fine", "too large", "not an id", "duplicate"),
    }


def test_parts_of_customers_hold_the_same_sound_rows(tmp_path: Path) -> None:
    rows, lines = drawn(5, "csv")
    source = write_csv(rows, tmp_path / "sales.csv")
    spoilt = {place for place, _, _ in lines}
    asides: list[Aside] = []
    parts = partitions([SALES], {"sales": source}, parts=3, now=NOW, quarantine=asides.append)
    assert sum(len(part.events["sales"]) for part in parts) == len(rows) - len(spoilt)


def test_rows_are_numbered_in_their_files(tmp_path: Path) -> None:
    visits = EventTable("visits", customer="id", occurred_at="at", event_id="e")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text(f"id,at,e\n1,{Z},1\n1,{Z},2\n1,never,3\n")
    (tmp_path / "in/b.csv").write_text(f"id,at,e\n1,{Z},4\n,{Z},5\n1,{Z},2\n")
    write_quarantine([visits], {"visits": tmp_path / "in"}, tmp_path / "aside", now=NOW)
    found = pq.read_table(tmp_path / "aside" / LINES).to_pylist()
    assert [tuple(each.values()) for each in found] == [
        ("visits", "a.csv", 3, "at", "not a time", "never"),
        ("visits", "b.csv", 2, "id", "absent", None),
        ("visits", "b.csv", 3, "e", "duplicate", "2"),
    ]


def test_the_counts_say_what_to_do_and_the_summary_adds_up(tmp_path: Path) -> None:
    visits = EventTable("visits", customer="id", occurred_at="at", measures={"paid": "money(2)"})
    frame = pa.table({"id": [1, 2, 3], "at": [Z, Z, "never"], "paid": [1.0, 3.129, 3.129]})
    write_quarantine([visits], {"visits": frame}, tmp_path / "aside", now=NOW)
    head, *lines = (tmp_path / "aside" / COUNTS).read_text().splitlines()
    assert head == "table,column,reason,rows,expected,remedy"
    assert [line.split(",")[:4] for line in lines] == [
        ["visits", "at", "not a time", "1"],
        ["visits", "paid", "too fine", "2"],
    ]
    assert "round the values" in lines[1]
    summary = json.loads((tmp_path / "aside" / SUMMARY).read_text())
    assert summary["as_of"] == "2021-01-01T00:00:00Z"
    counts = summary["tables"]["visits"]
    assert (counts["rows_in"], counts["rows_used"], counts["rows_set_aside"]) == (3, 1, 2)


def test_a_folder_that_exists_is_kept_and_a_refusal_leaves_none(tmp_path: Path) -> None:
    visits = EventTable("visits", customer="id", occurred_at="at")
    (tmp_path / "aside").mkdir()
    with pytest.raises(StateError, match="never overwritten"):
        write_quarantine([visits], {"visits": pa.table({"id": [1], "at": [Z]})}, tmp_path / "aside")
    with pytest.raises(ContractError, match="column 'at'"):
        write_quarantine([visits], {"visits": pa.table({"id": [1]})}, tmp_path / "other")
    assert [each.name for each in tmp_path.iterdir()] == ["aside"]


@pytest.mark.parametrize(
    ("contract", "columns", "words"),
    [
        ({}, {"ID": [1], "at": [Z]}, "is ID meant"),
        ({}, {"id": [1.5], "at": [Z]}, "came binary fractions"),
        ({}, {"id": [1, 1], "at": [Z, "2020-01-01T00:00+02:00"]}, r"offsets from \+00:00"),
        ({}, {"id": [1, 2], "at": ["2020-01-01", "2020-01-02"]}, "times without one in 2 rows"),
        ({}, {"id": [1, 2], "at": ["soon", None]}, "column 'at'.*something else in 1 row"),
        ({}, {"id": pa.array([], pa.int64()), "at": pa.array([], pa.string())}, "an empty table"),
        ({"complete_until": "2022-01-01"}, {"id": [1], "at": [Z]}, "column 'complete_until'"),
    ],
)
def test_a_whole_column_at_fault_and_a_table_without_a_sound_row_refuse(
    contract: Any, columns: Any, words: str
) -> None:
    visits = EventTable("visits", customer="id", occurred_at="at", **contract)
    with pytest.raises(ContractError, match=words):
        check(visits, pa.table(columns), now=NOW, quarantine=True)


def test_a_declared_zone_sets_aside_the_way_of_writing_that_is_rarer() -> None:
    times = ["2020-01-01", "2020-01-02", Z]
    local = EventTable("visits", customer="id", occurred_at="at", timezone="Europe/Berlin")
    checked = check(local, pa.table({"id": [1, 2, 3], "at": times}), now=NOW, quarantine=True)
    assert str(checked.aside) == "visits: 1 of 3 rows set aside (at: mixed zones 1)"
    checked = check(
        local, pa.table({"id": [1, 2, 3], "at": [Z, *times[1:]]}), now=NOW, quarantine=True
    )
    assert checked.rows == 2


def test_customers_that_fit_no_whole_number_are_set_aside() -> None:
    ids = pa.array([2**63 + 1, 4, 5], pa.uint64())
    table = EventTable("visits", customer="id", occurred_at="at", measures={"n": "int"})
    frame = pa.table({"id": ids, "at": [Z] * 3, "n": pa.array([1, 2**64 - 1, 3], pa.uint64())})
    asides: list[Aside] = []
    part = load([table], {"visits": frame}, now=NOW, quarantine=asides.append)
    assert part.customers.tolist() == [5]
    assert str(asides[0]).endswith("(id: too large 1, n: too large 1)")


def test_one_row_of_a_static_customer_stays() -> None:
    clients = AttributeTable("clients", customer="id", static=True, categories=["city"])
    for cities in permutations(["Rome", "Bonn", None]):
        frame = pa.table({"id": [1, 1, 1], "city": cities})
        asides: list[Aside] = []
        part = load([clients], {"clients": frame}, quarantine=asides.append)
        assert cells(part.events["clients"])["city"] == ["Bonn"]
        assert str(asides[0]) == "clients: 2 of 3 rows set aside (id: duplicate 2)"


def test_a_time_without_a_zone_is_compared_with_nothing() -> None:
    frame = pa.table({"id": [1, 1], "at": [Z, "2029-01-01"], "known": [Z, "2019-01-01"]})
    sales = EventTable("sales", customer="id", occurred_at="at", known_at="known")
    aside = check(sales, frame, now=NOW, quarantine=True).aside
    assert str(aside) == "sales: 1 of 2 rows set aside (at: naive 1, known: naive 1)"


def test_of_twins_the_one_that_was_known_first_stays() -> None:
    sales = EventTable("sales", customer="id", occurred_at="at", known_at="known", event_id="e")
    early, late = "2020-01-05T00:00Z", "2020-02-01T00:00Z"
    frame = pa.table({"id": [1, 2], "at": [Z, early], "known": [late, early], "e": [7, 7]})
    part = load([sales], {"sales": frame}, now=NOW, quarantine=lambda aside: None)
    assert part.customers.tolist() == [2]


def test_sound_tables_tell_that_nothing_was_set_aside() -> None:
    visits = EventTable("visits", customer="id", occurred_at="at")
    frame = pa.table({"id": [1], "at": [Z]})
    assert check(visits, frame, now=NOW).aside is None
    checked = check(visits, frame, now=NOW, quarantine=True)
    assert str(checked.aside) == "visits: 0 of 1 rows set aside"


def test_last_event_and_maturity_are_those_of_sound_rows() -> None:
    visits = EventTable("visits", customer="id", occurred_at="at")
    frame = pa.table({"id": [1, None], "at": [Z, "2020-06-01T00:00Z"]})
    checked = check(visits, frame, now=NOW, quarantine=True)
    assert checked.first == checked.last == checked.complete_until


def test_a_source_that_changes_while_it_is_read_is_told() -> None:
    with pytest.raises(StateError, match=r"expected 9 sound rows \(10 less 1 set aside\), came 8"):
        require_balance(Aside("visits", "visits.csv", 10, 1), used=8)
