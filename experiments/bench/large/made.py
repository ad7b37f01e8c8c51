"""Rows of any number x 200 columns with a known signal, written a chunk at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features import Catalogue, EventTable, count, days_since
from features.kernel import Vectors
from features.whole import whole_folder
from training import Cohort, Project, Task, bought

COLUMNS: Final = 200
CUTOFFS: Final = 10
CHUNK: Final = 250_000

VISITS = EventTable("visits", customer="member", occurred_at="at", timezone="UTC")
CATALOGUE = Catalogue([days_since(VISITS), *(count(VISITS, days) for days in range(1, COLUMNS))])
TASK = Task("again", bought(VISITS), Cohort(active=365), horizon=7)
PROJECT = Project("many", [VISITS], CATALOGUE, [TASK])


def write_rows(folder: Path, rows: int, seed: int = 0) -> Path:
    """Write customers at ten weekly cutoffs to Parquet of float32, unless it is there.

    Ten columns matter, two of them together; a tenth of each column is null. The whole is never
    in memory.
    """
    if folder.exists():
        return folder
    with whole_folder(folder) as partial:
        many, part = rows // CUTOFFS, 0
        for week in range(CUTOFFS):
            at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=7 * week)
            for first in range(0, many, CHUNK):
                size = min(CHUNK, many - first)
                table = _chunk(np.random.default_rng([seed, week, first]), first, size, at)
                pq.write_table(
                    table,
                    partial / f"part-{part:04d}.parquet",
                    row_group_size=1 << 16,
                    compression="none",
                    use_dictionary=False,
                )
                part += 1
    return folder


def _chunk(random: np.random.Generator, first: int, size: int, at: datetime) -> pa.Table:
    values = random.standard_normal((COLUMNS, size), dtype=np.float32)
    drift = values[:8].sum(axis=0) * 0.3 + values[8] * values[9] * 0.5
    label = drift + random.standard_normal(size) > 1.5
    values[random.random((COLUMNS, size), dtype=np.float32) < 0.1] = np.nan
    head = {
        "customer": pa.array(np.arange(first, first + size)),
        "cutoff": pa.array([at] * size, pa.timestamp("us", "UTC")),
        "label": pa.array(label),
    }
    names = zip(CATALOGUE.names, values, strict=True)
    return pa.table(head | {name: pa.array(each) for name, each in names})


def in_memory(vectors: Vectors) -> Vectors:
    """Return vectors with all columns held, as a training on tables has them."""
    held = {name: vectors.columns[name] for name in vectors.columns}
    return Vectors(vectors.customers, vectors.cutoffs, held)
