"""What exact reasons cost: time a row beside LightGBM's own, and the accuracy of other designs."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import lightgbm
import numpy as np

from experiments.bench.record import Figure, write_results
from features.arrays import Floats
from features.schema import Schema
from foretell.workspace import load
from training.calibration.sigmoid import sigmoid
from training.config import Config
from training.data import open_data
from training.fit import Binned, Columns, Rows, fit, margins, settings
from training.judge.intervals import bootstrap
from training.mean import fit_members
from training.prepare import prepare
from training.reasons.attribute import Attributor
from training.search.trials import team
from training.search.tune import tune
from training.trees.forest import Forest

HERE: Final = Path(__file__).parent
TASKS: Final = {"retail": ("churn", "coffee"), "credit": ("default",)}
MADE: Final = ((300, 31), (500, 63))
TIMED: Final = 400
"""Rows that are timed, each alone; LightGBM's own is timed on a tenth of them."""

COMPARED: Final = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=HERE.parents[1], help="folder of the projects")
    home = parser.parse_args().home
    figures: dict[str, Figure] = {}
    for rounds, leaves in MADE:
        booster, matrix = made(rounds, leaves)
        figures |= cost(f"made_{rounds}x{leaves}", booster, matrix)
    for project, tasks in TASKS.items():
        loaded = load(home / project)
        data = open_data(loaded.project, loaded.sources(), print)
        for name in tasks:
            config = replace(loaded.config(name), rounds=600)
            prepared = prepare(loaded.project, loaded.project.task(name), data, config)
            figures |= designs(name, prepared.rows, prepared.splits[0], config)
    write_results(HERE, figures, ("lightgbm", "llvmlite", "numba", "numpy"))


def made(rounds: int, leaves: int) -> tuple[lightgbm.Booster, Floats]:
    """Fit a forest to rows with categories and nulls."""
    random, rows, columns = np.random.default_rng(0), 20_000, 100
    matrix = random.normal(size=(rows, columns))
    matrix[:, 0], matrix[:, 1] = random.integers(0, 40, rows), random.integers(0, 5, rows)
    matrix[random.random(matrix.shape) < 0.1] = np.nan
    filled = np.nan_to_num(matrix)
    drift = filled[:, 2] + 2 * np.isin(matrix[:, 0], [3, 7, 22]) + filled[:, 3] * filled[:, 4]
    label = drift + random.normal(size=rows) > 0.5
    given = {"objective": "binary", "num_leaves": leaves, "verbosity": -1, "num_threads": 1}
    data = lightgbm.Dataset(matrix, label.astype(float), categorical_feature=[0, 1], params=given)
    return lightgbm.train(given, data, rounds), matrix


def cost(name: str, booster: lightgbm.Booster, matrix: Floats) -> dict[str, Figure]:
    """Compare the effects with LightGBM's on many rows, then time both on one row at a time."""
    columns = matrix.shape[1]
    # As the model is served: read back from its text.
    text = booster.model_to_string()
    booster = lightgbm.Booster(model_str=text)
    begun = time.perf_counter()
    split = Attributor(Forest.of(text, columns))
    split.warm()
    loaded = time.perf_counter() - begun
    rows = np.ascontiguousarray(matrix[:: max(1, len(matrix) // TIMED)][:TIMED])

    def theirs(row: Floats) -> Floats:
        found: Any = booster.predict(row, pred_contrib=True, num_threads=1)
        return np.asarray(found, dtype=np.float64)

    ours = split(rows)
    apart = float(np.abs(ours[:COMPARED] - theirs(rows[:COMPARED])).max())
    summed = float(np.abs(ours.sum(axis=1) - margins(booster, rows)).max())
    if apart > 1e-9 or summed > 1e-9:
        raise SystemExit(f"{name}: {apart:.2g} apart from LightGBM, {summed:.2g} from the margin")
    wall, busy = timed(split, rows)
    slow, slow_busy = timed(theirs, rows[: TIMED // 10])
    tallest = max(int(part.split("\n")[0]) for part in text.split("num_leaves=")[1:])
    return {
        f"trees.{name}": Figure(booster.num_trees(), "trees"),
        f"leaves.{name}": Figure(tallest, "leaves at most"),
        f"apart.{name}": Figure(apart, "log-odds from pred_contrib", "below 1e-9"),
        f"margin.{name}": Figure(summed, "log-odds from the margin", "below 1e-9"),
        f"load.{name}": Figure(loaded, "s to read and warm"),
        f"ms_p50.{name}": Figure(float(np.quantile(wall, 0.5)), "ms a row"),
        f"ms_p99.{name}": Figure(float(np.quantile(wall, 0.99)), "ms a row", "at most 1"),
        f"cpu_p50.{name}": Figure(float(np.quantile(busy, 0.5)), "ms of processor a row"),
        f"cpu_p99.{name}": Figure(float(np.quantile(busy, 0.99)), "ms of processor a row"),
        f"lightgbm_ms_p50.{name}": Figure(float(np.quantile(slow, 0.5)), "ms a row"),
        f"lightgbm_cpu_p50.{name}": Figure(float(np.quantile(slow_busy, 0.5)), "ms of processor"),
    }


def timed(call: Callable[[Floats], Floats], rows: Floats) -> tuple[Floats, Floats]:
    """Time rows one at a time, in milliseconds: by the clock, and of the processor."""
    wall, busy = np.empty(len(rows)), np.empty(len(rows))
    call(rows[:1])
    for place in range(len(rows)):
        row = rows[place : place + 1]
        begun, worked = time.perf_counter(), time.thread_time()
        call(row)
        busy[place] = (time.thread_time() - worked) * 1e3
        wall[place] = (time.perf_counter() - begun) * 1e3
    return wall, busy


def designs(name: str, rows: Any, roles: Mapping[str, Any], config: Config) -> dict[str, Figure]:
    """Learn the served design and simpler ones, and judge them on the same test rows."""
    schema = Schema.fit(rows.vectors.take(roles["train"]))
    columns, matrix = Columns(schema.names, schema.categorical), schema.matrix(rows.vectors)
    parts = {role: Rows(matrix[mask], rows.label[mask]) for role, mask in roles.items()}
    alone = [[place] for place in range(len(schema.names))]
    small = replace(config.params, num_leaves=4, learning_rate=0.1)
    ways: dict[str, tuple[Config, dict[str, Any]]] = {
        "small": (replace(config, params=small, rounds=100), {}),
        "additive": (config, {"interaction_constraints": alone}),
    }
    boosters = {"served": served(parts, columns, config)}
    for way, (chosen, more) in ways.items():
        boosters[way] = learnt(parts, columns, chosen, more)
    figures: dict[str, Figure] = {}
    scores: dict[str, Floats] = {}
    for way, booster in boosters.items():
        scores[way] = sigmoid(margins(booster, parts["test"].matrix))
        figures |= cost(f"{name}_{way}", booster, parts["test"].matrix)
    customers = rows.vectors.customers[roles["test"]]
    drawn = bootstrap(parts["test"].label, scores, customers, resamples=200)
    for way, each in drawn.items():
        figures[f"auc.{name}.{way}"] = Figure(each.values["roc_auc"], "AUC")
        if way != "served":
            apart = each.minus(drawn["served"], "roc_auc")
            figures[f"price.{name}.{way}"] = Figure(apart.value, "AUC against served")
            figures[f"price_low.{name}.{way}"] = Figure(apart.low, "AUC, 2.5 %")
            figures[f"price_high.{name}.{way}"] = Figure(apart.high, "AUC, 97.5 %")
    return figures


def served(parts: Mapping[str, Rows], columns: Columns, config: Config) -> lightgbm.Booster:
    """Search, and take the mean of the best on all that is settled, as `foretell train` does."""
    trials = tune([(parts["train"], parts["stop"])], columns, config)
    members = team(trials, config.search.members)
    return fit_members(parts["final"], columns, members, config)


def learnt(
    parts: Mapping[str, Rows], columns: Columns, config: Config, more: dict[str, Any]
) -> lightgbm.Booster:
    """Stop on later rows, then learn from the rows that the served design learns from."""
    if not more:
        binned = Binned.of(parts["train"], parts["stop"], columns, config)
        rounds = fit(binned, config.params, config).rounds
    else:
        rounds = trained(parts["train"], columns, config, more, parts["stop"]).best_iteration
    return trained(parts["final"], columns, replace(config, rounds=rounds), more)


def trained(
    rows: Rows, columns: Columns, config: Config, more: dict[str, Any], stop: Rows | None = None
) -> lightgbm.Booster:
    given = settings(config.params, config) | more

    def dataset(some: Rows, like: lightgbm.Dataset | None = None) -> lightgbm.Dataset:
        return lightgbm.Dataset(
            some.matrix,
            some.label.astype(float),
            reference=like,
            feature_name=list(columns.names),
            categorical_feature=list(columns.categorical),
            params=given,
        )

    train = dataset(rows)
    if stop is None:
        return lightgbm.train(given, train, config.rounds)
    early: list[Any] = [lightgbm.early_stopping(config.patience, verbose=False)]
    return lightgbm.train(
        given, train, config.rounds, valid_sets=[dataset(stop, train)], callbacks=early
    )


if __name__ == "__main__":
    main()
