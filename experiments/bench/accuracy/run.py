"""AUC of six methods on the same rows, slices and learner.

    make bench-accuracy
    python -m experiments.bench.accuracy.run --methods recency rfm foretell

Vectors of each method are kept in the cache and made anew with --fresh, except those of Foretell,
which are made each time. Figures of a data set that was run with all methods are kept there too;
once there are such figures of every data set, results.json is written beside this file. Worlds of
another --seed are kept apart from them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from experiments.bench.accuracy.datasets import DATASETS, SEED, Dataset
from experiments.bench.accuracy.export import export
from experiments.bench.accuracy.learn import Spine, alone, learnt
from experiments.bench.features.environments import bench_cache, python_of
from experiments.bench.record import Figure, write_results
from features.arrays import Floats
from training.judge.intervals import bootstrap
from training.tasks import Task

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
OURS = ("foretell", "foretell_by_hand")
PEERS = {
    "rfm": ("rfm", ""),
    "featuretools": ("featuretools_dfs", "featuretools"),
    "getml": ("getml_fastprop", "getml"),
    "bgnbd_alive": ("bgnbd", "lifetimes"),
    "bgnbd_expected": ("bgnbd", "lifetimes"),
}
METHODS = ("recency", *PEERS, *OURS)


def main() -> None:
    """Run the methods that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--datasets", nargs="+", choices=[*DATASETS], default=[*DATASETS])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--seed", type=int, default=SEED, help="of the generated worlds")
    parser.add_argument("--fresh", action="store_true", help="make the peers' vectors anew")
    asked = parser.parse_args()
    room = bench_cache().with_name("accuracy")
    for name in asked.datasets:
        dataset = DATASETS[name](asked.seed)
        folder = room / (name if asked.seed == SEED else f"{name}-{asked.seed}")
        export(dataset, folder)
        figures: dict[str, Figure] = {}
        methods = [each for each in asked.methods if each not in dataset.without]
        for task in dataset.project.tasks:
            made = {
                method: _scores(dataset, task, method, folder, is_fresh=asked.fresh)
                for method in dict.fromkeys([*methods, "foretell"])
            }
            figures |= _judged(f"{name}.{task.name}", Spine.read(_spine(folder, task)), made)
        write_results(folder, figures, ("lightgbm", "numpy"), _pins())
        kept = folder / "complete.json"
        if set(asked.methods) == set(METHODS) and asked.seed == SEED:
            kept.write_text(json.dumps({key: asdict(each) for key, each in figures.items()}))
    told = [room / name / "complete.json" for name in DATASETS]
    if asked.seed == SEED and all(each.exists() for each in told):
        held = {key: Figure(**each) for file in told for key, each in _read(file).items()}
        print(write_results(HERE, held, ("lightgbm", "numpy"), _pins()))


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def _scores(dataset: Dataset, task: Task, method: str, folder: Path, *, is_fresh: bool) -> Floats:
    spine, room = Spine.read(_spine(folder, task)), folder / task.name
    falls = task.label.outcome == "silent"
    leaves = task.label.outcome != "bought"
    if method == "recency":
        by_hand, column = room / "foretell_by_hand.parquet", task.recency.name
        return alone(spine, by_hand, column, falls=not falls)
    file = room / f"{method}.parquet"
    if method in PEERS:
        module, peer = PEERS[method]
        file = room / f"{module}.parquet"
        if is_fresh or not file.exists() or file.stat().st_mtime < _written(module):
            print(f"{dataset.name} {task.name}: {module}", flush=True)
            _make(module, peer, [str(folder), task.name, str(file)])
    if method.startswith("bgnbd_"):
        return alone(spine, file, method.removeprefix("bgnbd_"), falls=leaves)
    scores, features = learnt(spine, file)
    print(f"{dataset.name} {task.name}: {method}, {features} features", flush=True)
    return scores


def _make(module: str, peer: str, arguments: Sequence[str]) -> None:
    command = [str(python_of(peer)), "-W", "ignore", "-m"]
    command += [f"experiments.bench.accuracy.methods.{module}", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"{module} failed:\n{ended.stderr[-3000:]}")


def _judged(name: str, spine: Spine, made: dict[str, Floats]) -> dict[str, Figure]:
    test = spine.mask("test")
    customers = spine.frame["customer"].to_numpy()[test]
    clipped = {method: np.clip(scores, 0.0, 1.0) for method, scores in made.items()}
    drawn = bootstrap(spine.label[test], clipped, customers)
    found = {f"rows.{name}": Figure(int(test.sum()), "rows")}
    for method, replicates in drawn.items():
        auc = replicates.interval("roc_auc")
        found[f"auc.{name}.{method}"] = Figure(auc.value, "AUC")
        found[f"auc_low.{name}.{method}"] = Figure(auc.low, "AUC")
        found[f"auc_high.{name}.{method}"] = Figure(auc.high, "AUC")
        if method != "foretell":
            lead = drawn["foretell"].minus(replicates, "roc_auc")
            found[f"lead.{name}.{method}"] = Figure(lead.value, "AUC", "above 0")
            found[f"lead_low.{name}.{method}"] = Figure(lead.low, "AUC", "above 0")
            found[f"lead_high.{name}.{method}"] = Figure(lead.high, "AUC")
    return found


def _spine(folder: Path, task: Task) -> Path:
    return folder / task.name / "spine.parquet"


def _written(module: str) -> float:
    return (HERE / "methods" / f"{module}.py").stat().st_mtime


def _pins() -> dict[str, str]:
    """Return the pinned version of each peer."""
    names = {"featuretools", "getml", "lifetimes"}
    folder = HERE.with_name("features") / "peers"
    lines = [line for name in names for line in (folder / f"{name}.txt").read_text().splitlines()]
    return dict(line.split("==") for line in lines if line.split("==")[0] in names)


if __name__ == "__main__":
    main()
