"""Raw records of many customers around one cutoff, drawn at random, and a catalogue that reads
them in every way."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from features.aggregates.kinds import HELD
from features.builders import (
    concentration,
    count,
    days_below_zero,
    distinct,
    earliest,
    entropy,
    largest,
    latest,
    mean,
    median,
    novel,
    slope,
    smallest,
    spread,
    tally,
    total,
    usual,
)
from features.carriers.duck import partitions
from features.catalogue import Catalogue
from features.conditions import Condition, at_least, at_most
from features.instants import DAY, instant, iso
from features.kernel import Vectors, vectors
from features.lending import months_since_worst, share_at_most
from features.recipes import acceleration, band, difference, lateness, overdue, share, trend
from features.rhythms import (
    active_days,
    days_between,
    days_since,
    days_since_first,
    days_since_largest,
    irregularity,
    longest_gap,
    streak,
)
from features.segments import Spine
from features.tables import AttributeTable, EventTable, Table

CUTOFF = instant("2020-06-01")
NOW = CUTOFF + 400 * DAY

VISITS = EventTable(
    "visits",
    customer="id",
    occurred_at="at",
    known_at="known",
    measures={"paid": "money(2)", "items": "int"},
    categories=["shop", "aisle"],
)
ORDERS = EventTable(
    "orders", customer="id", occurred_at="at", lag=1.5, measures={"sum": "decimal(1)"}
)
TIERS = AttributeTable(
    "tiers",
    customer="id",
    occurred_at="from",
    known_at="known",
    measures={"limit": "int"},
    categories=["tier"],
)
CLIENTS = AttributeTable(
    "clients", customer="id", static=True, measures={"age": "int"}, categories=["city"]
)
TABLES: tuple[Table, ...] = (VISITS, ORDERS, TIERS, CLIENTS)

CATALOGUE = Catalogue(
    [
        feature
        for days in (2, 9, None)
        for feature in (
            count("visits", days),
            count("orders", days, lag=1),
            count("visits", days, where={"shop": ["a", "é"], "paid": at_most(1.5)}),
            total("visits", "paid", days),
            mean("visits", "paid", days),
            largest("visits", "items", days, lag=2),
            smallest("orders", "sum", days, where={"sum": at_least(-0.5)}),
            days_since("orders", days),
            days_between("visits", days),
            distinct("visits", "aisle", days),
            share("visits", "shop", "b", days, of="paid"),
            median("visits", "paid", days),
            spread("visits", "items", days),
            days_since_first("orders", days),
            longest_gap("visits", days),
            irregularity("visits", days),
            active_days("visits", days),
            streak("visits", 1, days),
            streak("orders", 7, days, lag=1),
            streak("orders", 28, days),
            novel("visits", "shop", days),
            entropy("visits", "shop", days),
            concentration("visits", "aisle", days),
            usual("visits", "shop", days),
            tally(HELD, "visits", days, 0, None, "shop"),
            replace(count("visits", days), where=(Condition("shop", "not_in", ("a", "é")),)),
            earliest("visits", "items", days),
            slope("visits", "paid", days),
            days_below_zero("orders", "sum", days),
            days_since_largest("orders", "sum", days),
        )
    ]
    + [
        trend("visits", 5),
        trend("orders", 5, of="sum"),
        latest("visits", "shop"),
        latest("tiers", "tier"),
        latest("tiers", "limit"),
        latest("clients", "city"),
        latest("clients", "age"),
        lateness("visits"),
        overdue("visits", 9),
        acceleration("visits", 3),
        months_since_worst("visits", "items", 9),
        share_at_most("visits", "items", 1),
        difference(total("orders", "sum"), total("orders", "sum", 9)),
        replace(band(total("visits", "paid"), (0.5, 0.8)), parameters=(0.0, 2.5)),
    ]
)

Records = dict[str, list[dict[str, Any]]]

_TYPES = {
    "visits": [("id", pa.int64()), ("at", pa.string()), ("known", pa.string()),
               ("paid", pa.float64()), ("items", pa.int64()), ("shop", pa.string()),
               ("aisle", pa.int64())],
    "orders": [("id", pa.int64()), ("at", pa.string()), ("sum", pa.float64())],
    "tiers": [("id", pa.int64()), ("from", pa.string()), ("known", pa.string()),
              ("limit", pa.int64()), ("tier", pa.string())],
    "clients": [("id", pa.int64()), ("age", pa.int64()), ("city", pa.string())],
}  # fmt: skip


def drawn_records(seed: int, customers: int = 12, most: int = 12) -> Records:
    """Draw records; times are quarters of days, so that many fall on the cutoff itself."""
    draw = random.Random(seed)
    found: Records = {table.name: [] for table in TABLES}
    for customer in range(1, customers + 1):
        found["clients"].append(
            {"id": customer, "age": draw.choice([None, 30, 41]), "city": draw.choice("xyz")}
        )
        for _ in range(draw.randint(0, most)):
            at = _at(draw)
            found["visits"].append(
                {
                    "id": customer,
                    "at": iso(at),
                    "known": iso(at + draw.choice([0, 0, 0, 1, 8]) * DAY // 4),
                    "paid": draw.choice([None, draw.randint(-300, 300) / 100]),
                    "items": draw.choice([None, draw.randint(-3, 9)]),
                    "shop": draw.choice([None, "a", "b", "é", "B", "\U0001f600"]),
                    "aisle": draw.choice([None, 2, 10, -1]),
                }
            )
            found["orders"].append(
                {"id": customer, "at": iso(_at(draw)), "sum": draw.randint(-20, 20) / 10}
            )
            found["tiers"].append(
                {
                    "id": customer,
                    "from": iso(_at(draw)),
                    "known": iso(_at(draw)),
                    "limit": draw.choice([None, 100, 200]),
                    "tier": draw.choice([None, "gold", "iron"]),
                }
            )
    return found


def is_past(table: str, record: Mapping[str, Any], cutoff: int = CUTOFF) -> bool:
    """Tell whether a record may be seen at the cutoff: both of its clocks are before it."""
    if table == "clients":
        return True
    if table == "orders":
        # Known a day and a half after it happened.
        return instant(record["at"]) + 36 * DAY // 24 < cutoff
    happened = record["from" if table == "tiers" else "at"]
    return max(instant(happened), instant(record["known"])) < cutoff


def as_sources(records: Records) -> dict[str, Any]:
    """Make Arrow tables of records; ids are whole numbers or texts."""
    text = any(isinstance(row["id"], str) for rows in records.values() for row in rows)
    first = ("id", pa.string() if text else pa.int64())
    return {
        name: pa.Table.from_pylist(rows, schema=pa.schema([first, *_TYPES[name][1:]]))
        for name, rows in records.items()
    }


def with_text_ids(records: Records) -> Records:
    """Return the same records with ids that are texts, in another order than the numbers."""
    first = ["é", "a", "\U0001f600", "Z"]
    return {
        name: [{**row, "id": f"{first[row['id'] % 4]}{row['id']}"} for row in rows]
        for name, rows in records.items()
    }


def batch(
    records: Records, *, cutoffs: Sequence[int] = (CUTOFF,), parts: int = 1, checked: bool = True
) -> Vectors:
    """Compute all vectors of all customers through the tables, by customer and then by cutoff."""
    made: list[Vectors] = []
    for part in partitions(TABLES, as_sources(records), parts=parts, now=NOW, checked=checked):
        spine = Spine.cross(len(part.customers), np.array(cutoffs, dtype=np.int64))
        made.append(vectors(CATALOGUE, part, spine))
    whole = Vectors.concat(made)
    return whole.take(np.lexsort((whole.cutoffs, whole.customers)))


def of_customer(records: Records, customer: int) -> Records:
    """Return what a request would post of one customer: nulls left out."""
    return {
        name: [_posted(row) for row in rows if row["id"] == customer]
        for name, rows in records.items()
    }


def shuffled(records: Records, seed: int) -> Records:
    """Return the same records in another order."""
    draw = random.Random(seed)
    return {name: draw.sample(rows, len(rows)) for name, rows in records.items()}


def _posted(row: Mapping[str, Any]) -> dict[str, Any]:
    cells: Iterable[tuple[str, Any]] = row.items()
    return {name: cell for name, cell in cells if cell is not None and name != "id"}


def _at(draw: random.Random) -> int:
    # The cutoff itself, and the starts of windows, more often than chance would have them.
    return CUTOFF + draw.choice([0, -8, -36, *(draw.randint(-60, 12) for _ in range(9))]) * DAY // 4
