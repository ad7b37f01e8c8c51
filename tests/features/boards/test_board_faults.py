"""What is wrong with a board is said where it is written down."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from features import (
    Catalogue,
    DefinitionError,
    count,
    distinct,
    latest,
    mean,
)
from features.boards import answers, groups, items, mates, people
from features.feature import Feature
from features.recipes import p_alive, ratio
from tests.helpers.network import (
    CALLS,
    CIRCLES,
)
from tests.helpers.published import CASES, TABLES, circle, contacts, everyone, talk, topics


def test_faults_of_definitions() -> None:
    with pytest.raises(DefinitionError, match="has no field 'rank'; it has calls_count_28d"):
        topics["rank"]
    with pytest.raises(DefinitionError, match="has no field 'rank'; it has none; give it fields"):
        items(CALLS, "topic", [])["rank"]
    with pytest.raises(DefinitionError, match="two fields are called 'calls_count_28d'"):
        items(CALLS, "topic", [count(CALLS, 28), count("other", 28).named("calls_count_28d")])
    with pytest.raises(DefinitionError, match="learns from data, which a board cannot"):
        people("callee", [ratio(p_alive(CALLS), count(CALLS))])
    with pytest.raises(DefinitionError, match=r"expected one of .*'smallest'.*, got 'median'"):
        groups(circle, [("median", talk)])
    with pytest.raises(DefinitionError, match=r"every must be above 0 and at most .* days, got 0"):
        items(CALLS, "topic", [count(CALLS)], every=0)
    with pytest.raises(DefinitionError, match=r"days must be above 0 and at most .*, got -1"):
        answers(CALLS, "callee", -1)


STRANGE: Final[Mapping[str, tuple[Callable[[], object], str]]] = {
    "a table by name": (
        lambda: items(anything("calls"), "topic", [count(CALLS)]),
        "expected the table itself, which says whose its events are; got its name 'calls'",
    ),
    "one feature": (
        lambda: people("callee", anything(count(CALLS))),
        "expected a list of features, got 'calls_count_ever' alone; put it in brackets",
    ),
    "a text for a feature": (
        lambda: items(CALLS, "topic", [anything("count")]),
        "expected features, got 'count'",
    ),
    "a derived member": (
        lambda: groups(ratio(count(CALLS), count(CALLS))),
        "expected a feature that reads a category, as .*, got 'calls_count_ever_per_calls",
    ),
    "a member without a column": (
        lambda: mates(count(CALLS), "callee"),
        "expected a feature that reads a category, as .*, got 'calls_count_ever'",
    ),
    "a column for a member": (
        lambda: groups(anything("circle")),
        "expected a feature that reads a category, as .*, got 'circle'",
    ),
    "a feature for a pair": (
        lambda: groups(circle, [anything(talk)]),
        'expected fields as pairs, as .*"mean".*, got one without a word',
    ),
    "a text for days": (
        lambda: items(CALLS, "topic", [count(CALLS)], every=anything("7")),
        "every must be above 0 and at most 1,000,000 days, got '7'",
    ),
    "a board in a board of items": (
        lambda: items(CALLS, "topic", [mean(CALLS, contacts["calls_count_14d"])]),
        "reads 'callee.calls_count_14d' of another board, which features of items cannot",
    ),
    "people without a category": (
        lambda: people("", [count(CALLS)])["calls_count_ever"],
        "'by' must name a category of the event, and none for a board of everyone; got ''",
    ),
    "everyone by a category": (
        lambda: everyone.named_by("topic")["members"],
        "'by' must name a category of the event, and none for a board of everyone; got 'topic'",
    ),
}


def anything(value: object) -> Any:
    """Hide the type of what a caller without a type checker may pass."""
    return value


@pytest.mark.parametrize("case", STRANGE)
def test_what_is_no_definition_is_told(case: str) -> None:
    define, fault = STRANGE[case]
    with pytest.raises(DefinitionError, match=fault):
        define()


def test_the_columns_of_a_board_can_be_gone_through() -> None:
    assert list(topics) == ["topic.calls_count_28d", "topic.calls_caller_distinct_28d"]


def test_days_are_written_in_one_way() -> None:
    seven, weekly = (items(CALLS, "topic", [count(CALLS)], every=each).board for each in (7, 7.0))
    assert repr(seven.to_json()) == repr(weekly.to_json())
    month, moon = (answers("calls", "callee", each).link for each in (28, 28.0))
    assert repr(month.to_json()) == repr(moon.to_json())


def test_a_board_may_not_hide_a_column_of_the_table() -> None:
    calls = replace(CALLS, measures={"topic.calls_count_28d": "int"})
    with pytest.raises(DefinitionError, match="of a board, and 'calls' has a column of that name"):
        Catalogue([mean(CALLS, topics["calls_count_28d"])]).check([calls])


@pytest.mark.parametrize(
    ("feature", "fault"),
    [
        (mean(CIRCLES, topics["calls_count_28d"]), "asks a board about the 'topic' of an event"),
        (
            mean(CALLS, items(CALLS, "shop", [count(CALLS)]).named_by("topic")["calls_count_ever"]),
            "reads a board of 'shop' in 'calls', which is no category of an event table",
        ),
        (
            mean(CALLS, items(CALLS, "topic", [count(CIRCLES)])["circles_count_ever"]),
            "reads a board: .* reads table 'circles'; known are .'calls'.",
        ),
        (
            mean(CALLS, people("callee", [circle])[circle.name]),
            "reads 'circles_circle_latest_ever' of a board, which holds texts; publish numbers",
        ),
        (
            mean(CALLS, mates(latest(CALLS, "seconds"), "callee")),
            "reads groups by 'calls_seconds_latest_ever', which holds numbers; use a category",
        ),
        (distinct(CALLS, topics["calls_count_28d"]), "needs a category column of 'calls'"),
    ],
)
def test_faults_against_tables(feature: Feature, fault: str) -> None:
    with pytest.raises(DefinitionError, match=fault):
        Catalogue([feature]).check(TABLES)


def test_two_boards_may_not_add_columns_of_one_name() -> None:
    other = items(CALLS, "topic", [count(CALLS, 28)], every=7)
    pair = [mean(CALLS, topics["calls_count_28d"], 7), mean(CALLS, other["calls_count_28d"], 14)]
    fault = "two boards add a column called 'topic.calls_count_28d' to 'calls'"
    with pytest.raises(DefinitionError, match=fault):
        Catalogue(pair)


def test_a_kind_of_board_that_is_none_is_not_read() -> None:
    (value,) = Catalogue([mean(CALLS, topics["calls_count_28d"])]).to_json()
    value["links"][0]["board"]["kind"] = "shops"
    with pytest.raises(DefinitionError, match="unknown kind 'shops'"):
        Catalogue.from_json([value])


def nodes(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from nodes(inner, (*path, key))


WRONG: Final[list[Any]] = [None, [], "x", -1, math.nan, {"kind": "items"}]


@pytest.mark.parametrize("name", ["items", "total", "everyone", "mates", "answers"])
def test_damaged_links_raise_what_a_reader_of_bundles_expects(name: str) -> None:
    sound = CASES[name][0].to_json()
    refused = 0
    for path in nodes(sound["links"]):
        for wrong in WRONG:
            damaged = copy.deepcopy(sound)
            where: Any = damaged["links"]
            for key in path[:-1]:
                where = where[key]
            where[path[-1]] = wrong
            try:
                Catalogue.from_json([damaged]).check(TABLES)
            except (DefinitionError, KeyError, TypeError, ValueError, AttributeError):
                refused += 1
    assert refused > 30
