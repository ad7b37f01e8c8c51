"""What is asked of others, from contracts that share columns."""

from __future__ import annotations

from typing import Any

import pytest

from features import AttributeTable, Catalogue, DefinitionError, EventTable
from features.builders import Tabled
from features.tables import Table

BOUGHT = EventTable("bought", "id", "at", categories=["product"])
VIEWED = EventTable("viewed", "id", "at", categories=["product"])
CALLS = EventTable("calls", "id", "at", categories=["peer"])
TEXTS = EventTable("texts", "id", "at", categories=["peer"])
CLIENTS = AttributeTable("clients", "id", categories=["city"], static=True)
HOMES = AttributeTable("homes", "id", occurred_at="since", categories=["city"])
EVERY: list[Table] = [BOUGHT, VIEWED, CALLS, TEXTS, CLIENTS, HOMES]


def test_tables_may_share_names_of_columns() -> None:
    contacts: list[tuple[Tabled, str]] = [(CALLS, "peer"), ("texts", "peer")]
    made = Catalogue.suggest(EVERY, (7, 28), others=True, contacts=contacts)
    made.check(EVERY)
    assert {
        "bought_product_customers_mean_28d",
        "viewed_product_customers_mean_28d",
        "clients_city_members_latest_ever",
        "homes_city_members_latest_ever",
        "calls_peer_same_clients_city_mean_28d",
        "texts_peer_same_homes_city_mean_28d",
    } <= {*made.names}
    assert Catalogue.from_json(made.to_json()) == made


def test_a_column_of_one_table_keeps_its_short_name() -> None:
    made = Catalogue.suggest([CALLS, CLIENTS], (28,), contacts=[(CALLS, "peer")])
    assert "calls_peer_same_city_mean_28d" in made.names


@pytest.mark.parametrize(
    ("contact", "fault"),
    [
        ((CALLS, "shop"), "contacts are in 'shop' of 'calls', which is no category of an event"),
        ((CLIENTS, "city"), "contacts are in 'city' of 'clients', which is no category of an"),
        ("calls", "contacts are pairs of a table and a column, as .*; got 'calls'"),
    ],
)
def test_contacts_that_are_none(contact: Any, fault: str) -> None:
    with pytest.raises(DefinitionError, match=fault):
        Catalogue.suggest(EVERY, contacts=[contact])
