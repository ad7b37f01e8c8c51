"""Corrected events: at a cutoff the latest version known before it is the event."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from features import Catalogue, Spine, count, days_since, latest, total, vectors
from features.append import build
from features.carriers.duck import load
from features.carriers.records import read_records
from features.carriers.single import from_records
from features.connection import connected
from features.contract import check
from features.errors import ContractError, DefinitionError
from features.instants import DAY, instant, iso
from features.reading import open_source
from features.tables import EventTable, table_from_json
from features.versions import NEVER, refuse_versions, superseded_at, version_rows
from features.windows_sql import existing_sql
from tests.helpers.compared import assert_same_partition, differing
from training import Cohort, Task, bought
from training.labels import labels

CUTOFF = instant("2020-06-01T00:00:00Z")
NOW = instant("2021-01-01T00:00:00Z")
SALES = EventTable(
    "sales",
    customer="id",
    occurred_at="at",
    known_at="known",
    measures={"paid": "money(2)"},
    categories=["shop"],
    event_id="receipt",
    versions=True,
    withdrawn="void",
)


@dataclass(frozen=True)
class Version:
    """One row: days relative to the cutoff, and what it says."""

    receipt: str
    at: int
    known: int
    paid: int
    customer: int = 1
    void: bool = False


def existing(versions: list[Version], day: int) -> list[tuple[int, int, int]]:
    """The events that exist at the cutoff of a day, as a person would find them."""
    found = []
    for receipt in {each.receipt for each in versions}:
        known = [each for each in versions if each.receipt == receipt and each.known < day]
        if not known:
            continue
        newest = max(known, key=lambda each: each.known)
        if not newest.void and newest.at < day:
            found.append((newest.customer, newest.at, newest.paid))
    return sorted(found)


def table_of(versions: list[Version]) -> pa.Table:
    rows = [
        {
            "id": each.customer,
            "at": iso(CUTOFF + each.at * DAY),
            "known": iso(CUTOFF + each.known * DAY),
            "paid": each.paid,
            "shop": "a",
            "receipt": each.receipt,
            "void": each.void,
        }
        for each in versions
    ]
    return pa.Table.from_pylist(rows)


def read(source: Any, *days: int) -> list[list[tuple[int, int, int]]]:
    """The events that exist at the cutoffs of some days, by the query of versions."""
    made = []
    with connected() as connection:
        raw = open_source(connection, SALES, source, "raw")
        rows = version_rows(connection, SALES, raw, "BIGINT")
        connection.execute(f"CREATE TEMP TABLE versions AS {rows}")
        for day in days:
            query = "SELECT customer, occurred_at, v0 FROM versions WHERE "
            found = connection.execute(query + existing_sql(CUTOFF + day * DAY)).fetchall()
            made.append(sorted((who, (at - CUTOFF) // DAY, paid // 100) for who, at, paid in found))
    return made


DRAWN = [
    Version("plain", at=-9, known=-9, paid=1),
    Version("dearer", at=-8, known=-8, paid=2),
    Version("dearer", at=-8, known=-2, paid=20),
    Version("moved", at=-7, known=-7, paid=3),
    Version("moved", at=-3, known=-1, paid=3, customer=2),
    Version("void", at=-6, known=-6, paid=4),
    Version("void", at=-6, known=-1, paid=4, void=True),
    Version("back", at=-5, known=-5, paid=5),
    Version("back", at=-5, known=-4, paid=5, void=True),
    Version("back", at=-5, known=-1, paid=50),
    Version("late", at=-4, known=0, paid=6),  # <- known at the cutoff itself is not past
    Version("mended at once", at=-4, known=-4, paid=7),
    Version("mended at once", at=-4, known=0, paid=70),
]


def test_a_correction_counts_from_the_cutoff_after_it_was_known() -> None:
    expected = [(1, -9, 1), (1, -8, 20), (1, -5, 50), (1, -4, 7), (2, -3, 3)]
    before = [(1, -9, 1), (1, -8, 2), (1, -7, 3), (1, -6, 4), (1, -4, 7)]
    after = [(1, -9, 1), (1, -8, 20), (1, -5, 50), (1, -4, 6), (1, -4, 70), (2, -3, 3)]
    assert read(table_of(DRAWN), -3, 0, 1) == [before, expected, after]
    assert [existing(DRAWN, day) for day in (-3, 0, 1)] == [before, expected, after]


def drawn(seed: int) -> list[Version]:
    draw = random.Random(seed)
    made = []
    for receipt in range(60):
        at = draw.randint(-30, -5)
        known = sorted(draw.sample(range(at, 10), draw.choice([1, 1, 2, 3])))
        made += [
            Version(
                f"r{receipt}",
                at=min(at + draw.choice([0, 0, 2]), when),
                known=when,
                paid=draw.randint(1, 99),
                customer=draw.randint(1, 4),
                void=draw.random() < 0.2,
            )
            for when in known
        ]
    return draw.sample(made, len(made))


@pytest.mark.parametrize("seed", range(3))
def test_the_query_says_what_a_person_would(seed: int, tmp_path: Path) -> None:
    versions = drawn(seed)
    frame = table_of(versions)
    pyarrow.csv.write_csv(frame, tmp_path / "sales.csv")
    days = range(-31, 12)
    expected = [existing(versions, day) for day in days]
    assert read(frame, *days) == expected
    assert read(tmp_path / "sales.csv", *days) == expected


@pytest.mark.parametrize("seed", range(10))
def test_rows_of_a_request_say_what_a_person_would(seed: int) -> None:
    versions = [each for each in drawn(seed) if each.customer]
    ends = superseded_at([each.receipt for each in versions], [each.known for each in versions])
    for day in range(-31, 12):
        found = [
            (each.customer, each.at, each.paid)
            for each, end in zip(versions, ends, strict=True)
            if each.known < day <= end and each.at < day and not each.void
        ]
        assert sorted(found) == existing(versions, day)


def test_posted_records_bring_ids_and_withdrawals() -> None:
    records = [
        {"at": "2020-01-01T00:00Z", "known": "2020-01-01T00:00Z", "receipt": 7},
        {"at": "2020-01-01T00:00Z", "known": "2020-02-01T00:00Z", "receipt": "7", "void": True},
    ]
    found = read_records(SALES, records, 1, NOW)
    assert list(found.violations()) == []
    assert (found.ids, found.withdrawn) == (["7", "7"], [False, True])
    ends = superseded_at([each for each in found.ids if each], found.times["known_at"])
    assert ends.tolist() == [instant("2020-02-01"), NEVER]


def test_two_versions_known_at_once_are_a_fault_in_tables_and_in_requests() -> None:
    twice = [Version("a", -5, -4, 1), Version("a", -5, -4, 2), Version("a", -5, -3, 2)]
    words = r"column 'receipt': expected each value once.*in 1 row \(row 2: 'a'\)"
    with pytest.raises(ContractError, match=words):
        check(SALES, table_of(twice), now=NOW)
    assert check(SALES, table_of(twice[1:]), now=NOW).rows == 2
    aside = check(SALES, table_of(twice), now=NOW, quarantine=True).aside
    assert str(aside) == "sales: 1 of 3 rows set aside (receipt: duplicate 1)"
    rows = [{key: row[key] for key in row if key != "id"} for row in table_of(twice).to_pylist()]
    (fault,) = read_records(SALES, rows, 1, NOW).violations()
    assert "expected each value once, came values that came before in 1 row (row 2: 'a')" in str(
        fault
    )


def test_what_is_neither_true_nor_false_is_told(tmp_path: Path) -> None:
    frame = table_of([Version("a", -5, -4, 1)])
    place = frame.column_names.index("void")
    text = frame.set_column(place, "void", pa.array(["maybe"]))
    words = "column 'void': expected true or false, came something else in 1 row .row 1: 'maybe'"
    with pytest.raises(ContractError, match=words):
        check(SALES, text, now=NOW)
    with pytest.raises(ContractError, match="expected true or false, came whole numbers"):
        check(SALES, frame.set_column(place, "void", pa.array([1])), now=NOW)
    empty = frame.set_column(place, "void", pa.nulls(1, pa.bool_()))
    assert read(empty, 0) == [[(1, -5, 1)]]
    record = {
        "at": "2020-01-01T00:00Z",
        "known": "2020-01-01T00:00Z",
        "receipt": 7,
        "void": "maybe",
    }
    (fault,) = read_records(SALES, [record], 1, NOW).violations()
    assert "expected true or false, came something else in 1 row (row 1: 'maybe')" in str(fault)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"versions": True}, "told apart by event_id and known_at: give both columns"),
        ({"versions": True, "event_id": "e"}, "give both columns"),
        ({"withdrawn": "void"}, "only a version can be withdrawn"),
        ({"withdrawn": "at"}, "column 'at' has two roles"),
    ],
)
def test_a_definition_that_cannot_hold_is_refused(changes: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        EventTable("sales", customer="id", occurred_at="at", **changes)


def test_the_definition_goes_there_and_back() -> None:
    assert table_from_json(SALES.to_json()) == SALES
    bare = EventTable("sales", customer="id", occurred_at="at")
    assert {"versions", "withdrawn"} & set(bare.to_json()) == set()
    with connected() as connection:
        raw = open_source(connection, bare, table_of(DRAWN), "raw")
        with pytest.raises(DefinitionError, match="expected versions=True, got False"):
            version_rows(connection, bare, raw)


def test_where_versions_are_not_read_the_remedy_changes_no_vector(tmp_path: Path) -> None:
    words = (
        "table 'sales' declares versions, which kept vectors and Spark do not read; train and "
        "score from the tables with the default engine, duckdb"
    )
    with pytest.raises(DefinitionError, match=words) as caught:
        refuse_versions([SALES])
    assert "drop" not in str(caught.value)
    with pytest.raises(DefinitionError, match=words):
        build(CATALOGUE, [SALES], {"sales": table_of(DRAWN)}, [0], tmp_path / "kept")


CATALOGUE = Catalogue(
    [count("sales"), total("sales", "paid"), days_since("sales"), latest("sales", "paid")]
)


@pytest.mark.parametrize("seed", range(4))
def test_vectors_see_the_versions_that_exist_at_each_cutoff(seed: int) -> None:
    versions = drawn(seed)
    days = np.arange(-31, 12)
    partition = load([SALES], {"sales": table_of(versions)}, now=NOW)
    spine = Spine.cross(len(partition.customers), CUTOFF + days * DAY)
    found = vectors(CATALOGUE, partition, spine)
    for row in range(len(spine)):
        customer = partition.customers[spine.customer[row]]
        events = [
            (at, paid)
            for who, at, paid in existing(versions, int((spine.cutoff[row] - CUTOFF) // DAY))
            if who == customer
        ]
        assert found.columns["sales_count_ever"][row] == len(events)
        assert found.columns["sales_paid_total_ever"][row] == sum(paid for _, paid in events)
        since = found.columns["sales_days_since_ever"][row]
        day = (spine.cutoff[row] - CUTOFF) // DAY
        assert np.isnan(since) if not events else since == day - max(at for at, _ in events)


def test_posted_versions_make_the_vectors_of_tables() -> None:
    alone = [each for each in drawn(5) if each.customer]
    # A request tells of one customer, so no version of it may belong to another.
    alone = [replace(each, customer=1) for each in alone]
    cutoffs = CUTOFF + np.arange(-31, 12) * DAY
    batch = load([SALES], {"sales": table_of(alone)}, now=NOW)
    records = [{k: v for k, v in row.items() if k != "id"} for row in table_of(alone).to_pylist()]
    posted = from_records([SALES], {"sales": records}, 1, now=NOW)
    assert_same_partition(posted, batch)
    spine = Spine.cross(1, cutoffs)
    assert differing(vectors(CATALOGUE, posted, spine), vectors(CATALOGUE, batch, spine)) == []


def test_a_label_asks_for_the_last_version() -> None:
    task = Task("again", bought("sales"), Cohort(active=30), horizon=5)
    moved = [Version("a", at=-20, known=-20, paid=1), Version("b", at=-8, known=-8, paid=1)]
    moved += [Version("b", at=2, known=3, paid=1), Version("c", at=1, known=1, paid=1)]
    moved += [Version("c", at=1, known=9, paid=1, void=True)]
    partition = load([SALES], {"sales": table_of(moved)}, now=NOW)
    spine = Spine(np.zeros(2, dtype=np.int64), CUTOFF + np.array([-10, 0]) * DAY)
    assert labels(task, partition, spine).tolist() == [False, True]


@pytest.mark.parametrize("mended", ["one", "other"])
def test_a_later_correction_does_not_decide_between_events_of_one_instant(mended: str) -> None:
    both = [Version(name, at=-4, known=-4, paid=paid) for name, paid in (("one", 5), ("other", 9))]
    table = table_of([*both, Version(mended, at=-4, known=8, paid=1)])
    part = load([SALES], {"sales": table}, now=NOW)
    made = vectors(Catalogue([latest(SALES, "paid")]), part, Spine.cross(1, np.array([CUTOFF])))
    assert made.columns["sales_paid_latest_ever"].tolist() == [9.0]
    assert_same_partition(from_records([SALES], {"sales": table.to_pylist()}, 1, now=NOW), part)
