"""A small business with every kind of table, for proofs: times fall together, knowledge is late."""

from __future__ import annotations

import random
from typing import Any, Final

import pyarrow as pa

from features.instants import DAY, instant, iso
from features.tables import AttributeTable, EventTable, Table

BEGIN: Final = instant("2020-01-01")

SALES = EventTable(
    "sales",
    customer="id",
    occurred_at="at",
    measures={"paid": "money(2)", "items": "int"},
    categories=["shop", "aisle"],
)
ORDERS = EventTable("orders", customer="id", occurred_at="at", lag=2, measures={"sum": "int"})
CALLS = EventTable(
    "calls",
    customer="id",
    occurred_at="at",
    known_at="known",
    measures={"minutes": "int"},
    event_id="call",
)
TIERS = AttributeTable(
    "tiers", customer="id", occurred_at="from", measures={"limit": "int"}, categories=["tier"]
)
CLIENTS = AttributeTable("clients", customer="id", static=True, categories=["city"])
TABLES: tuple[Table, ...] = (SALES, ORDERS, CALLS, TIERS, CLIENTS)


def world(seed: int, customers: int = 14) -> dict[str, pa.Table]:
    """Draw raw tables; times are quarters of days, so that many fall together."""
    draw = random.Random(seed)
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in TABLES}
    for customer in range(1, customers + 1):
        rows["clients"].append({"id": customer, "city": draw.choice(["Bonn", "Rome", None])})
        for _ in range(draw.randint(6, 16)):
            rows["sales"].append(
                {
                    "id": customer,
                    "at": _at(draw),
                    "paid": draw.randint(1, 9_999) / 100,
                    "items": draw.choice([None, 1, 2, 3, 4]),
                    "shop": draw.choice(["a", "b", "é", "B", None]),
                    "aisle": draw.choice([2, 10]),
                }
            )
            rows["orders"].append({"id": customer, "at": _at(draw), "sum": draw.randint(-9, 90)})
            rows["tiers"].append(
                {
                    "id": customer,
                    "from": _at(draw),
                    "limit": draw.choice([100, 200, None]),
                    "tier": draw.choice(["gold", "iron", "tin"]),
                }
            )
            at = _at(draw)
            # Known a day later, all of them, so that knowledge comes in the order of events.
            call = {"id": customer, "at": at, "known": iso(instant(at) + DAY)}
            rows["calls"].append(
                {**call, "minutes": draw.randint(1, 60), "call": len(rows["calls"])}
            )
    return {name: pa.Table.from_pylist(found) for name, found in rows.items()}


def _at(draw: random.Random) -> str:
    return iso(BEGIN + draw.randint(0, 400) * DAY // 4)
