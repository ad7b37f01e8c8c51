"""Three tables of generated events, and 60 features of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features import Catalogue, EventTable, count, days_since, distinct, largest, mean, total
from features.instants import DAY, instant

CUSTOMERS = 20_000
BEGIN = instant("2023-01-01")
DAYS = 730
CUTOFFS = [instant("2024-12-01") - 30 * DAY * month for month in range(12)]
WINDOWS = (7, 30, 90, 365)

PURCHASES = EventTable(
    "purchases",
    customer="client",
    occurred_at="at",
    measures={"paid": "money(2)", "items": "int"},
    categories=["shop"],
)
VISITS = EventTable(
    "visits", customer="client", occurred_at="at", known_at="known", categories=["page"]
)
CALLS = EventTable("calls", customer="client", occurred_at="at", lag=1, measures={"seconds": "int"})
TABLES = (PURCHASES, VISITS, CALLS)
EVENTS = {"purchases": 1_200_000, "visits": 600_000, "calls": 200_000}

CATALOGUE = Catalogue(
    [
        feature
        for days in WINDOWS
        for feature in (
            count(PURCHASES, days),
            total(PURCHASES, "paid", days),
            mean(PURCHASES, "paid", days),
            largest(PURCHASES, "paid", days),
            total(PURCHASES, "items", days),
            mean(PURCHASES, "items", days),
            distinct(PURCHASES, "shop", days),
            count(VISITS, days),
            distinct(VISITS, "page", days),
            days_since(VISITS, days),
            count(CALLS, days),
            total(CALLS, "seconds", days),
            mean(CALLS, "seconds", days),
            largest(CALLS, "seconds", days),
            days_since(CALLS, days),
        )
    ]
)


def write_tables(room: Path) -> dict[str, str]:
    """Write the tables to Parquet, in the order of time as a business would have them."""
    random = np.random.default_rng(8)
    shares = random.gamma(0.8, size=CUSTOMERS)
    shares /= shares.sum()
    found = {}
    for name, rows in EVENTS.items():
        at = np.sort(random.integers(BEGIN, BEGIN + DAYS * DAY, rows))
        columns: dict[str, Any] = {
            "client": random.choice(CUSTOMERS, rows, p=shares),
            "at": pa.array(at, pa.timestamp("us", "UTC")),
        }
        if name == "purchases":
            columns["paid"] = random.integers(50, 20_000, rows) / 100
            columns["items"] = random.integers(1, 12, rows)
            columns["shop"] = np.array([f"shop {n}" for n in range(40)])[
                random.integers(0, 40, rows)
            ]
        if name == "visits":
            # One in fifty is entered some days late.
            late = (random.random(rows) < 0.02) * random.integers(0, 5 * DAY, rows)
            columns["known"] = pa.array(at + late, pa.timestamp("us", "UTC"))
            columns["page"] = random.integers(0, 300, rows)
        if name == "calls":
            columns["seconds"] = random.integers(5, 3_000, rows)
        found[name] = str(room / f"{name}.parquet")
        pq.write_table(pa.table(columns), found[name], row_group_size=100_000)
    return found
