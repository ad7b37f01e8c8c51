"""Vectors from the store equal the batch, and every cutoff is of the past."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DefinitionError, UnknownCustomerError
from features.instants import instant, iso
from features.kernel import Vectors
from features.segments import Partition
from serving.roster import needs
from serving.store import EventStore, read_as_of, select, vectors_of
from tests.serving import tiny
from training.bundle import Bundle


@pytest.fixture(scope="module")
def store(shop: Partition) -> EventStore:
    return EventStore(shop, clock=lambda: tiny.PRESENT)


@pytest.fixture(scope="module")
def batch(bundles: dict[str, Bundle], shop: Partition) -> Vectors:
    return tiny.rows_of(needs(bundles["coffee"]), shop)


def test_one_customer_equals_the_batch_bit_for_bit(
    store: EventStore, shop: Partition, batch: Vectors, bundles: dict[str, Bundle]
) -> None:
    catalogue = needs(bundles["coffee"])
    for row, customer in enumerate(batch.customers.tolist()):
        alone = vectors_of(shop, [store.position(customer)], tiny.CUTOFF, catalogue)
        assert alone.customers.tolist() == [customer]
        for name, values in batch.columns.items():
            np.testing.assert_array_equal(alone.columns[name], values[row : row + 1])


@given(st.lists(st.integers(0, 119), min_size=1, max_size=20, unique=True))
def test_some_customers_in_any_order_equal_the_batch(
    shop: Partition, batch: Vectors, bundles: dict[str, Bundle], places: list[int]
) -> None:
    found = vectors_of(shop, places, tiny.CUTOFF, needs(bundles["coffee"]))
    assert found.customers.tolist() == batch.customers[places].tolist()
    for name, values in batch.columns.items():
        np.testing.assert_array_equal(found.columns[name], values[places])


def test_selecting_everyone_is_the_partition(shop: Partition) -> None:
    again = select(shop, np.arange(len(shop.customers)))
    for name, events in shop.events.items():
        np.testing.assert_array_equal(again.events[name].offsets, events.offsets)
        np.testing.assert_array_equal(again.events[name].occurred_at, events.occurred_at)


def test_an_unknown_customer_is_told(store: EventStore) -> None:
    with pytest.raises(UnknownCustomerError, match=r"of customer 'nobody'$"):
        store.position("nobody")
    with pytest.raises(UnknownCustomerError, match="ids are texts, came a whole number"):
        store.position(7)
    bank = EventStore(tiny.load((tiny.LOANS,), tiny.bank_frames()))
    with pytest.raises(UnknownCustomerError, match="ids are whole numbers, came a text"):
        bank.position("7")
    with pytest.raises(UnknownCustomerError, match=r"of customer 99999$"):
        bank.position(99_999)


def test_the_present_is_the_default() -> None:
    assert read_as_of(None, tiny.PRESENT) == instant(tiny.PRESENT)
    assert read_as_of("2024-10-01T02:00:00+02:00", tiny.PRESENT) == tiny.CUTOFF
    assert read_as_of(iso(instant(tiny.PRESENT)), tiny.PRESENT) == instant(tiny.PRESENT)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("2024-10-01T00:00:00", "expected a zone"),
        ("yesterday", "ISO 8601"),
        (iso(instant(tiny.PRESENT + timedelta(microseconds=1))), "to the present"),
        ("1899-12-31", "from 1900-01-01"),
        ("0001-01-01T00:00:00+14:00", "the years 1 to 9999 in UTC"),
    ],
)
def test_other_instants_are_refused(asked: str, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        read_as_of(asked, tiny.PRESENT)


def test_a_naive_clock_is_refused() -> None:
    with pytest.raises(DefinitionError, match="expected a zone"):
        read_as_of(None, datetime(2024, 1, 1))


def test_the_store_tells_how_far_it_reaches(store: EventStore, shop: Partition) -> None:
    assert store.until == iso(int(shop.events["purchases"].known_at.max()))
    assert len(store) == 120
    nothing = select(shop, np.array([], dtype=np.int64))
    assert EventStore(nothing).until is None
