"""The laws of vectors, from raw tables through DuckDB to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.aggregators import AGGREGATES
from features.builders import count, latest, total
from features.carriers.duck import load, partitions
from features.catalogue import Catalogue
from features.feature import Feature
from features.instants import DAY, iso
from features.kernel import vectors
from features.rhythms import days_since
from features.segments import Spine
from features.tables import AttributeTable, EventTable, Table
from tests.helpers.compared import differing
from tests.helpers.raw import (
    CATALOGUE,
    CUTOFF,
    TABLES,
    Records,
    batch,
    drawn_records,
    is_past,
    shuffled,
)

seeds = st.integers(0, 2**32)
FEW = settings(max_examples=3)


def test_the_catalogue_of_the_laws_holds_every_aggregate() -> None:
    CATALOGUE.check(TABLES)
    assert {tally.aggregate.name for tally in CATALOGUE.tallies()} == {
        each.name for each in AGGREGATES.values() if each.column != "board"
    }


def test_drawn_records_have_values_on_both_sides() -> None:
    records = drawn_records(1, customers=30)
    past = [is_past("visits", row) for row in records["visits"]]
    assert 0.2 < sum(past) / len(past) < 0.95
    assert any(row["at"] == iso(CUTOFF) for row in records["visits"])
    found = batch(records)
    numbers = [values for values in found.columns.values() if values.dtype != object]
    assert all(np.isfinite(values).any() for values in numbers)


@FEW
@given(seeds, st.integers(2, 7))
def test_many_partitions_make_the_vectors_of_one(seed: int, parts: int) -> None:
    records = drawn_records(seed)
    assert differing(batch(records, parts=parts), batch(records)) == []


@FEW
@given(seeds)
def test_the_order_of_raw_rows_changes_no_bit(seed: int) -> None:
    records = drawn_records(seed)
    assert differing(batch(shuffled(records, seed)), batch(records)) == []


@FEW
@given(seeds, seeds)
def test_what_happens_or_is_known_from_the_cutoff_on_changes_no_bit(seed: int, other: int) -> None:
    first, second = drawn_records(seed), drawn_records(other)
    past = {name: [r for r in rows if is_past(name, r)] for name, rows in first.items()}
    changed = {
        name: [*rows, *(r for r in second[name] if not is_past(name, r))]
        for name, rows in past.items()
    }
    assert differing(batch(first), batch(past)) == []
    assert differing(batch(changed), batch(past)) == []


@FEW
@given(seeds)
def test_cutoffs_together_equal_cutoffs_alone(seed: int) -> None:
    records = drawn_records(seed)
    cutoffs = [CUTOFF - 3 * DAY, CUTOFF]
    together = batch(records, cutoffs=cutoffs)
    for cutoff in cutoffs:
        rows = np.flatnonzero(together.cutoffs == cutoff)
        assert differing(together.take(rows), batch(records, cutoffs=[cutoff])) == []


@FEW
@given(seeds)
def test_other_customers_change_no_bit(seed: int) -> None:
    records = drawn_records(seed)
    some = {name: [r for r in rows if r["id"] % 3] for name, rows in records.items()}
    whole = batch(records)
    kept = np.flatnonzero(whole.customers % 3 != 0)
    assert differing(batch(some), whole.take(kept)) == []


def read(table: Table, rows: list[dict[str, Any]], feature: Feature) -> list[Any]:
    """Compute one feature of every customer of a drawn table at the cutoff."""
    part = load([table], {table.name: pa.Table.from_pylist(rows)}, now=CUTOFF + 99 * DAY)
    spine = Spine.cross(len(part.customers), np.array([CUTOFF]))
    values = vectors(Catalogue([feature]), part, spine).columns[feature.name]
    return [None if each != each else each for each in values.tolist()]


def drawn(text: str, *names: str) -> list[dict[str, Any]]:
    """Read a drawing: customer, then times in days from the cutoff, then a text."""
    found: list[dict[str, Any]] = []
    for line in text.strip().splitlines():
        cells = line.split("<-")[0].split()
        row: dict[str, Any] = {"id": cells[0]}
        for name, cell in zip(names, cells[1:], strict=True):
            is_time = name in ("at", "known")
            row[name] = iso(CUTOFF + round(float(cell) * DAY)) if is_time else cell
        found.append(row)
    return found


TWO_CLOCKS = EventTable("events", customer="id", occurred_at="at", known_at="known")


def test_a_column_of_knowledge_hides_an_event_until_it_is_known() -> None:
    rows = drawn(
        """
        anna  -5  -5
        anna  -4  -0.001
        anna  -3   0       <- became known at the cutoff itself
        anna  -2   8
        bela  -1   3
        """,
        "at",
        "known",
    )
    assert read(TWO_CLOCKS, rows, count("events", 7)) == [2, 0]
    assert read(TWO_CLOCKS, rows, days_since("events")) == [4, None]


def test_a_lag_hides_an_event_until_it_is_known() -> None:
    table = EventTable("events", customer="id", occurred_at="at", lag=2)
    rows = drawn(
        """
        anna  -3
        anna  -2.001
        anna  -2      <- known at the cutoff itself
        anna  -1
        """,
        "at",
    )
    assert read(table, rows, count("events", 7)) == [2]
    assert read(table, rows, days_since("events")) == [pytest.approx(2.001)]


def test_an_attribute_is_read_as_of_the_cutoff() -> None:
    table = AttributeTable("tiers", "id", occurred_at="at", known_at="known", categories=["tier"])
    rows = drawn(
        """
        anna  -9   -9     iron
        anna  -2   -1     silver
        anna  -1    0     gold      <- entered at the cutoff itself
        anna   0   -5     platinum  <- announced, takes effect at the cutoff
        bela   1    1     iron
        cleo  -3   -8     gold      <- known before it took effect
        """,
        "at",
        "known",
        "tier",
    )
    assert read(table, rows, latest("tiers", "tier")) == ["silver", None, "gold"]


def test_a_static_attribute_is_known_at_every_cutoff() -> None:
    table = AttributeTable("clients", "id", static=True, categories=["city"])
    rows: list[dict[str, Any]] = [{"id": "anna", "city": "Bonn"}, {"id": "bela", "city": None}]
    assert read(table, rows, latest("clients", "city")) == ["Bonn", None]


def test_empty_tables_make_an_empty_partition() -> None:
    visits = EventTable("visits", customer="id", occurred_at="at", measures={"paid": "int"})
    source = pa.table(
        {
            "id": pa.array([], pa.int64()),
            "at": pa.array([], pa.string()),
            "paid": pa.array([], pa.int64()),
        }
    )
    part = load([visits], {"visits": source}, checked=True)
    assert part.customers.tolist() == []
    assert part.position(1) is None
    spine = Spine.cross(0, np.array([CUTOFF]))
    found = vectors(Catalogue([total(visits, "paid", 7)]), part, spine)
    assert found.columns["visits_paid_total_7d"].tolist() == []
    assert list(partitions([visits], {"visits": source}, parts=3, checked=True)) == []


def test_records_of_one_table_may_be_missing_for_a_customer() -> None:
    records: Records = {name: [] for name in drawn_records(0)}
    records["clients"] = [{"id": 5, "age": 3, "city": "x"}]
    found = batch(records)
    assert found.customers.tolist() == [5]
    assert found.columns["visits_count_2d"].tolist() == [0.0]
