"""One customer with 1,000 events: the full suggested catalogue, as a service computes it.

Five tables stand for the five kinds. What is timed is one call of the kernel on events that the
store holds; reading posted records is timed beside it. The collector of garbage runs, as it does in
the service, with everything of the start frozen.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np

from experiments.bench.features.questions import BEGIN, KINDS, WINDOWS
from features import Catalogue, EventTable, Spine, instant, vectors
from features.carriers.single import from_records
from features.feature import Derived

CALLS = 5_000
EVENTS = 1_000
TABLES = tuple(
    EventTable(
        f"{kind}s",
        customer="customer",
        occurred_at="at",
        measures={"amount": "money(2)"},
        categories=["item"],
    )
    for kind in KINDS
)


def main(calls: int = CALLS) -> None:
    """Time the calls one by one, and print the quantiles as one line of JSON."""
    random = np.random.default_rng(1)
    posted = {
        table.name: [
            {
                "at": (BEGIN + timedelta(minutes=int(minute))).isoformat(),
                "amount": round(float(paid), 2),
                "item": f"item-{item:04d}",
            }
            for minute, paid, item in zip(
                random.integers(0, 700 * 24 * 60, EVENTS // len(TABLES)),
                random.lognormal(3, 1, EVENTS // len(TABLES)),
                random.integers(0, 1_000, EVENTS // len(TABLES)),
                strict=True,
            )
        ]
        for table in TABLES
    }
    partition = from_records(TABLES, posted, 7)
    catalogue = _learnt(Catalogue.suggest(TABLES, WINDOWS))
    spine = Spine.cross(1, np.array([instant(BEGIN + timedelta(days=710))]))
    made = _quantiles(lambda: vectors(catalogue, partition, spine), calls)
    read = _quantiles(lambda: from_records(TABLES, posted, 7), calls // 10)
    told = {
        "features": len(catalogue),
        "events": sum(map(len, posted.values())),
        "calls": calls,
        "ms_p50": made[0],
        "ms_p99": made[1],
        "read_ms_p50": read[0],
        "read_ms_p99": read[1],
    }
    print(json.dumps(told))


def _learnt(catalogue: Catalogue) -> Catalogue:
    """Give what learns from data any constants: they do not change what a call costs."""
    constants = {"spend": (6.0, 4.0, 15.0), "band": tuple(map(float, range(4)))}
    return Catalogue(
        replace(each, parameters=constants.get(each.operation.name, (0.5, 20.0, 0.8, 2.5)))
        if isinstance(each, Derived) and each.waits
        else each
        for each in catalogue
    )


def _quantiles(call: Callable[[], object], calls: int) -> tuple[float, float]:
    for _ in range(100):
        call()
    gc.collect()
    gc.freeze()
    taken = []
    for _ in range(calls):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    low, high = np.quantile(taken, (0.5, 0.99))
    return 1_000 * float(low), 1_000 * float(high)


if __name__ == "__main__":
    main()
