"""What is wrong with a board is said where it is written down."""

from __future__ import annotations

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
from tests.helpers.published import TABLES, circle, talk, topics


def test_faults_of_definitions() -> None:
    with pytest.raises(DefinitionError, match="has no field 'rank'; it has calls_count_28d"):
        topics["rank"]
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
    with pytest.raises(DefinitionError, match="expected a feature that reads a category"):
        groups(ratio(count(CALLS), count(CALLS)))


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
    with pytest.raises(DefinitionError, match="two boards add a column called"):
        Catalogue(pair)
