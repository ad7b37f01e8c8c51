"""One customer in a request: the same arrays and the same vectors as through the tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.carriers.duck import load
from features.carriers.single import from_records
from features.errors import ContractError, DefinitionError
from features.kernel import vectors
from features.segments import Spine
from features.tables import AttributeTable, EventTable
from tests.helpers.compared import assert_same_partition, cells, differing
from tests.helpers.raw import (
    CATALOGUE,
    CUTOFF,
    NOW,
    TABLES,
    as_sources,
    batch,
    drawn_records,
    of_customer,
)

VISITS = EventTable(
    "visits",
    customer="id",
    occurred_at="at",
    known_at="k",
    timezone="Europe/Berlin",
    measures={"paid": "money(2)", "items": "int"},
    categories=["shop", "aisle"],
)
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("at", pa.string()),
        ("k", pa.string()),
        ("paid", pa.float64()),
        ("items", pa.int64()),
        ("shop", pa.string()),
        ("aisle", pa.int64()),
    ]
)

days = st.integers(0, 5000).map(lambda n: f"20{10 + n % 9}-{1 + n % 12:02d}-{1 + n % 28:02d}")
row = st.fixed_dictionaries(
    {
        "id": st.just(7),
        # Few distinct times, so that many events tie and the other columns must order them.
        "at": st.builds(lambda d, h: f"{d}T{h:02d}:30:00.5", days, st.integers(0, 3)),
        "k": st.just("2020-01-01T00:00:00"),
        "paid": st.none() | st.integers(-999, 999).map(lambda v: v / 100),
        "items": st.none() | st.integers(-3, 3),
        "shop": st.none() | st.text(max_size=3),
        "aisle": st.none() | st.integers(-12, 12),
    }
)


@settings(max_examples=4)
@given(st.lists(row, min_size=20, max_size=60))
def test_a_request_makes_the_arrays_of_the_tables_bit_for_bit(rows: list[dict[str, Any]]) -> None:
    tied = [each | {"at": rows[0]["at"]} for each in rows[:9]] + rows[9:]
    through_tables = load([VISITS], {"visits": pa.Table.from_pylist(tied, schema=SCHEMA)})
    assert_same_partition(from_records([VISITS], {"visits": tied}, 7), through_tables)


@settings(max_examples=4)
@given(st.integers(0, 2**32))
def test_every_customer_of_a_batch_equals_the_request_bit_for_bit(seed: int) -> None:
    records = drawn_records(seed, customers=40)
    whole = load(TABLES, as_sources(records), now=NOW, checked=True)
    rows = batch(records)
    for place, customer in enumerate(whole.customers.tolist()):
        alone = from_records(TABLES, of_customer(records, customer), customer, now=NOW)
        for name in whole.events:
            assert cells(alone.events[name]) == cells(whole.of(place).events[name])
        one = vectors(CATALOGUE, alone, Spine(np.array([0]), np.array([CUTOFF])))
        assert differing(one, rows.take(np.array([place]))) == []


def test_every_violation_of_a_request_comes_at_once() -> None:
    rows = [{"id": 8, "at": "soon", "k": "2020-01-01", "paid": 3.129, "colour": "red"}]
    with pytest.raises(ContractError) as caught:
        from_records([VISITS], {"visits": rows, "vists": []}, 7)
    text = str(caught.value)
    for words in (
        "read from request",
        "'vists'",
        "'visits.colour': expected columns among id, at",
        "the customer of the request, 7",
        "row 1: 'soon'",
        "row 1: 3.129",
    ):
        assert words in text


Z = "2020-01-01T00:00Z"
PLAIN = EventTable("visits", customer="id", occurred_at="at", event_id="e", categories=["shop"])
TIERS = AttributeTable("tiers", customer="id", static=True, categories=["tier"])
LATE = EventTable("visits", customer="id", occurred_at="at", known_at="k")


@pytest.mark.parametrize(
    ("table", "rows", "words"),
    [
        (PLAIN, "at", "expected a list of records, came str"),
        (PLAIN, ["at"], "expected an object of cells, came str in row 1"),
        (PLAIN, [{"at": Z}], "an id, text or whole number in every row, came empty cells"),
        (PLAIN, [{"at": Z, "e": 1}, {"at": Z, "e": "1"}], "came values that came before in 1 row"),
        (PLAIN, [{"at": Z, "e": [1]}], "an id, text or whole number, came list"),
        (PLAIN, [{"e": 1}], "a time in every row"),
        (PLAIN, [{"at": "2020-01-01", "e": 1}], "times without one"),
        (PLAIN, [{"at": Z, "e": 1}, {"at": "2020-01-01", "e": 2}], "1 with a zone and 1 without"),
        (
            PLAIN,
            [{"at": Z, "e": 1}, {"at": "2020-01-01T00:00+01:00", "e": 2}],
            r"offsets from \+00:00 to \+01:00",
        ),
        (PLAIN, [{"at": "2999-01-01T00:00Z", "e": 1}], "times that have not come yet"),
        (PLAIN, [{"at": Z, "e": 1, "id": 7.0}], "the customer of the request, 7"),
        (PLAIN, [{"at": Z, "e": 1, "shop": 1.5}], "a number that is not whole"),
        (TIERS, [{"tier": "a"}, {"tier": "b"}], "came values that came before in 1 row"),
        (LATE, [{"at": Z, "k": "2019-01-01T00:00Z"}], "events known before they happened"),
    ],
)
def test_each_violation_has_its_words(table: Any, rows: Any, words: str) -> None:
    with pytest.raises(ContractError, match=words) as caught:
        from_records([table], {table.name: rows}, 7)
    assert len(caught.value.violations) == 1


@pytest.mark.parametrize("customer", [True, np.True_, 1.5, "", 2**63])
def test_what_is_no_customer_id_is_refused(customer: Any) -> None:
    with pytest.raises(ContractError, match=r"column 'visits\.id'"):
        from_records([PLAIN], {}, customer)


def test_a_numpy_id_is_the_id() -> None:
    rows = [{"id": 7, "at": Z, "e": 1}]
    found = from_records([PLAIN], {"visits": rows}, np.int32(7))  # type: ignore[arg-type]
    assert_same_partition(found, from_records([PLAIN], {"visits": rows}, 7))


def test_no_table_is_refused() -> None:
    with pytest.raises(DefinitionError, match="at least one table, got none"):
        from_records([], {}, 7)
