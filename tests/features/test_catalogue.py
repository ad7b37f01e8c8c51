"""Names, descriptions and the check of features against the tables they read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from features.builders import count, distinct, largest, latest, mean, smallest, total
from features.catalogue import Catalogue
from features.conditions import at_least, at_most
from features.errors import DefinitionError
from features.feature import Derived, Feature, feature_from_json
from features.recipes import ratio, share, shares, trend
from features.rhythms import days_between, days_since
from features.tables import AttributeTable, EventTable, Table

EVENTS = EventTable(
    "events",
    customer="id",
    occurred_at="at",
    measures={"amount": "decimal(1)"},
    categories=["kind"],
)
CLIENTS = AttributeTable("clients", "id", static=True, measures={"age": "int"}, categories=["city"])
PAID = EventTable("paid", customer="id", occurred_at="at", measures={"sum": "money(2)"})

FEATURES: dict[str, Feature] = {
    "events_count_28d": count(EVENTS, 28),
    "events_count_ever": count("events"),
    "events_count_0_5d": count("events", 0.5),
    "events_count_28d_lag7d": count("events", 28, lag=7),
    "events_kind_a_b_count_28d": count("events", 28, where={"kind": "A b"}),
    "events_kind_a_or_c_count_28d": count("events", 28, where={"kind": ["a", "c"]}),
    "events_amount_ge_0_5_count_28d": count("events", 28, where={"amount": at_least(0.5)}),
    "events_amount_le_2_count_28d": count("events", 28, where={"amount": at_most(2)}),
    "events_amount_total_28d": total("events", "amount", 28),
    "events_amount_mean_28d": mean("events", "amount", 28),
    "events_amount_largest_28d": largest("events", "amount", 28),
    "events_amount_smallest_28d": smallest("events", "amount", 28),
    "events_days_since_ever": days_since("events"),
    "events_days_between_91d": days_between("events", 91),
    "events_kind_distinct_91d": distinct("events", "kind", 91),
    "clients_city_latest_ever": latest("clients", "city"),
    "events_kind_a_share_91d": share("events", "kind", "a", 91),
    "events_kind_a_amount_share_91d": share("events", "kind", "a", 91, of="amount"),
    "events_trend_28d": trend("events", 28),
    "events_amount_trend_28d": trend("events", 28, of="amount"),
    "events_kind_a_trend_28d": trend("events", 28, where={"kind": "a"}),
    "events_count_7d_per_events_count_28d": ratio(count("events", 7), count("events", 28)),
    "lateness": ratio(days_since("events"), days_between("events")).named("lateness"),
    "visits_of_late": count("events", 3).named("visits_of_late"),
}
ALL = Catalogue(FEATURES.values())
TABLES: list[Table] = [EVENTS, CLIENTS, PAID]


def test_names_are_computed() -> None:
    assert ALL.names == tuple(FEATURES)


def test_shares_are_one_share_for_each_level() -> None:
    levels = ["a", "b"]
    expected = tuple(share("events", "kind", level, 7, of="amount") for level in levels)
    assert shares("events", "kind", levels, 7, of="amount") == expected


def test_a_column_in_capitals_makes_a_plain_name() -> None:
    assert total("events", "Net Sales (EUR)", 7).name == "events_net_sales_eur_total_7d"
    assert trend("events", 7, of="Net Sales").name == "events_net_sales_trend_7d"


def test_a_long_name_ends_in_a_digest() -> None:
    many = [f"level {place}" for place in range(60)]
    one, other = (
        count("events", 7, where={"kind": levels}) for levels in (many, [*many, "another"])
    )
    assert len(one.name) == len(other.name) == 120
    assert one.name != other.name
    assert len(ratio(one, other).name) == 120
    assert Catalogue.from_json(Catalogue([one, other]).to_json()).names == (one.name, other.name)


@pytest.mark.parametrize("name", ["Late", "late ness", "", "1st", "_late", "späte"])
def test_a_name_that_cannot_be_a_column_is_refused(name: str) -> None:
    with pytest.raises(DefinitionError, match="name must be lower-case letters, digits and _"):
        count("events").named(name)


def test_two_features_of_one_name_are_refused() -> None:
    with pytest.raises(DefinitionError) as caught:
        Catalogue([count("e", 7), days_since("e").named("e_count_7d"), count("a"), count("a")])
    assert caught.value.faults == (
        "two features are called 'e_count_7d'; rename one with .named()",
        "two features are called 'a_count_ever'; rename one with .named()",
    )


@pytest.mark.parametrize("name", ["customer", "cutoff"])
def test_a_feature_is_not_called_as_the_head_of_a_row(name: str) -> None:
    with pytest.raises(DefinitionError, match=f"'{name}' is a column of every row of vectors"):
        Catalogue([count("events").named(name)])


def test_what_stands_already_is_not_added_again() -> None:
    catalogue = Catalogue([count("events", 7)])
    more = (count("events", 7.0), count("events", 8))
    assert len(catalogue + more) == 2
    with pytest.raises(DefinitionError, match="two features are called"):
        catalogue.__add__([days_since("events").named("events_count_7d")])


def test_a_catalogue_survives_json() -> None:
    written = json.loads(json.dumps(ALL.to_json()))
    read = Catalogue.from_json(written)
    assert read == ALL
    assert read.fingerprint() == ALL.fingerprint()
    assert read.names == ALL.names


OTHERS: list[Feature] = [
    count("events", 29),
    count("events", 28, lag=1),
    count("others", 28),
    count("events"),
    count("events", 28).named("other"),
    count("events", 28).named("other", "Events of late"),
    count("events", 28, where={"kind": "a"}),
    count("events", 28, where={"kind": "b"}),
    count("events", 28, where={"amount": at_least(1)}),
    count("events", 28, where={"amount": at_most(1)}),
    count("events", 28, where={"amount": 1}),
    days_since("events", 28),
    total("events", "amount", 28),
    total("events", "other", 28),
    mean("events", "amount", 28),
    ratio(count("events", 28), count("events", 7)),
    ratio(count("events", 7), count("events", 28)),
    trend("events", 28),
]


def test_the_fingerprint_changes_with_any_definition_and_the_order() -> None:
    catalogues = [
        Catalogue([]),
        Catalogue([count("events", 28)]),
        *(Catalogue([each]) for each in OTHERS),
        Catalogue([count("events", 28), OTHERS[0]]),
        Catalogue([OTHERS[0], count("events", 28)]),
    ]
    prints = [each.fingerprint() for each in catalogues]
    assert len(set(prints)) == len(prints)
    assert Catalogue([count("events", 28.0)]).fingerprint() == prints[1]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"aggregate": "mode", "table": "t", "days": 1}, "unknown aggregate 'mode'"),
        ({"operation": "times", "inputs": []}, "unknown operation 'times'"),
        ({"aggregate": "count", "days": 1}, "missing key 'table'"),
        ({"table": "t"}, "missing key 'aggregate'"),
        ({"aggregate": "count", "table": "t", "days": -1}, "days must be above 0"),
    ],
)
def test_json_that_is_no_feature_is_refused(value: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        feature_from_json(value)


def test_the_dictionary_describes_every_feature() -> None:
    found = {row["name"]: row for row in ALL.dictionary(TABLES)}
    assert list(found) == list(ALL.names)
    for row in found.values():
        assert all(row.values()), row
        assert set(row) == {"name", "description", "unit", "null", "type", "table"}
    assert found["events_count_28d_lag7d"]["description"] == (
        "Number of events in the 28 days that end 7 days before the cutoff"
    )
    assert found["events_amount_ge_0_5_count_28d"]["description"] == (
        "Number of events where amount is at least 0.5, in the 28 days before the cutoff"
    )
    assert found["events_count_28d"]["null"] == "never"
    assert found["lateness"]["null"] == "the divisor is null or 0"
    assert found["clients_city_latest_ever"]["type"] == "text"
    assert found["clients_city_latest_ever"]["unit"] == "level"
    assert found["events_amount_total_28d"]["unit"] == "number"
    (money,) = Catalogue([total("paid", "sum")]).dictionary(TABLES)
    assert money["unit"] == "money"
    assert money["description"] == "Sum of sum over paid up to the cutoff"
    (lagged,) = Catalogue([count("paid", lag=2)]).dictionary(TABLES)
    assert lagged["description"].endswith("up to 2 days before the cutoff")


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        (count("visits", 7), r"'visits_count_7d' reads table 'visits'; known are \['clients'"),
        (total("events", "kind", 7), "needs a measure column of 'events', got 'kind'"),
        (total("events", "price", 7), r"got 'price'; known are \['amount'\]"),
        (distinct("events", "amount", 7), "needs a category column of 'events', got 'amount'"),
        (
            latest("clients", "street"),
            "needs a measure or category column of 'clients', got 'street'",
        ),
        (count("events", 7, where={"shop": "a"}), "asks for 'shop'; 'events' declares"),
        (count("events", 7, where={"kind": at_least(3)}), "only measures have an order"),
        (count("events", 7, where={"amount": "3"}), "it is compared with numbers, got '3'"),
        (ratio(latest("clients", "city"), count("events")), "calculates with the texts of"),
        (count("clients", 7), "asks when, but 'clients' is static and has no times"),
        (days_since("clients"), "asks when, but 'clients' is static"),
        (largest("clients", "age", 90), "asks when, but 'clients' is static"),
    ],
)
def test_each_misfit_of_features_and_tables_has_its_words(feature: Feature, words: str) -> None:
    with pytest.raises(DefinitionError, match=words) as caught:
        Catalogue([feature]).check(TABLES)
    assert len(caught.value.faults) == 1


def test_all_misfits_come_at_once() -> None:
    wrong = [count("visits", 7), total("events", "kind", 7), count("events", where={"x": 1})]
    with pytest.raises(DefinitionError) as caught:
        Catalogue(wrong).check(TABLES)
    assert len(caught.value.faults) == 3


def test_what_fits_is_not_refused() -> None:
    ALL.check(TABLES)
    Catalogue([largest("clients", "age"), count("clients")]).check(TABLES)


def test_a_catalogue_tells_what_it_reads() -> None:
    catalogue = Catalogue(
        [share("events", "kind", "a", 7, of="amount"), latest("clients", "city"), count("paid")]
    )
    assert catalogue.columns_read() == {
        "events": {"kind", "amount"},
        "clients": {"city"},
        "paid": set(),
    }
    assert catalogue.texts(TABLES) == ("clients_city_latest_ever",)
    assert next(tally.name for tally in catalogue.tallies()) == "events_kind_a_amount_total_7d"


def test_a_derived_feature_has_the_table_and_window_of_its_first_input() -> None:
    feature = ratio(count("events", 7), count("paid", 28))
    assert isinstance(feature, Derived)
    assert (feature.table, feature.window.days) == ("events", 7)


renaming: list[Callable[[str], Feature]] = [count("events").named, trend("events", 7).named]


@pytest.mark.parametrize("named", renaming)
def test_a_feature_takes_another_name_and_keeps_its_meaning(named: Any) -> None:
    assert named("other").name == "other"
    assert named("other").description == named("another").description
    described = named("other", "In plain words")
    assert described.description == "In plain words"
    assert feature_from_json(described.to_json()) == described
