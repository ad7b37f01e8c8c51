"""Top-k multi-hot, against counts of customers and events in plain Python."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import Catalogue, EventTable, count, multi_hot, ratio, share
from features.aggregates.kinds import HELD
from features.builders import tally
from features.errors import DefinitionError
from features.families import TOP_COUNT
from features.feature import Derived, Feature, feature_from_json
from features.kernel import vectors
from features.prove import prove
from tests.helpers.drawn import CUTOFF, Row, at_cutoffs, partition, rows
from tests.helpers.raw import NOW, TABLES, as_sources, drawn_records
from training.selection import fitted, unlearnt
from training.tasks import Cohort, Task, bought

EVENTS = EventTable(
    "events",
    customer="id",
    occurred_at="at",
    measures={"amount": "decimal(1)"},
    categories=["kind"],
)
DRAWN = """
    anna  tea     -3  1
    anna  tea     -2  1
    anna  coffee  -2  1
    anna  -       -1  1
    bela  tea     -3  1
    bela  cake    -2  1
    cleo  coffee  -9  1   <- before the window
    cleo  milk     0  1   <- the cutoff is not past
    dora  coffee  -1  1
    dora  bread   -1  1
    emil  -       -1  1
"""


def learnt(catalogue: Catalogue, events: list[Row]) -> tuple[Catalogue, dict[str, str]]:
    whole = partition(events)
    return catalogue.fit(vectors(catalogue.teachers(), whole, at_cutoffs(whole)).columns)


def made(how: Any, k: int = 2, rarest: int = 1) -> dict[str, list[float]]:
    events = rows(DRAWN)
    catalogue, refused = learnt(
        Catalogue([multi_hot(EVENTS, "kind", k, 7, how=how, rarest=rarest)]), events
    )
    assert refused == {}
    assert catalogue.unfitted() == ()
    again = Catalogue.from_json(json.loads(json.dumps(catalogue.to_json())))
    assert again == catalogue
    whole = partition(events)
    return {
        name: values.tolist()
        for name, values in vectors(again, whole, at_cutoffs(whole)).columns.items()
    }


def test_events_are_counted_by_level_and_the_rest_together() -> None:
    # Tea and coffee have two customers each; a third level would be bread, cake being no rarer.
    assert made("count") == {
        "events_kind_coffee_count_7d": [1, 0, 0, 1, 0],
        "events_kind_tea_count_7d": [2, 1, 0, 0, 0],
        "events_kind_other_count_7d": [0, 1, 0, 1, 0],
    }
    assert list(made("count", k=3))[2] == "events_kind_bread_count_7d"
    assert made("count", k=9)["events_kind_other_count_7d"] == [0] * 5


def test_a_level_that_too_few_customers_have_falls_to_the_others() -> None:
    assert list(made("count", k=4, rarest=2)) == [
        "events_kind_coffee_count_7d",
        "events_kind_tea_count_7d",
        "events_kind_other_count_7d",
    ]


def test_presence_and_shares() -> None:
    assert made("present") == {
        "events_kind_coffee_present_7d": [1, 0, 0, 1, 0],
        "events_kind_tea_present_7d": [1, 1, 0, 0, 0],
        "events_kind_other_present_7d": [0, 1, 0, 1, 0],
    }
    shares = made("share")
    assert shares["events_kind_tea_share_7d"][:2] == [0.5, 0.5]
    assert math.isnan(shares["events_kind_tea_share_7d"][2])
    # What is absent is an event, and of no level.
    assert shares["events_kind_other_share_7d"][3:] == [0.5, 0]


drawn_rows = st.lists(
    st.builds(
        Row,
        customer=st.sampled_from(["anna", "bela", "cleo", "dora"]),
        kind=st.sampled_from(["a", "b", "c", "d", None]),
        day=st.integers(-20, 3),
        amount=st.integers(0, 5),
    ),
    max_size=30,
)


@given(drawn_rows, st.integers(1, 5), st.integers(1, 3), st.sampled_from([7, None]))
def test_levels_are_those_of_most_customers_and_no_event_is_lost(
    events: list[Row], k: int, rarest: int, days: int | None
) -> None:
    seen = [row for row in events if row.day < 0 and (days is None or row.day >= -days)]
    customers = Counter(kind for _, kind in {(row.customer, row.kind) for row in seen if row.kind})
    wanted = sorted(customers, key=lambda kind: (-customers[kind], kind))[:k]
    wanted = [kind for kind in wanted if customers[kind] >= rarest]
    events = [*events, Row("anna", None, -0.5)]
    catalogue, refused = learnt(
        Catalogue([multi_hot("events", "kind", k, days, rarest=rarest)]), events
    )
    if not wanted:
        assert list(refused) == [f"events_kind_top_{k}_count_{'ever' if days is None else '7d'}"]
        return
    assert [each.where[0].values for each in catalogue.tallies()][:-1] == [(x,) for x in wanted]
    whole = partition(events)
    columns = vectors(catalogue, whole, at_cutoffs(whole)).columns
    total = sum(values.sum() for values in columns.values())
    assert total == sum(row.kind is not None for row in seen)


def test_levels_are_learnt_from_the_cohort_at_the_earliest_cutoff() -> None:
    later = [Row("anna", "fashion", 5), Row("bela", "fashion", 5), Row("dora", "fashion", 5)]
    # Of the cohort is who had an event in two days; cake is known from others alone.
    task = Task("again", bought("events"), Cohort(active=1.5), horizon=1)
    asked = Catalogue([multi_hot("events", "kind", 9, 14, rarest=1)])
    selected = fitted(asked, task, [partition([*rows(DRAWN), *later])], CUTOFF)
    assert selected.catalogue.names == (
        "events_kind_coffee_count_14d",
        "events_kind_bread_count_14d",
        "events_kind_tea_count_14d",
        "events_kind_other_count_14d",
    )
    again = fitted(asked, task, [partition(rows(DRAWN))], CUTOFF)
    assert again == selected


def test_without_a_level_or_with_one_cutoff_it_is_left_out_and_says_why() -> None:
    asked = Catalogue([multi_hot("events", "kind", 3, 7)])
    none, refused = learnt(asked, rows(DRAWN))
    assert len(none) == 0
    assert refused == {
        "events_kind_top_3_count_7d": (
            "no level of 'kind' is that of 20 customers or more in the window (7d)"
        )
    }
    (left_out,) = unlearnt(asked).dropped
    assert left_out.name == "events_kind_top_3_count_7d"
    assert "a single cutoff" in left_out.reason


def test_a_feature_of_a_level_is_the_one_that_is_written_by_hand() -> None:
    by_hand: list[Feature] = [
        count(EVENTS, 7, where={"kind": "tea"}),
        share(EVENTS, "kind", "tea", 7),
    ]
    tops = [multi_hot(EVENTS, "kind", 2, 7, how=how, rarest=1) for how in ("count", "share")]
    catalogue, _ = learnt(Catalogue([*tops, *by_hand]), rows(DRAWN))
    assert len(catalogue) == 6
    assert set(by_hand) <= set(catalogue)


def test_a_level_in_the_dictionary_stands_in_words() -> None:
    where = {"amount": 0.1}
    top = multi_hot(EVENTS, "kind", 2, 7, lag=1, where=where, rarest=1)
    assert top.name == "events_amount_0_1_kind_top_2_count_7d_lag1d"
    catalogue, _ = learnt(Catalogue([top]), rows(DRAWN))
    told = {row["name"]: row for row in catalogue.dictionary([EVENTS])}
    tea = told["events_amount_0_1_kind_tea_count_7d_lag1d"]
    assert tea["description"] == (
        "Number of events where amount is 0.1 and kind is tea, in the 7 days that end 1 days "
        "before the cutoff"
    )
    other = told["events_amount_0_1_kind_other_count_7d_lag1d"]
    assert "kind is none of cake or tea" in other["description"]


def test_levels_of_one_name_are_numbered_and_a_level_called_other_too() -> None:
    events = [Row(name, kind, -1) for name in ("anna", "bela") for kind in ("Tea", "tea", "other")]
    catalogue, _ = learnt(Catalogue([multi_hot("events", "kind", 3, 7, rarest=2)]), events)
    assert catalogue.names == (
        "events_kind_tea_count_7d",
        "events_kind_other_count_7d",
        "events_kind_tea_count_7d_2",
        "events_kind_other_count_7d_2",
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"k": 0}, "k must be a whole number from 1 to 1,000, got 0"),
        ({"k": True}, "k must be a whole number from 1 to 1,000, got True"),
        ({"k": 3, "rarest": 0.5}, "rarest must be a whole number from 1 to 1,000,000,000, got 0.5"),
        ({"k": 3, "how": "mean"}, "how must be one of count, share, present, got 'mean'"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(DefinitionError, match=re.escape(words)):
        multi_hot(EVENTS, "kind", **options)


def test_what_becomes_several_features_is_no_input_and_is_not_computed() -> None:
    top = multi_hot(EVENTS, "kind", 3, 7)
    Catalogue([top]).check([EVENTS])
    with pytest.raises(DefinitionError, match="'x' calculates with 'events_kind_top_3_count_7d'"):
        Catalogue([ratio(top, count(EVENTS, 7)).named("x")]).check([EVENTS])
    with pytest.raises(DefinitionError, match="needs a category column of 'events', got 'amount'"):
        Catalogue([multi_hot(EVENTS, "amount", 3, 7)]).check([EVENTS])
    whole = partition(rows(DRAWN))
    with pytest.raises(DefinitionError, match="learns from data and has not been fitted"):
        vectors(Catalogue([top]), whole, at_cutoffs(whole))
    damaged = feature_from_json({**top.to_json(), "parameters": [1.0]})
    with pytest.raises(DefinitionError, match="it becomes several features; see "):
        vectors(Catalogue([replace_input(damaged)]), whole, at_cutoffs(whole))
    wrong = Catalogue([Derived(TOP_COUNT, (count(EVENTS, 7),), options=(3.0, 1.0))])
    with pytest.raises(DefinitionError, match="needs the levels of a category, got 'events_count"):
        learnt(wrong, rows(DRAWN))
    text = ratio(tally(HELD, EVENTS, 7, 0, None, "kind"), count(EVENTS, 7))
    with pytest.raises(DefinitionError, match="calculates with the texts of 'events_kind_levels"):
        Catalogue([text]).check([EVENTS])


def replace_input(feature: Any) -> Any:
    return replace(feature, inputs=(count(EVENTS, 7),))


def test_it_is_proven_with_what_it_learns_from() -> None:
    sources = as_sources(drawn_records(8, customers=12))
    catalogue = Catalogue([multi_hot("visits", "shop", 2, 30, how="share", rarest=1)])
    found = prove("drawn", TABLES, catalogue, sources, cutoffs=3, customers=8, seed=8, now=NOW)
    assert found.proven
    assert found.cases > 100
