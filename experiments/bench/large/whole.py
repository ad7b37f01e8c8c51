"""A whole training of a generated business, with record and report, in a process of its own."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import numpy as np
import pyarrow as pa

from features import Catalogue, EventTable, count, days_since, share, total, trend
from features.feature import Feature
from training import Cohort, Project, Task, silent
from training.config import Config
from training.data import open_data
from training.folds import Rhythm
from training.registry import Registry
from training.train import train

DAYS = 200
LIFE = 500
VISITS = EventTable(
    "visits",
    customer="member",
    occurred_at="at",
    timezone="UTC",
    measures={"spend": "money(2)"},
    categories=("shop",),
)
TASK = Task("churn", silent(VISITS), Cohort(active=56), horizon=14)


def project() -> Project:
    """Forty features of one table."""
    features: list[Feature] = [days_since(VISITS), trend(VISITS, 28)]
    for days in (3, 5, 7, 10, 14, 21, 28, 42, 56, 91):
        features += [count(VISITS, days), total(VISITS, "spend", days)]
        features += [share(VISITS, "shop", shop, days) for shop in ("NORTH", "SOUTH")]
    return Project("generated", [VISITS], Catalogue(features), [TASK])


def visits(customers: int, climbing: bool) -> pa.Table:
    """Visits at a rate of the customer's own, until the customer leaves.

    Customers join and leave evenly, so that the rate of silence holds; where it is climbing, all
    were there at the start, and those that have left grow more with each cutoff.
    """
    random = np.random.default_rng(3)
    pause = random.gamma(2, 6, customers) + 0.5
    joins = random.uniform(-LIFE, DAYS, customers)
    leaves = joins + random.uniform(0, LIFE, customers)
    if climbing:
        joins, leaves = np.zeros(customers), random.uniform(60, LIFE, customers)
    often = random.poisson(DAYS / pause)
    who = np.repeat(np.arange(customers), often)
    at = random.uniform(0, DAYS, len(who))
    stays = (joins[who] <= at) & (at < leaves[who])
    who, at = who[stays], at[stays]
    start = np.datetime64("2024-01-01", "us")
    return pa.table(
        {
            "member": who,
            "at": pa.array(start + (at * 86_400_000_000).astype("timedelta64[us]")),
            "spend": np.round(random.gamma(2, 10, len(who)), 2),
            "shop": np.array(["NORTH", "SOUTH", "EAST"])[random.integers(0, 3, len(who))],
        }
    )


def main(rows: int, climbing: bool) -> None:
    """Train on about so many rows, and print what it took as JSON."""
    # Some 14 weekly cutoffs; of who is ever there, two or four customers in five are at each.
    table = visits(rows // (11 if climbing else 6), climbing)
    started, worked = time.perf_counter(), time.process_time()
    config = Config(rhythm=Rhythm(every=7, history=56, later=2), trials=3, rounds=200)

    def say(text: str) -> None:
        print(f"{time.perf_counter() - started:7.0f} s  {text}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        data = open_data(project(), {"visits": table}, say)
        found = train(
            project(), TASK, data, config, Registry(home / "mlruns"), home / "reports", say
        )
    told = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - worked,
        "rows": found.rows,
        "test_rows": found.evaluation.rows,
        "auc": found.evaluation.metrics["roc_auc"].value,
        "ece": found.evaluation.metrics["ece"].value,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:] == ["climbing"])
