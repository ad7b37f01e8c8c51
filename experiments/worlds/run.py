"""How near the suggested catalogue comes to the true probabilities of each world."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from experiments.bench.record import Figure, write_results
from experiments.worlds.project import project
from features.arrays import Bools, Floats
from features.boards.boards import related
from features.carriers import duck
from features.schema import Schema
from features.segments import Partition
from features.worlds import World, bank, retailer, telecom
from training.baselines import FeatureBaseline
from training.calibration.sigmoid import sigmoid
from training.config import Config, Params
from training.fit import Binned, Columns, Rows, fit, margins, refit
from training.folds import Rhythm, slices_by_time
from training.judge.metrics import checked
from training.judge.oracle import verdicts
from training.labels import settling
from training.project import Project
from training.purity import require_purged
from training.snapshots import Snapshot, snapshot
from training.tasks import Task

HERE = Path(__file__).parent
MAKERS: Final[Mapping[str, Callable[[int, int], World]]] = {
    "retailer": retailer,
    "bank": bank,
    "telecom": telecom,
}
RHYTHMS: Final = {
    "retailer": Rhythm(every=14, history=182, later=3),
    "bank": Rhythm(every=30, history=182, later=3),
    "telecom": Rhythm(every=14, history=112, later=3),
}
CONFIG: Final = Config(
    rounds=600,
    patience=40,
    params=Params(learning_rate=0.05, num_leaves=10, feature_fraction=0.3),
)


def main() -> None:
    """Run the worlds that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("worlds", nargs="*", metavar="WORLD", help=", ".join(MAKERS))
    parser.add_argument("--customers", type=int, default=12_000, help="of each world")
    parser.add_argument("--seed", type=int, default=1, help="of each world")
    told = parser.parse_args()
    unknown = [name for name in told.worlds if name not in MAKERS]
    if unknown:
        parser.error(f"expected worlds among {', '.join(MAKERS)}; got {', '.join(unknown)}")
    for name in told.worlds or MAKERS:
        figures = measured(name, told.customers, told.seed)
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        write_results(folder, figures, ("duckdb", "lightgbm", "numpy", "pyarrow"))


def measured(name: str, customers: int, seed: int) -> dict[str, Figure]:
    """Make a world, learn every task of it, and hold the models against the truth."""
    started = time.perf_counter()
    world = MAKERS[name](customers, seed)
    figures = {
        f"customers.{name}": Figure(customers, "customers"),
        f"events.{name}": Figure(sum(len(each) for each in world.sources.values()), "rows"),
        f"seconds.{name}.generate": Figure(time.perf_counter() - started, "s"),
    }
    plan = project(world)
    (partition,) = related([duck.load(world.tables, world.sources)])
    for task in plan.tasks:
        figures |= judged(world, plan, task, partition)
    return figures


def judged(world: World, plan: Project, task: Task, partition: Partition) -> dict[str, Figure]:
    """Learn one task as `training.learn` does, without a search, and judge it once."""
    started = time.perf_counter()
    rows, truth, roles = laid(world, plan, task, partition)
    vector_seconds = time.perf_counter() - started
    schema = Schema.fit(rows.vectors.take(roles["train"]))
    columns, matrix = Columns(schema.names, schema.categorical), schema.matrix(rows.vectors)
    parts = {role: Rows(matrix[mask], rows.label[mask]) for role, mask in roles.items()}
    fitted = fit(Binned.of(parts["train"], parts["stop"], columns, CONFIG), CONFIG.params, CONFIG)
    final, test = parts["final"], parts["test"]
    booster = refit(final, columns, CONFIG.params, CONFIG, fitted.rounds)
    place = schema.names.index(task.recency.name)
    recency = FeatureBaseline.fit(final.matrix[:, place], final.label)
    scores = {
        "suggested": sigmoid(margins(booster, test.matrix)),
        "recency": recency.predict(test.matrix[:, place]),
    }
    y, p = checked(test.label, truth[roles["test"]])
    found = verdicts(y, p, scores, rows.vectors.customers[roles["test"]])
    model, alone = found["suggested"], found["recency"]
    z = (y.sum() - p.sum()) / np.sqrt((p * (1 - p)).sum())
    head = f"{world.name}.{task.name}"
    return {
        f"rows.{head}": Figure(len(rows), "rows"),
        f"base_rate.{head}": Figure(float(y.mean()), "share of test rows"),
        f"truth_z.{head}": Figure(float(z), "standard errors", "between -3 and 3"),
        f"auc.{head}.oracle": Figure(model.oracle, "AUC"),
        f"auc_se.{head}.oracle": Figure(model.oracle_se, "AUC"),
        f"auc.{head}.suggested": Figure(model.model, "AUC"),
        f"auc.{head}.recency": Figure(alone.model, "AUC"),
        f"ahead.{head}": Figure(model.ahead, "AUC", "at most 3 standard errors above 0"),
        f"ahead_se.{head}": Figure(model.ahead_se, "AUC"),
        f"reached.{head}": Figure(model.reached, "share", "at least 0.985"),
        f"reached_se.{head}": Figure(model.reached_se, "share"),
        f"leaks.{head}": Figure(float(model.leaks), "1 if the model beats the truth", "0"),
        f"seconds.{head}.vectors_and_truth": Figure(vector_seconds, "s"),
        f"seconds.{head}": Figure(time.perf_counter() - started, "s"),
    }


def laid(
    world: World, plan: Project, task: Task, partition: Partition
) -> tuple[Snapshot, Floats, dict[str, Bools]]:
    """Return the rows of a task, the truth of each, and the rows of each slice."""
    lateness, _ = settling(task, [partition])
    begins, ends = world.calendar.begins, world.calendar.ends
    slices = slices_by_time(task, begins, ends, RHYTHMS[world.name], lateness)
    rows = snapshot(plan, task, [partition], slices.all, ends)
    cutoffs = rows.vectors.cutoffs
    roles = {name: slices.rows(name, cutoffs) for name in slices.by_name()}
    require_purged(roles, cutoffs, task.gap, task.horizon, lateness)
    truth = world.truth(task.name, slices.all).at(rows.vectors.customers, cutoffs)
    return rows, truth, {**roles, "final": slices.rows("final", cutoffs)}


if __name__ == "__main__":
    main()
