"""A small shop whose customers differ in how often they come, drawn from a seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from features import Catalogue, EventTable, count, days_between, days_since, total
from training import Cohort, Project, Task, bought, silent

visits = EventTable(
    "visits",
    customer="client",
    occurred_at="at",
    measures={"spend": "money(2)"},
    complete_until="2024-11-01",
)
project = Project(
    "shop",
    tables=[visits],
    catalogue=Catalogue(
        [count(visits, 28), count(visits, 91), total(visits, "spend", 91), days_between(visits)]
    ),
    tasks=[
        Task("churn", silent(visits), Cohort(active=91), horizon=28),
        Task("back", bought(visits), Cohort(active=91), horizon=7, features=[days_since(visits)]),
    ],
)
as_of = "2024-11-01"


def prepare(cache: Path) -> dict[str, pd.DataFrame]:
    """Return visits of 300 clients over ten months."""
    random = np.random.default_rng(3)
    pause = random.gamma(1.0, 20.0, 300) + 1
    rows = [
        (f"c{client}", day, random.integers(100, 5_000) / 100)
        for client, mean in enumerate(pause)
        for day in np.cumsum(random.exponential(mean, 400))
        if day < 305
    ]
    frame = pd.DataFrame(rows, columns=["client", "day", "spend"])
    start = pd.Timestamp("2024-01-01", tz="UTC")
    frame["at"] = start + pd.to_timedelta(frame.pop("day"), unit="D").dt.round("s")
    return {"visits": frame}
