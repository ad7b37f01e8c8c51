"""A small shop and a small bank: tables, events, and bundles of models trained in a second."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.builders import count, latest, total
from features.carriers import duck
from features.catalogue import Catalogue
from features.instants import instant
from features.kernel import Vectors, vectors
from features.rhythms import days_since
from features.schema import Schema
from features.segments import Partition, Spine
from features.tables import AttributeTable, EventTable, Table
from training.bundle import Band, Bundle, write_bundle
from training.calibration.calibrator import Calibrator
from training.calibration.line import Line
from training.tasks import Cohort, Task, first, silent

CUTOFF = instant("2024-10-01")
PRESENT = datetime(2024, 12, 1, 12, tzinfo=UTC)
BANDS = (Band("high", 0.6), Band("medium", 0.3), Band("low", 0.0))

PURCHASES = EventTable(
    "purchases",
    customer="member",
    occurred_at="at",
    measures={"spend": "money(2)"},
    categories=("shop",),
)
CLIENTS = AttributeTable("clients", customer="member", categories=("city",), static=True)
LOANS = EventTable("loans", customer="id", occurred_at="at", measures={"sum": "int"})

SHOP_TABLES = (PURCHASES, CLIENTS)
SHOP_TASKS = (
    Task("churn", silent(PURCHASES), Cohort(active=91), horizon=28),
    Task(
        "coffee",
        first(PURCHASES, where={"shop": "COFFEE"}),
        Cohort(active=182),
        horizon=28,
        features=(count(PURCHASES, 14),),
    ),
)
BANK_TASK = Task("arrears", silent(LOANS), Cohort(active=182), horizon=28)


def shop_frames(customers: int = 120) -> dict[str, pa.Table]:
    """Purchases and clients; the number of purchases of a customer is geometric."""
    random = np.random.default_rng(7)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    owners = np.repeat(np.arange(customers), random.geometric(0.07, customers)).tolist()
    rows: list[dict[str, Any]] = [
        {
            "member": f"c{number:04}",
            "at": start + timedelta(minutes=int(random.integers(0, 330 * 1440))),
            "spend": round(float(random.gamma(2, 10)), 2),
            "shop": str(random.choice(["NORTH", "SOUTH", "COFFEE"], p=[0.6, 0.37, 0.03])),
        }
        for number in owners
    ]
    ids = [f"c{number:04}" for number in range(customers)]
    cities = random.choice(["Bonn", "Rome"], customers).tolist()
    return {
        "purchases": pa.Table.from_pylist(rows),
        "clients": pa.table({"member": ids, "city": cities}),
    }


def bank_frames() -> dict[str, pa.Table]:
    """Loans of customers whose ids are numbers."""
    random = np.random.default_rng(8)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    days = random.integers(0, 330, 400).tolist()
    return {
        "loans": pa.table(
            {
                "id": random.integers(1, 60, 400),
                "at": [start + timedelta(days=day) for day in days],
                "sum": random.integers(1, 1000, 400),
            }
        )
    }


def load(tables: tuple[Table, ...], frames: dict[str, pa.Table]) -> Partition:
    return duck.load(tables, frames)


def rows_of(catalogue: Catalogue, partition: Partition, cutoff: int = CUTOFF) -> Vectors:
    spine = Spine.cross(len(partition.customers), np.array([cutoff]))
    return vectors(catalogue, partition, spine)


def bundle_of(
    project: str, task: Task, tables: tuple[Table, ...], catalogue: Catalogue, found: Vectors
) -> Bundle:
    """Train on an outcome made of the features, so that every feature has an effect."""
    schema = Schema.fit(found, rarest=5)
    matrix = schema.matrix(found)
    random = np.random.default_rng(3)
    filled = np.nan_to_num(matrix, nan=0.0)
    drift = (filled - filled.mean(0)) / (filled.std(0) + 1e-30)
    label = drift.sum(1) + random.normal(0, 1, len(found)) > 0
    params = {
        "objective": "binary",
        "num_leaves": 7,
        "min_data_in_leaf": 5,
        "num_threads": 1,
        "verbose": -1,
        "seed": 1,
        "deterministic": True,
    }
    train = lightgbm.Dataset(
        matrix,
        label,
        feature_name=list(schema.names),
        categorical_feature=schema.categorical,
        params=params,
    )
    booster = lightgbm.train(params, train, num_boost_round=20)
    return Bundle(
        project=project,
        task=task,
        tables=tables,
        catalogue=catalogue,
        schema=schema,
        calibrator=Calibrator("sigmoid", Line(0.8, -0.1)),
        bands=BANDS,
        texts={each.name: each.description for each in catalogue},
        trained={"cutoffs": ["2024-10-01T00:00:00Z"], "base_rate": 0.5, "data_hash": "abc"},
        model_text=booster.model_to_string(),
    )


def shop_catalogue(task: Task) -> Catalogue:
    shared = Catalogue(
        [
            count(PURCHASES, 28),
            count(PURCHASES, 91),
            total(PURCHASES, "spend", 91),
            days_since(PURCHASES),
            latest(CLIENTS, "city"),
        ]
    )
    return shared + Catalogue([*task.features, task.recency])


def bank_catalogue() -> Catalogue:
    return Catalogue([count(LOANS, 91), total(LOANS, "sum", 182), days_since(LOANS)])


def write_world(folder: Path, customers: int = 120) -> Path:
    """Write sources, champions and settings of both projects; return the settings file."""
    parts = {
        "retail": (SHOP_TABLES, shop_frames(customers), SHOP_TASKS),
        "bank": ((LOANS,), bank_frames(), (BANK_TASK,)),
    }
    projects = []
    for project, (tables, frames, tasks) in parts.items():
        partition = load(tables, frames)
        for task in tasks:
            catalogue = bank_catalogue() if project == "bank" else shop_catalogue(task)
            found = rows_of(catalogue, partition)
            bundle = bundle_of(project, task, tables, catalogue, found)
            write_bundle(
                bundle, found.take(np.arange(20)), folder / project / "champions" / task.name
            )
        sources = {}
        for name, frame in frames.items():
            pq.write_table(frame, folder / project / f"{name}.parquet")
            sources[name] = f"{project}/{name}.parquet"
        projects.append({"name": project, "champions": f"{project}/champions", "sources": sources})
    path = folder / "serving.json"
    path.write_text(json.dumps({"projects": projects}))
    return path


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a fresh interpreter."""
    root = Path(__file__).parent.parent.parent
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
    )
