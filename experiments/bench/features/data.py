"""The generated log: five kinds of events of many customers, in the order in which they happened.

Customers differ by a lognormal weight, so that a few have thousands of events and half have few.
The log is written in slices of time, so that memory does not grow with it. One event in fifty falls
on a midnight, where a side that closes the wrong end of a window is found out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.bench.features.questions import BEGIN, END, KINDS, micros
from features.arrays import Floats
from features.instants import DAY
from features.whole import whole_file

ITEMS = 1_000
PER_CUSTOMER = 100
"""Events of a customer, on average."""

_SEED = 20_250_301
_SLICE = 2_000_000
_GROUP = 250_000
_SCHEMA = pa.schema(
    [
        ("customer", pa.int64()),
        ("occurred_at", pa.timestamp("us", tz="UTC")),
        ("kind", pa.string()),
        ("amount", pa.float64()),
        ("item", pa.string()),
    ]
)


def log_of(events: int, cache: Path) -> Path:
    """Return the Parquet file with that many events; written when it is not there yet."""
    path = cache / f"events-{events}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as partial, pq.ParquetWriter(partial, _SCHEMA) as writer:
            for table in _slices(events):
                writer.write_table(table, row_group_size=_GROUP)
    return path


def _slices(events: int) -> Iterator[pa.Table]:
    random = np.random.default_rng(_SEED)
    customers = max(1, events // PER_CUSTOMER)
    bounds = _cumulative(random.lognormal(sigma=1.3, size=customers))
    popular = _cumulative(1 / np.arange(3, ITEMS + 3))
    kinds = pa.array(KINDS)
    items = pa.array([f"item-{place:04d}" for place in range(ITEMS)])
    many = -(-events // _SLICE)
    begin, length = micros(BEGIN), micros(END) - micros(BEGIN)
    for place in range(many):
        rows = events // many + (place < events % many)
        # Whole days, so that an event moved to its midnight stays inside its slice.
        low, high = (begin + length * at // many // DAY * DAY for at in (place, place + 1))
        times = np.sort(random.integers(low, high, rows) // 1_000_000 * 1_000_000)
        midnight = random.random(rows) < 0.02
        times = np.sort(np.where(midnight, times // DAY * DAY, times))
        kind = np.searchsorted(_cumulative(np.array([5.0, 8, 2, 4, 1])), random.random(rows))
        cents = np.maximum(1, np.exp(random.normal(7.5, 1.2, rows)).astype(np.int64))
        cents = np.where(kind == KINDS.index("refund"), -cents, cents)
        yield pa.table(
            {
                "customer": 1 + np.searchsorted(bounds, random.random(rows)),
                "occurred_at": pa.array(times, pa.timestamp("us", tz="UTC")),
                "kind": kinds.take(pa.array(kind)),
                "amount": cents / 100,
                "item": items.take(pa.array(np.searchsorted(popular, random.random(rows)))),
            },
            schema=_SCHEMA,
        )


def _cumulative(weights: Floats) -> Floats:
    ends: Floats = np.cumsum(weights / weights.sum())
    ends[-1] = 1.0
    return ends
