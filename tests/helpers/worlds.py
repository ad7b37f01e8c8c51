"""Small worlds, made once, and their tasks as training rows with the truth beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from experiments.worlds.project import project
from features.arrays import Floats
from features.carriers import duck
from features.instants import DAY
from features.segments import Partition
from features.worlds import World, bank, retailer, telecom
from training.project import Project
from training.snapshots import Snapshot, snapshot

MAKERS: Final[dict[str, Callable[[int, int], World]]] = {
    "retailer": retailer,
    "bank": bank,
    "telecom": telecom,
}
QUESTIONS: Final = [
    ("retailer", "churn"),
    ("retailer", "coffee"),
    ("bank", "default"),
    ("bank", "lapse"),
    ("telecom", "churn"),
]
CUSTOMERS: Final = 3_000


@dataclass(frozen=True, eq=False)
class Known:
    """Rows of a task, and the true probability of each."""

    rows: Snapshot
    truth: Floats


@cache
def world(name: str, customers: int = CUSTOMERS, seed: int = 1) -> World:
    return MAKERS[name](customers, seed)


@cache
def partition(name: str) -> Partition:
    made = world(name)
    return duck.load(made.tables, made.sources, checked=True)


@cache
def planned(name: str) -> Project:
    return project(world(name), (28, 112))


def midnight(made: World, day: int) -> int:
    return made.calendar.begins + day * DAY


@cache
def known(name: str, question: str, days: Sequence[int]) -> Known:
    """The rows of a task at some days of its world."""
    made, plan = world(name), planned(name)
    cutoffs = [midnight(made, day) for day in days]
    rows = snapshot(plan, plan.task(question), [partition(name)], cutoffs, made.calendar.ends)
    truth = made.truth(question, cutoffs)
    return Known(rows, truth.at(rows.vectors.customers, rows.vectors.cutoffs))
