"""Catalogues written from the contracts of tables alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from features.catalogue import Catalogue
from features.errors import DefinitionError
from features.kernel import vectors
from features.tables import AttributeTable, EventTable
from features.written import of_suggest
from tests.helpers.drawn import at_cutoffs, partition, rows

EVENTS = EventTable(
    "events",
    customer="id",
    occurred_at="at",
    measures={"amount": "decimal(1)"},
    categories=["kind"],
)


def test_a_suggested_catalogue_computes_on_a_drawn_table() -> None:
    catalogue = Catalogue.suggest([EVENTS], windows=[7, 28, 28.0])
    catalogue.check([EVENTS])
    drawn = partition(
        rows(
            """
            anna  a  -3   5
            anna  -  -2   -
            bela  b  -30  7
            """
        ),
        customers=["cleo"],
    )
    spine = at_cutoffs(drawn)
    assert len(catalogue.unfitted()) == 7
    with pytest.raises(DefinitionError, match="learns from data and has not been fitted"):
        vectors(catalogue, drawn, spine)
    catalogue, refused = catalogue.fit(vectors(catalogue.teachers(), drawn, spine).columns)
    assert list(refused) == [
        "events_p_alive",
        "events_expected_28d",
        "events_amount_expected_spend",
    ]
    assert catalogue.unfitted() == ()
    assert Catalogue.from_json(json.loads(json.dumps(catalogue.to_json()))) == catalogue
    found = vectors(catalogue, drawn, spine).columns
    assert list(found) == list(catalogue.names)
    assert found["events_count_7d"].tolist() == [2, 0, 0]
    assert found["events_lateness_28d"].tolist()[0] == 2.0
    assert found["events_spend_score"].tolist() == [5.0, 3.0, 3.0]
    assert len(catalogue.dictionary([EVENTS])) == len(catalogue)


def test_events_of_special_interest_get_features_of_their_own() -> None:
    plain = Catalogue.suggest([EVENTS], windows=[7, 28])
    focused = Catalogue.suggest([EVENTS], windows=[7, 28], focus=[(EVENTS, {"kind": "a"})])
    focused.check([EVENTS])
    own = [name for name in focused.names if name not in plain.names]
    assert {"events_kind_a_days_since_ever", "events_kind_a_p_alive"} < set(own)
    assert all("kind_a" in name for name in own)
    with pytest.raises(
        DefinitionError, match=r"focus is on table 'visits'; known are \['events'\]"
    ):
        Catalogue.suggest([EVENTS], focus=[("visits", {})])


def test_a_catalogue_needs_a_window() -> None:
    with pytest.raises(DefinitionError, match="expected at least one window, got none"):
        Catalogue.suggest([EVENTS], windows=[])


@pytest.mark.parametrize(
    "tables",
    [
        [EventTable("e", "id", "at", measures={"Net Sales": "int", "net_sales": "int"})],
        [EventTable("e", "id", "at", measures={"цена": "int", "вес": "int"})],
        [
            EventTable("a_b", "id", "at", measures={"c": "int"}),
            EventTable("a", "id", "at", measures={"b_c": "int"}),
        ],
        [AttributeTable("a", "id", static=True, categories=["City", "city", "CITY"])],
    ],
)
def test_a_suggested_catalogue_never_repeats_a_name(tables: Sequence[Any]) -> None:
    catalogue = Catalogue.suggest(tables, windows=[7, 28])
    catalogue.check(tables)
    assert len(set(catalogue.names)) == len(catalogue) > 2
    assert Catalogue.suggest(tables, windows=[7, 28]) == catalogue


def test_what_teaches_may_be_called_alike() -> None:
    focus = [(EVENTS, {"kind": "COFFEE"}), (EVENTS, {"kind": "Coffee"})]
    catalogue = Catalogue.suggest([EVENTS], windows=[28], focus=focus)
    teachers = catalogue.teachers()
    assert len(set(teachers.names)) == len(teachers)
    learnt, refused = catalogue.fit({name: np.arange(3.0) for name in teachers.names})
    assert learnt.unfitted() == ()
    assert len(learnt) + len(refused) == len(catalogue)


def test_what_the_page_says_of_a_suggested_catalogue_is_true() -> None:
    loans = EventTable("loans", "id", "at", measures={"days_late": "int", "due": "money(2)"},
                       categories=["branch"])  # fmt: skip
    made = Catalogue.suggest([loans])
    asked = {(each.aggregate.name, each.column) for each in made.tallies()}
    # Of a category no level is chosen, and months are left out.
    assert {column for name, column in asked if name == "usual"} == {"@weekday", "@hour"}
    assert {name for name, column in asked if column == "branch"} == {
        "distinct", "novel", "entropy", "concentration",
    }  # fmt: skip
    assert "@month" not in {column for _, column in asked}
    conditions = {each.column for tally in made.tallies() for each in tally.where}
    assert conditions == {"@weekday"}
    # Of a number nothing is asked that only a lateness, a limit or a balance has.
    assert {name for name, column in asked if column == "days_late"} == {
        "total", "mean", "largest", "smallest", "spread", "slope", "latest",
    }  # fmt: skip
    left = "median", "streak_of_1d", "streak_of_28d", "levels", "days_below_zero"
    told = of_suggest(loans).split("It leaves out")
    for name in (*left, "days_since_largest"):
        assert name not in {aggregate for aggregate, _ in asked}
        assert f"`{name}`" in told[1]
    for name in ("usual", "earliest", "streak_of_7d"):
        assert f"`{name}`" in told[0]
