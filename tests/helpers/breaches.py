"""Contracts, and tables that break them, each in one way."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from features.instants import instant
from features.tables import AttributeTable, EventTable, Table

NOW = instant("2021-01-01T00:00:00Z")
Z = "2020-01-01T00:00:00Z"
MONEY = {"measures": {"paid": "money(2)"}}
LATER = {"id": [1], "from": ["2022-01-01T00:00Z"], "known": [Z]}


def table(**more: Any) -> EventTable:
    return EventTable("visits", customer="id", occurred_at="at", **more)


CASES: list[tuple[Table, dict[str, Any]]] = [
    (table(), {"ID": [1], "at": [Z]}),
    (table(), {"id": [1.5], "at": [Z]}),
    (table(), {"id": [None, 1], "at": [Z, Z]}),
    (table(), {"id": ["a", ""], "at": [Z, " "]}),
    (table(), {"id": [1], "at": ["2020-01-01"]}),
    (table(), {"id": [1, 1], "at": [Z, "2020-01-01"]}),
    (table(timezone="UTC"), {"id": [1, 1], "at": [Z, "2020-01-01"]}),
    (table(), {"id": [1, 1], "at": [Z, "2020-01-01T00:00+02:00"]}),
    (table(), {"id": [1, 1], "at": [Z, "soon"]}),
    (table(), {"id": [1], "at": ["2022-01-01T00:00Z"]}),
    (table(), {"id": [1], "at": pa.array([0], pa.timestamp("us"))}),
    (table(**MONEY), {"id": [1], "at": [Z], "paid": ["1"]}),
    (table(**MONEY), {"id": [1, 2], "at": [Z, Z], "paid": [float("nan"), 3.129]}),
    (table(**MONEY), {"id": [1], "at": [Z], "paid": [2**53]}),
    (table(categories=["c"]), {"id": [1], "at": [Z], "c": [1.5]}),
    (table(event_id="e"), {"id": [1, 1], "at": [Z, Z], "e": [5, 5]}),
    (table(known_at="k"), {"id": [1], "at": [Z], "k": ["2019-01-01T00:00Z"]}),
    (table(), {"id": pa.array([], pa.int64()), "at": pa.array([], pa.string())}),
    (table(complete_until="2022-01-01"), {"id": [1], "at": [Z]}),
    (AttributeTable("visits", customer="id", static=True), {"id": [1, 2, 1]}),
    (AttributeTable("tiers", "id", occurred_at="from"), LATER),
]

TIERS = AttributeTable("tiers", customer="id", occurred_at="from", known_at="known")
KEPT: list[tuple[Table, dict[str, Any]]] = [
    (TIERS, LATER),
    (table(event_id="e", known_at="k"), {"id": [1, 2], "at": [Z, Z], "k": [Z, Z], "e": [1, 2]}),
    (table(timezone="Europe/Berlin"), {"id": [1], "at": ["2020-01-01"]}),
    (AttributeTable("visits", customer="id", static=True), {"id": [1, 2]}),
]
