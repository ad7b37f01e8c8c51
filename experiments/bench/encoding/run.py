"""Whether target rates and top-k multi-hot help: the same learner with each way to read levels.

``none`` reads no texts, ``native`` gives LightGBM their codes, ``rate`` puts target rates in their
place, ``both`` reads codes and rates, ``multi_hot`` codes and counts of the most frequent levels.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from experiments.bench.record import Figure, write_results
from experiments.worlds import project as worlds
from experiments.worlds.run import MAKERS, RHYTHMS
from features import Catalogue, EventTable, usual
from features.arrays import Bools, Floats
from features.carriers import duck
from features.contract import Checked
from features.feature import Feature, Tally
from features.instants import DAY
from features.kernel import Vectors
from features.multihot import multi_hot
from features.schema import Schema
from features.segments import Partition
from features.wording import holds_text
from foretell.fetch import cache_folder
from foretell.workspace import load
from training import Cohort, Project, Task, silent, target_rate
from training.calibration.sigmoid import sigmoid
from training.config import Config, Params
from training.fit import Binned, Columns, Rows, fit, margins, refit
from training.folds import Rhythm, slices_by_time
from training.inputs import learn_rates, only, with_rates
from training.judge.intervals import Replicates, bootstrap
from training.labels import settling
from training.selection import fitted
from training.snapshots import Snapshot, snapshot

HERE: Final = Path(__file__).parent
RETAIL: Final = HERE.parents[1] / "retail"
WORLDS: Final = {"bank": ("lapse",)}
CONFIG: Final = Config(
    rounds=300,
    patience=20,
    params=Params(learning_rate=0.1, num_leaves=10, feature_fraction=0.3),
)
LEVELS: Final = 16


@dataclass(frozen=True, eq=False)
class Data:
    """A project with its events, and where they begin and are complete."""

    project: Project
    partition: Partition
    begins: int
    ends: int
    rhythm: Rhythm


def main() -> None:
    """Judge every way on every task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=3_000, help="of each world")
    told = parser.parse_args()
    figures = judged("drawn.branches", *branches())
    for data in (retail(), *(world(name, told.customers) for name in WORLDS)):
        for task in data.project.tasks:
            figures |= judged(f"{data.project.name}.{task.name}", *laid(data, task))
            # Written anew after every task: the run takes minutes.
            write_results(HERE, figures, ("duckdb", "lightgbm", "numpy"))


def retail() -> Data:
    """Return the retail project, with the usual levels of three categories."""
    loaded = load(RETAIL)
    plan, sources = loaded.project, loaded.prepare(cache_folder())
    more = [
        usual("visits", "store_id", 182),
        usual("purchases", "department", 91),
        usual("purchases", "product_category", 91),
    ]
    checked: dict[str, Checked] = {}
    (part,) = duck.partitions(plan.tables, sources, parts=1, report=checked.__setitem__)
    visits = checked["visits"]
    assert visits.first is not None
    assert visits.complete_until is not None
    named = Project(plan.name, plan.tables, plan.catalogue + more, plan.tasks)
    rhythm = Rhythm(every=7, history=56, later=3)
    return Data(named, part, visits.first, visits.complete_until, rhythm)


def world(name: str, customers: int) -> Data:
    """Return a generated business with its suggested catalogue."""
    made = MAKERS[name](customers, 1)
    plan = worlds.project(made)
    tasks = [task for task in plan.tasks if task.name in WORLDS[name]]
    part = duck.load(made.tables, made.sources)
    named = Project(plan.name, plan.tables, plan.catalogue, tasks)
    return Data(named, part, made.calendar.begins, made.calendar.ends, RHYTHMS[name])


def branches() -> tuple[Snapshot, Mapping[str, Bools], Mapping[str, tuple[str, ...]]]:
    """Return drawn rows of 600 branches, each with a rate of its own, and the ways to read them."""
    random = np.random.default_rng(1)
    customers, cutoffs = 2_000, 16
    rate = target_rate(usual("visits", "branch", 91))
    task = Task("leave", silent("visits"), Cohort(91), horizon=28, encode=[rate])
    chance = random.beta(2, 6, 600)
    branch = np.tile(random.integers(0, 600, customers), cutoffs)
    month = np.repeat(np.arange(cutoffs), customers)
    names = np.array([f"branch {each:03}" for each in branch], dtype=object)
    columns = {"noise": random.normal(size=len(branch)), rate.feature.name: names}
    vectors = Vectors(np.tile(np.arange(customers), cutoffs), month * 28 * DAY, columns)
    rows = Snapshot(vectors, random.random(len(branch)) < chance[branch])
    ends = {"train": (0, 9), "stop": (9, 11), "calibrate": (11, 13), "test": (13, 16)}
    ends["final"] = (0, 13)
    roles = {name: (month >= low) & (month < high) for name, (low, high) in ends.items()}
    rates, _ = learn_rates(task, rows, roles, 0)
    told, level = ("noise", rate.name), rate.feature.name
    ways = {"none": ("noise",), "native": ("noise", level), "rate": told, "both": (*told, level)}
    return with_rates(rows, rates, vectors), roles, ways


def judged(
    head: str,
    rows: Snapshot,
    roles: Mapping[str, Bools],
    ways: Mapping[str, tuple[str, ...]],
) -> dict[str, Figure]:
    """Learn one task in every way, and judge all on the same test rows."""
    test = roles["test"]
    scores = {name: learnt(only(rows, columns), roles) for name, columns in ways.items()}
    label, customers = rows.label[test], rows.vectors.customers[test]
    drawn = bootstrap(label, scores, customers, resamples=200)
    figures = {
        f"rows.{head}": Figure(len(rows), "rows"),
        f"levels.{head}": Figure(len(ways["native"]) - len(ways["none"]), "features of texts"),
    }
    for name, each in drawn.items():
        ahead, error = difference(each, drawn["native"])
        figures |= {
            f"auc.{head}.{name}": Figure(each.values["roc_auc"], "AUC"),
            f"ahead.{head}.{name}": Figure(ahead, "AUC against native"),
            f"ahead_se.{head}.{name}": Figure(error, "AUC"),
        }
    return figures


def laid(
    data: Data, task: Task
) -> tuple[Snapshot, Mapping[str, Bools], Mapping[str, tuple[str, ...]]]:
    """Return rows with every column, the rows of each slice, and the columns of each way."""
    tables = {table.name: table for table in data.project.tables}
    asked = data.project.features_of(task)
    texts = [each for each in asked if isinstance(each, Tally) and holds_text(each, tables)]
    task = replace(task, encode=[target_rate(each) for each in texts])
    lateness, _ = settling(task, [data.partition])
    slices = slices_by_time(task, data.begins, data.ends, data.rhythm, lateness)
    plain = fitted(asked, task, [data.partition], min(slices.all)).catalogue
    hot = fitted(Catalogue(tops(data)), task, [data.partition], min(slices.all)).catalogue
    every = Catalogue(dict.fromkeys([*plain, *hot]))
    rows = snapshot(data.project, task, [data.partition], slices.all, data.ends, every)
    names = (*slices.by_name(), "final")
    roles = {name: slices.rows(name, rows.vectors.cutoffs) for name in names}
    rates, _ = learn_rates(task, rows, roles, lateness)
    numbers = tuple(name for name in plain.names if name not in {each.name for each in texts})
    told = tuple(each.name for each in rates)
    ways = {
        "none": numbers,
        "native": plain.names,
        "rate": numbers + told,
        "both": plain.names + told,
        "multi_hot": tuple(dict.fromkeys(plain.names + hot.names)),
    }
    return with_rates(rows, rates, rows.vectors), roles, ways


def tops(data: Data) -> list[Feature]:
    """Return a multi-hot of every category of every event table."""
    return [
        multi_hot(table, column, LEVELS, 91)
        for table in data.project.tables
        if isinstance(table, EventTable)
        for column in table.categories
    ]


def learnt(rows: Snapshot, roles: Mapping[str, Bools]) -> Floats:
    """Learn as `training.learn` does, without search and calibration; score the test rows."""
    schema = Schema.fit(rows.vectors.take(roles["train"]))
    columns, matrix = Columns(schema.names, schema.categorical), schema.matrix(rows.vectors)
    parts = {role: Rows(matrix[mask], rows.label[mask]) for role, mask in roles.items()}
    found = fit(Binned.of(parts["train"], parts["stop"], columns, CONFIG), CONFIG.params, CONFIG)
    booster = refit(parts["final"], columns, CONFIG.params, CONFIG, found.rounds)
    return sigmoid(margins(booster, parts["test"].matrix))


def difference(one: Replicates, other: Replicates) -> tuple[float, float]:
    """Return how much more one reaches than the other, and the standard error of that."""
    name = "roc_auc"
    apart = one.draws[name] - other.draws[name]
    return one.values[name] - other.values[name], float(np.nanstd(apart, ddof=1))


if __name__ == "__main__":
    main()
