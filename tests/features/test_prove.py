"""The proof of the proof: every planted leak is found and named, and nothing honest is accused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features import Catalogue, count, latest, total
from features.errors import CohortError, ContractError, DefinitionError
from features.prove import Culprit, Proof, prove
from features.prove.compare import differs
from features.recipes import band
from features.tables import AttributeTable, EventTable
from tests.helpers.leaks import HONEST, LEAKS, LEAKY, one_past, tally
from tests.helpers.raw import CATALOGUE, NOW, TABLES, as_sources, drawn_records
from tests.helpers.trading import CLIENTS, SALES, world
from tests.helpers.trading import TABLES as LEAKY_TABLES


def proof(catalogue: Catalogue, seed: int, cutoffs: int = 4) -> Proof:
    """Hold features against the world of the leaks."""
    sources = world(seed)
    return prove(
        *("world", LEAKY_TABLES, catalogue, sources),
        cutoffs=cutoffs,
        customers=8,
        seed=seed,
        now=NOW,
    )


def test_every_planted_leak_is_found_and_its_culprit_named() -> None:
    found = proof(LEAKY + HONEST, 1)
    assert not found.proven
    named = [(each.feature, each.table, each.column) for each in found.culprits]
    assert named == [(each.feature.name, each.table, each.column) for each in LEAKS]


def test_a_leak_alone_is_found_too() -> None:
    leak = LEAKS[1]
    (culprit,) = proof(Catalogue([leak.feature, count("sales", 30)]), 5, cutoffs=2).culprits
    assert (culprit.feature, culprit.table, culprit.column) == (
        leak.feature.name,
        leak.table,
        leak.column,
    )


def test_honest_features_pass_although_no_row_of_them_stands_alone() -> None:
    found = proof(Catalogue(HONEST), 3)
    assert found.proven
    assert found.culprits == ()
    assert found.cases > 150


def test_no_feature_of_ours_is_accused() -> None:
    sources = as_sources(drawn_records(8, customers=12))
    found = prove("drawn", TABLES, CATALOGUE, sources, cutoffs=6, customers=12, seed=8, now=NOW)
    assert found.proven
    assert set(found.kinds) == {
        *("alter", "add", "add, known late", "delete"),
        *("re-time occurred_at", "re-time known_at", "new customers", "all at once"),
    }
    assert found.cases > 500
    assert set(found.features) == set(CATALOGUE.names)


def test_a_column_is_named_although_the_data_have_nothing_of_it_after_the_cutoff() -> None:
    late = EventTable("late", customer="id", occurred_at="at")
    early = EventTable("early", customer="id", occurred_at="at", measures={"paid": "int"})
    ids = [1, 2, 3]
    sources = {
        "late": pa.table({"id": ids, "at": ["2020-12-01T00:00Z"] * 3}),
        "early": pa.table({"id": ids, "at": ["2020-01-01T00:00Z"] * 3, "paid": ids}),
    }
    leak = tally("one_past", "early", one_past, "paid", "measure")
    found = prove("shop", [late, early], Catalogue([leak]), sources, cutoffs=1)
    assert found.cutoffs == ("2020-12-01T00:00:00Z",)
    assert [each.place for each in found.culprits] == ["early.paid"]


def test_a_feature_that_differs_when_computed_twice_is_accused_of_that() -> None:
    dice = np.random.default_rng(1)
    fickle = tally("dice", "sales", lambda stream, column: dice.random(len(stream.spine)))
    found = proof(Catalogue([count("sales", 30), fickle, LEAKS[0].feature]), 1, cutoffs=2)
    assert [each.feature for each in found.culprits] == ["dice", "one_past"]
    assert found.culprits[0].place == "nobody: computed twice, it differs"
    assert found.culprits[0].kinds == ("nothing",)


def test_a_fault_of_the_reading_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the carrier forgot that orders are known two days late.
    monkeypatch.setattr("features.carriers.sorting.micros", lambda days: 0)
    found = proof(Catalogue([count("orders", 30), count("sales", 30)]), 1)
    assert {(each.feature, each.table, each.column) for each in found.culprits} == {
        ("orders_count_30d", "orders", "at")
    }


def test_features_that_learn_are_proven_with_what_they_learn_from() -> None:
    honest, leaking = band(count("sales", 30), (0.5,)), band(LEAKS[0].feature, (0.5,))
    found = proof(Catalogue([honest, leaking]), 1, cutoffs=2)
    assert set(found.features) == {honest.name, leaking.name}
    assert {each.feature for each in found.culprits} == {leaking.name, "one_past"}


def test_a_culprit_tells_the_case() -> None:
    one_past = LEAKS[0].feature
    (culprit,) = proof(Catalogue([one_past]), 1).culprits
    said = str(culprit)
    assert said.startswith("'one_past' sees the future of sales.paid: at 2020-")
    assert f"the value of customer {culprit.customer} is {culprit.before}, and" in said
    assert "after a change at or after that cutoff" in said
    assert "shown by: alter, add, delete" in said
    assert culprit.before != culprit.after


def test_a_culprit_without_column_or_table_says_what_is_seen() -> None:
    rows = Culprit("f", "sales", "", (), ("add",), 1, "7", "2020-01-01", "1", "2")
    people = replace(rows, table="", kinds=("new customers",))
    several = replace(rows, table="")
    assert [each.place for each in (rows, people, several)] == [
        "rows of sales",
        "who the customers are",
        "several tables together",
    ]


def test_tables_without_times_are_told_with_the_features_that_read_them() -> None:
    city, spend = latest(CLIENTS, "city"), total(SALES, "paid")
    found = proof(Catalogue([city, spend]), 1, cutoffs=1)
    assert found.static == {"clients": (city.name,)}
    assert found.rows["clients"] == 14
    assert any("without times are taken on trust" in each for each in found.limits)
    assert any("`prepare`" in each for each in found.limits)


def test_fewer_customers_and_cutoffs_are_taken_where_there_are_fewer() -> None:
    visits = EventTable("visits", customer="id", occurred_at="at")
    source = pa.table({"id": ["b", "a"], "at": ["2020-01-01T00:00Z"] * 2})
    found = prove("shop", [visits], Catalogue([count(visits)]), {"visits": source}, cutoffs=5)
    assert found.customers == 2
    assert found.cutoffs == ("2020-01-01T00:00:00Z",)
    assert found.proven


def test_numbers_that_are_too_small_are_refused_all_at_once() -> None:
    with pytest.raises(DefinitionError, match="cutoffs must be 1 or more, got 0") as caught:
        prove("world", LEAKY_TABLES, LEAKY, {}, cutoffs=0, customers=-1, seed=-1)
    said = str(caught.value)
    assert "customers must be 1 or more, got -1" in said
    assert "seed must be 0 or more, got -1" in said
    assert "table 'sales' has no source" in said


def test_tables_that_have_no_time_at_all_are_refused() -> None:
    clients = AttributeTable("clients", customer="id", static=True, categories=["city"])
    source = pa.table({"id": [1], "city": ["Bonn"]})
    with pytest.raises(CohortError, match="none of the tables clients has a time, so no cutoff"):
        prove("shop", [clients], Catalogue([latest(clients, "city")]), {"clients": source})


def test_data_that_break_their_contract_are_refused() -> None:
    broken = world(1) | {"orders": world(1)["orders"].drop_columns(["sum"])}
    with pytest.raises(ContractError, match="column 'sum': expected a column with measure"):
        prove("world", LEAKY_TABLES, LEAKY, broken, now=NOW)


def test_bits_are_compared_and_every_null_is_the_same() -> None:
    nans = np.array([0x7FF8000000000000, 0xFFF8000000000001], dtype=np.uint64).view(np.float64)
    assert differs(nans, nans[::-1]).tolist() == [False, False]
    assert differs(np.array([np.nan, 1.0]), np.array([1.0, np.nan])).tolist() == [True, True]
    assert differs(np.array([0.1 + 0.2, 0.0]), np.array([0.3, -0.0])).tolist() == [True, True]
    assert differs(np.array([1, 2]), np.array([1, 3])).tolist() == [False, True]
    assert differs(np.array([1, 2]), np.array([1.0, 2.0])).tolist() == [True, True]
    texts = np.array(["1", None, np.nan, 1.0], dtype=object)
    assert differs(texts, np.array([1, None, np.nan, -1.0], dtype=object)).tolist() == [
        *(True, False, False, True),
    ]
