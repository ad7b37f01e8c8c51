"""A shop with customers who differ in how often they come, so that there is something to learn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from features import Catalogue, EventTable, count, days_since, latest, share, total
from features.tables import AttributeTable
from training import Cohort, Project, Task, bought, first, silent
from training.config import Config, Params
from training.data import Data, open_data
from training.folds import Rhythm

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 260

VISITS = EventTable(
    "visits",
    customer="member",
    occurred_at="at",
    measures={"spend": "money(2)"},
    categories=("shop",),
)
CLIENTS = AttributeTable("clients", customer="member", categories=("city",), static=True)

CHURN = Task("churn", silent(VISITS), Cohort(active=56), horizon=14, gap=2)
NORTH = Task("north", bought(VISITS, where={"shop": "NORTH"}), Cohort(active=56), horizon=14)
NEWCOMER = Task("newcomer", first(VISITS, where={"shop": "EAST"}), Cohort(active=56), horizon=28)


def project(*tasks: Task, name: str = "shop") -> Project:
    catalogue = Catalogue(
        [
            count(VISITS, 14),
            count(VISITS, 56),
            total(VISITS, "spend", 28),
            days_since(VISITS),
            share(VISITS, "shop", "NORTH", 56),
            latest(CLIENTS, "city"),
        ]
    )
    return Project(name, [VISITS, CLIENTS], catalogue, tasks or (CHURN, NORTH, NEWCOMER))


@cache
def frames(customers: int = 300, seed: int = 5) -> dict[str, pa.Table]:
    """Visits come at a rate of the customer's own, faster in Bonn, and stop for some."""
    random = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    cities = random.choice(["Bonn", "Rome", "Oslo"], customers)
    for number in range(customers):
        pause = random.gamma(2.0, 5.0) * (0.5 if cities[number] == "Bonn" else 1.0) + 0.5
        leaves = random.uniform(60, 700)
        day = random.exponential(pause)
        while day < min(DAYS, leaves):
            rows.append(
                {
                    "member": f"c{number:04}",
                    "at": BEGIN + timedelta(minutes=int(day * 1440)),
                    "spend": round(float(random.gamma(2, 10)), 2),
                    "shop": str(random.choice(["NORTH", "SOUTH", "EAST"], p=[0.5, 0.47, 0.03])),
                }
            )
            day += random.exponential(pause)
    # Someone comes on the last day, so that the data reach to its end.
    rows.append({**rows[-1], "at": BEGIN + timedelta(days=DAYS)})
    ids = [f"c{number:04}" for number in range(customers)]
    return {
        "visits": pa.Table.from_pylist(rows),
        "clients": pa.table({"member": ids, "city": cities.tolist()}),
    }


@cache
def data() -> Data:
    return open_data(project(), frames(), lambda text: None)


def config(**changes: Any) -> Config:
    """Settings of a training that takes a second."""
    settings: dict[str, Any] = {
        "rhythm": Rhythm(every=7, history=56, later=2),
        "trials": 2,
        "rounds": 25,
        "patience": 5,
        "params": Params(min_data_in_leaf=20, learning_rate=0.2),
        "resamples": 40,
    }
    return Config(**settings | changes)
