"""Contracts: every fault in words, all of them at once, and there and back through JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from features.errors import DefinitionError
from features.measures import Measure
from features.tables import (
    AttributeTable,
    EventTable,
    Table,
    columns_of,
    measure,
    table_from_json,
)


def events(**more: Any) -> EventTable:
    return EventTable(**({"name": "visits", "customer": "id", "occurred_at": "at"} | more))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "My Visits"}, "name must be lower-case letters, digits and _, got 'My Visits'"),
        ({"name": "1st"}, "name must be lower-case letters"),
        ({"name": ""}, "name must be lower-case letters"),
        ({"measures": {"x": "float"}}, "measure 'x' must be int, money.*, got 'float'"),
        ({"measures": {"x": "money"}}, "got 'money'"),
        ({"measures": {"x": "decimal(10)"}}, "got 'decimal\\(10\\)'"),
        ({"measures": {"x": 2}}, "got 2"),
        ({"categories": ["at"]}, "column 'at' has two roles; give each column one"),
        ({"categories": ["c", "c"]}, "column 'c' has two roles"),
        ({"known_at": "at"}, "column 'at' has two roles"),
        ({"measures": {"x": "int"}, "categories": ["x"]}, "column 'x' has two roles"),
        ({"categories": "shop"}, "categories must be a list of columns, got a text"),
        ({"timezone": "Mars/Olympus"}, "timezone must be an IANA name such as UTC, got 'Mars/"),
        ({"timezone": "../etc"}, "timezone must be an IANA name"),
        ({"lag": -1}, "lag must be 0 days to 1,000,000, got -1"),
        ({"lag": float("nan")}, "lag must be 0 days"),
        ({"lag": float("inf")}, "lag must be 0 days"),
        ({"lag": 1, "known_at": "k"}, "give either known_at or lag, not both"),
        ({"complete_until": "soon"}, "complete_until: expected an ISO 8601 instant"),
        ({"complete_until": "2020-01-01T00:00"}, "complete_until: expected a zone"),
        (
            {"complete_until": date(2020, 1, 1)},
            r"a text such as '2021-12-31', got datetime.date\(2",
        ),
        ({"complete_until": 3}, "complete_until must be a text such as '2021-12-31', got 3"),
        ({"customer": None}, "customer must be the name of a column, got None; write it as a text"),
        ({"customer": 3}, "customer must be the name of a column, got 3; write it as a text"),
        ({"occurred_at": None}, "name its column as occurred_at; .* AttributeTable.static=True"),
        ({"occurred_at": ["at"]}, "occurred_at must be the name of a column, got a list"),
        ({"known_at": 3}, "known_at must be the name of a column, got 3"),
        ({"event_id": 3}, "event_id must be the name of a column, got 3"),
        ({"timezone": 3}, "timezone must be an IANA name such as UTC, got 3"),
        ({"lag": "1"}, "lag must be 0 days to 1,000,000, got '1'; write a number of days"),
        ({"lag": None}, "lag must be 0 days to 1,000,000, got None; write a number of days"),
        ({"fresh_within": "1"}, "fresh_within must be above 0 days and at most .*, got '1'"),
        ({"measures": ["spend"]}, "measures must be a mapping such as {'spend': .*, got a list"),
        ({"measures": None}, "measures must be a mapping such as .*, got None"),
        ({"measures": {"spend": None}}, "measure 'spend' must be int, .*, got None"),
        ({"measures": {3: "int"}}, "measures and categories must be names of columns, got 3"),
        ({"categories": [None]}, "measures and categories must be names of columns, got None"),
        ({"categories": 3}, "categories must be a list of columns, got 3"),
        (
            {"versions": "no", "event_id": "e", "known_at": "k"},
            "versions must be True or False, got 'no'",
        ),
        ({"owner": 3}, "owner must be a text, got 3; put it in quotes"),
        ({"name": None}, "name must be lower-case letters, digits and _, got None"),
    ],
)
def test_each_fault_of_an_event_table_has_its_words(more: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words) as caught:
        events(**more)
    assert len(caught.value.faults) == 1
    assert caught.value.subject == f"table '{more.get('name', 'visits')}'"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "a table without occurred_at has no history: give occurred_at, or declare static"),
        ({"static": True, "occurred_at": "at"}, "a static table has no times"),
        ({"static": True, "known_at": "k"}, "a static table has no times"),
        ({"static": True, "categories": "city"}, "categories must be a list of columns"),
        ({"static": True, "categories": ["id"]}, "column 'id' has two roles"),
        ({"static": True, "lag": 2}, "a static table has no times and is never late: drop lag"),
        ({"static": 1}, "static must be True or False, got 1"),
        ({"occurred_at": "at", "lag": -1}, "lag must be 0 days to 1,000,000, got -1"),
        ({"occurred_at": "at", "lag": "2"}, "got '2'; write a number of days such as 1.5"),
        ({"occurred_at": "at", "known_at": "k", "lag": 2}, "give either known_at or lag, not bo"),
    ],
)
def test_each_fault_of_an_attribute_table_has_its_words(more: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words) as caught:
        AttributeTable("clients", customer="id", **more)
    assert len(caught.value.faults) == 1


def test_all_faults_come_in_one_error() -> None:
    with pytest.raises(DefinitionError) as caught:
        events(
            name="X",
            measures={"m": "text"},
            categories=["at"],
            timezone="no",
            lag=-1,
            complete_until="never",
        )
    assert len(caught.value.faults) == 6


TABLES: list[Table] = [
    events(),
    events(
        known_at="k",
        timezone="Europe/Berlin",
        measures={"b": "money(2)", "a": "int"},
        categories=["c", "d"],
        event_id="e",
        complete_until="2020-01-01",
    ),
    events(lag=0.5),
    AttributeTable("clients", "id", static=True, categories=["city"]),
    AttributeTable("tiers", "id", occurred_at="at", known_at="k", measures={"m": "decimal(3)"}),
    AttributeTable("tiers", "id", occurred_at="at", measures={"m": "decimal(3)"}),
    AttributeTable("tiers", "id", occurred_at="at", lag=2, measures={"m": "decimal(3)"}),
]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_survives_json(table: Table) -> None:
    read = table_from_json(json.loads(json.dumps(table.to_json())))
    assert read == table
    assert [*read.measures] == [*table.measures]
    assert hash(read) == hash(table)


def test_no_two_tables_have_the_same_json() -> None:
    assert len({json.dumps(table.to_json()) for table in TABLES}) == len(TABLES)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"kind": "graph"}, r"kind must be one of \['attributes', .*'labelled'\], got 'graph'"),
        ({}, "got None"),
        (events().to_json() | {"colour": 1, "size": 2}, "unknown key 'colour'\\n.*'size'"),
        ({"kind": "events", "name": "x"}, "missing key 'customer'\\n.*'occurred_at'"),
    ],
)
def test_json_that_is_no_table_is_refused(value: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        table_from_json(value)


def test_a_table_does_not_change_with_what_it_was_made_of() -> None:
    measures, categories = {"a": "int"}, ["c"]
    table = events(measures=measures, categories=categories)
    written = table.to_json()
    measures["b"] = "int"
    categories.append("d")
    written["measures"]["z"] = "int"
    assert columns_of(table) == ("id", "at", "a", "c")


def test_measures_have_scale_and_unit() -> None:
    table = events(measures={"a": "money(2)", "b": "int", "c": "decimal(9)"})
    found = [measure(table, column) for column in "abc"]
    assert [(each.scale, each.unit) for each in found] == [
        (2, "money"),
        (0, "number"),
        (9, "number"),
    ]
    with pytest.raises(DefinitionError, match="measure 'x' is not well defined"):
        _ = Measure("x", "percent").scale
