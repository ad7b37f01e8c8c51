"""Where Foretell's time goes, and the floor: read, sort, and one pass over what was sorted.

    python -m experiments.bench.features.profiled --events 1000000

The floor is DuckDB alone: the same columns read, then sorted by customer and time, then one running
sum over every array. What lies between it and the carrier is codes of categories, exact order of
ties and the hand-over; what lies above is the kernel, told by function.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from experiments.bench.features.data import log_of
from experiments.bench.features.environments import bench_cache
from experiments.bench.features.measure import confine
from experiments.bench.features.questions import CUTOFFS
from experiments.bench.features.sides.foretell import CATALOGUE, EVENTS
from features import Spine, instant, vectors
from features.arrays import Values
from features.carriers import duck
from features.connection import connected, literal
from features.segments import Category, Partition

T = TypeVar("T")
SHOWN = 15


def main() -> None:
    """Time each stage, and print the functions of the kernel by their own time."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000)
    asked = parser.parse_args()
    confine()
    log = log_of(asked.events, bench_cache())
    with connected() as connection:
        columns = f"customer, occurred_at, kind, amount, item FROM {literal(str(log))}"
        read = f"SELECT {columns}"
        timed("read", lambda: connection.sql(read).to_arrow_table())
        ordered = f"{read} ORDER BY customer, occurred_at"
        timed("read and sort", lambda: connection.sql(ordered).to_arrow_table())
    parts = timed(
        "carrier: read, code, sort, hand over",
        lambda: list(duck.partitions([EVENTS], {"events": log}, checked=True)),
    )
    timed("one pass over the arrays", lambda: [np.cumsum(each) for each in arrays(parts)])
    cutoffs = np.array([instant(each) for each in CUTOFFS])

    def kernel(moments: Values) -> None:
        for part in parts:
            vectors(CATALOGUE, part, Spine.cross(len(part.customers), moments))

    timed("kernel, first call: 1 cutoff", lambda: kernel(cutoffs[-1:]))
    timed("kernel: 1 cutoff", lambda: kernel(cutoffs[-1:]))
    timed("kernel: 12 cutoffs", lambda: kernel(cutoffs))
    profile = cProfile.Profile()
    profile.runcall(kernel, cutoffs)
    pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(SHOWN)


def timed(name: str, call: Callable[[], T]) -> T:
    """Print how long a stage takes, by the clock and of the cores."""
    started, worked = time.perf_counter(), time.process_time()
    made = call()
    cpu = time.process_time() - worked
    print(f"{name:40} {time.perf_counter() - started:8.2f} s {cpu:8.2f} s of the cores")
    return made


def arrays(parts: list[Partition]) -> list[Values]:
    """Return every array that the kernel may read."""
    found: list[Values] = []
    for part in parts:
        events = part.events[EVENTS.name]
        found.append(events.occurred_at)
        found += [
            each.codes if isinstance(each, Category) else each.values
            for each in events.columns.values()
        ]
    return found


if __name__ == "__main__":
    main()
