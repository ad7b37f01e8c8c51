"""A newcomer's slips: each is told with what was expected, what came, and what to do."""

# What a type checker would refuse, people write all the same.
# mypy: disable-error-code="arg-type, list-item, operator"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from features import (
    Catalogue,
    DefinitionError,
    EventTable,
    acceleration,
    against_past,
    ageing,
    band,
    count,
    days_since,
    lags,
    latest,
    multi_hot,
    ratio,
    rfm,
    share_at_most,
    streak,
    tally,
    total,
    trend,
    utilisation,
)
from features.arguments import DAYS, FEATURE, NUMBER, listed, require, shown, slips
from features.boards import answers
from features.recipes import expected
from features.windows import Window

V = EventTable("visits", "id", "at", measures={"spend": "money(2)"}, categories=["shop"])

_DAYS = "days must be above 0 and at most 1,000,000, got"
_TABLE = "table must be a table or its name, got 3; give the EventTable or AttributeTable itself"


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda: count(V, "28"), f"{_DAYS} '28'; write a number of days such as 28"),
        (lambda: count(V, True), f"{_DAYS} True"),
        (lambda: count(V, -1), f"{_DAYS} -1"),
        (lambda: count(V, lag="x"), "lag must be 0 days to 1,000,000, got 'x'; write a number"),
        (
            lambda: count(V, where=["shop"]),
            "where must be a mapping, got a list .'shop'.; write pa",
        ),
        (lambda: count(3, 28), _TABLE),
        (lambda: total(V, 28), "column must be the name of a column, got 28; write it as a text"),
        (lambda: total(V, None), "column must be the name of a column, got None"),
        (lambda: latest(V, ["shop"]), "column must be the name of a column, got a list .'shop'"),
        (lambda: tally("count", V), "expected an Aggregate, got 'count'; a builder such as count"),
        (lambda: days_since(V, "7"), f"{_DAYS} '7'"),
        (lambda: streak(V, [7]), r"period must be one of \[1, 7, 28\] days, got \[7\]"),
        (lambda: lags(V, 7, -1), "times must be a whole number, 1 or more, got -1; write it witho"),
        (lambda: lags(V, 7, 0), "times must be a whole number, 1 or more, got 0"),
        (lambda: lags(V, 7, "3"), "times must be a whole number, 1 or more, got '3'"),
        (lambda: lags(V, None, 3), f"lags is not well defined:\n  - {_DAYS} None"),
        (lambda: trend(V, None), f"trend is not well defined:\n  - {_DAYS} None; write a number"),
        (lambda: acceleration(V, None), f"acceleration is not well defined:\n  - {_DAYS} None"),
        (lambda: against_past(V, 28, None), "past must be above 0 and at most 1,000,000, got None"),
        (lambda: against_past(V, "7", 28), f"{_DAYS} '7'"),
        (
            lambda: ratio(count(V), 2),
            "expected a feature, got 2; write one such as count.visits, 28",
        ),
        (lambda: ratio(None, count(V)), "expected a feature, got None; write one such as"),
        (lambda: band("x"), "expected a feature, got 'x'"),
        (lambda: band(count(V), 0.5), "expected a list, each a number, got 0.5 alone; put it in b"),
        (lambda: band(count(V), ["0.5"]), "expected a number, got '0.5'; write it without quotes"),
        (lambda: rfm(V, None), "column must be the name of a column, got None"),
        (lambda: expected(V, "90"), f"{_DAYS} '90'"),
        (lambda: multi_hot(3, "shop", 8), _TABLE),
        (lambda: answers(3, "callee", 7), _TABLE),
        (lambda: ageing(V, 3), "column must be the name of a column, got 3"),
        (lambda: utilisation(V, 3, "x"), "column must be the name of a column, got 3"),
        (
            lambda: share_at_most(V, "spend", "x"),
            r"'spend' needs a number as its bound, got \('x',",
        ),
        (lambda: Window("7"), f"{_DAYS} '7'"),
    ],
)
def test_each_slip_in_a_builder_has_its_words(write: Callable[[], Any], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        write()


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda: Catalogue([rfm(V, "spend")]), "got a tuple .Derived 'visits_recency_score', .*; "
         "write one such as .*; several in a tuple are unpacked with "),
        (lambda: Catalogue([lags(V, 7, 3)]), "got a tuple .Tally 'visits_count_7d', .* with "),
        (lambda: Catalogue(["visits_count"]), "expected a feature, got 'visits_count'; write one"),
        (lambda: Catalogue([None]), "expected a feature, got None; write one"),
        (lambda: Catalogue(count(V)), "got Tally 'visits_count_ever' alone; put it in brackets"),
        (lambda: Catalogue([]) + count(V), "got Tally 'visits_count_ever' alone; put it in brack"),
        (lambda: Catalogue([]) + iter([rfm(V, "spend")]), "several in a tuple are unpacked with "),
        (lambda: Catalogue.suggest(V), "each a table, got EventTable 'visits' alone; put it in "),
        (lambda: Catalogue.suggest(["visits"]), "expected a table, got 'visits'; give the EventT"),
        (lambda: Catalogue.suggest([V], 7), "each a window in days, got 7 alone; put it in brack"),
        (lambda: Catalogue.suggest([V], ["7"]), r"got '7'; write windows such as \[7, 28\]"),
        (lambda: Catalogue.suggest([V], [7, -1]), r"got -1; write windows such as \[7, 28\]"),
        (lambda: Catalogue.suggest([V], []), "expected at least one window, got none"),
        (lambda: Catalogue.suggest([V], focus=[V]), "expected a pair of a table and conditions, "
         "got EventTable 'visits'; write pairs such as focus="),
        (lambda: Catalogue.suggest([V], focus=(V, {"shop": "a"})), "alone; put it in brackets"),
        (lambda: Catalogue.suggest([V], focus=[(V, ["shop"])]), "where must be a mapping, got a "),
    ],
)  # fmt: skip
def test_each_slip_in_a_catalogue_has_its_words(write: Callable[[], Any], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        write()


def test_all_slips_of_one_call_come_in_one_error() -> None:
    with pytest.raises(DefinitionError, match="feature 'total' is not well defined") as caught:
        total(None, None, "28", lag="1", where=["shop"])
    assert [fault.split()[0] for fault in caught.value.faults] == [
        "table", "column", "days", "lag", "where",
    ]  # fmt: skip


def test_what_is_right_is_let_through() -> None:
    assert slips({"days": DAYS}, {"days": 28, "other": "x"}) == []
    require("nothing", {"days": DAYS}, days=0.5)
    assert listed("bands", range(3), NUMBER) == (0, 1, 2)
    assert listed("features", (each for each in [count(V)]), FEATURE) == (count(V),)


def test_an_error_shows_definitions_by_name_and_nothing_at_length() -> None:
    assert shown(V) == "EventTable 'visits'"
    assert shown([V, "x", 3]) == "a list (EventTable 'visits', 'x', 3)"
    assert len(shown("long " * 99)) < 130
