"""Calls of a bank that differ in their outcome, so that there is something to learn."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from features import LabelledTable
from training import Project, Task, labelled
from training.config import Config
from training.data import open_data
from training.prepare import Prepared, prepare

CALLS = LabelledTable(
    "calls",
    label="y",
    positive="yes",
    customer="client",
    time="day",
    leave_out=["seconds"],
    texts={"age": "Age in years"},
)


def project(table: LabelledTable = CALLS, **changes: Any) -> Project:
    return Project("bank", [table], tasks=[Task("subscribes", labelled(table), **changes)])


def calls(rows: int = 800, seed: int = 3) -> pa.Table:
    """Older clients and those of a student's job say yes more often; later rows are older."""
    random = np.random.default_rng(seed)
    age = random.integers(18, 80, rows)
    job = random.choice(["clerk", "student", "nurse"], rows)
    margin = (age - 50) / 10 + 2.0 * (job == "student") - 1
    yes = random.random(rows) < 1 / (1 + np.exp(-margin))
    income = random.normal(3000, 800, rows).round(2)
    first = date(2020, 1, 1)
    return pa.table(
        {
            "client": random.permutation(rows),
            "day": [first + timedelta(days=place // 4) for place in range(rows)],
            "age": age,
            "job": job,
            "income": [None if random.random() < 0.1 else each for each in income.tolist()],
            "owner": random.random(rows) < 0.5,
            "seconds": np.where(yes, 300, 20),
            "y": np.where(yes, "yes", "no"),
        }
    )


def prepared_for(asked: Project, source: pa.Table, settings: Config) -> Prepared:
    """Read the calls of a project as its settings ask, and lay them into slices."""
    data = open_data(asked, {"calls": source}, lambda text: None, settings.judging.names)
    return prepare(data.described(asked), asked.tasks[0], data, data.timed(settings))
