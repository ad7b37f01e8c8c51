"""Many rows: in memory, from files, and on Dask; and what a whole training takes and gives.

``python -m experiments.bench.large.run small`` (a million rows, all three), ``big`` (ten million,
from files), ``rows`` (whole trainings), or all of them when nothing is named. The rows lie in the
cache folder while a part runs. Results are added to those of other parts.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.bench.large.made import write_rows
from experiments.bench.large.peak import measured
from experiments.bench.record import Figure, write_results
from foretell.fetch import cache_folder
from training.judge.intervals import bootstrap

HERE = Path(__file__).parent
MILLION = 1_000_000
ENOUGH = 50_000
"""Test rows from which on sampling alone makes next to no calibration error."""
SEEDS = (1, 2)
THREADS = os.environ.get("THREADS", "2")


def small() -> dict[str, Figure]:
    """Race the three ways on a million rows, once their metrics are held against one another.

    Dask's model is another one, as that of another seed is: of files and of two more seeds the AUC
    tells how far apart such models lie.
    """
    asked = {each: (each, 0) for each in ("memory", "file", "dask")}
    asked |= {f"seed {seed}": ("file", seed) for seed in SEEDS}
    found, scores = _sides(MILLION, asked, rounds=50)
    if found["file"]["model"] != found["memory"]["model"]:
        raise RuntimeError("the models from memory and from files differ")
    first = scores["memory"]
    made = bootstrap(
        first["label"],
        {name: each["scores"] for name, each in scores.items()},
        first["who"],
        resamples=100,
    )
    apart = made["dask"].minus(made["memory"], "roc_auc")
    others = [found[each]["auc"] for each in ("memory", *(f"seed {seed}" for seed in SEEDS))]
    noise = max(others) - min(others)
    if not abs(apart.value) <= noise:
        raise RuntimeError(f"Dask's AUC differs by more than seeds do ({noise:.4f}): {apart}")
    figures = {
        "seeds_auc.rows_1000000": Figure(noise, "AUC between the best and the worst seed"),
        "dask_minus_memory_auc.rows_1000000": Figure(apart.value, "AUC", "no more than seeds"),
        "dask_minus_memory_auc_low.rows_1000000": Figure(apart.low, "AUC"),
        "dask_minus_memory_auc_high.rows_1000000": Figure(apart.high, "AUC"),
    }
    for engine in ("memory", "file", "dask"):
        figures |= _figures(engine, found[engine])
    return figures


def big() -> dict[str, Figure]:
    """Train on ten million rows from files."""
    rounds = int(os.environ.get("ROUNDS", "20"))
    found, _ = _sides(10 * MILLION, {"file": ("file", 0)}, rounds)
    return _figures("file", found["file"], "at most 12")


def rows() -> dict[str, Figure]:
    """Run whole trainings of a generated business, record and report included."""
    figures = {}
    for many in (10_000, 100_000, MILLION):
        told = measured("whole", [str(many)])
        figures[f"train_s.rows_{many}"] = Figure(told["seconds"], "s")
        figures[f"train_cpu_s.rows_{many}"] = Figure(told["cpu_seconds"], "s")
        figures[f"train_peak_gib.rows_{many}"] = Figure(told["peak_gib"], "GiB")
        figures |= _judged(f"rows_{many}", told)
    climbing = measured("whole", ["100000", "climbing"])
    return figures | _judged("climbing.rows_100000", climbing)


def _judged(end: str, told: Mapping[str, Any]) -> dict[str, Figure]:
    asked = "at most 0.01" if told["test_rows"] >= ENOUGH else None
    return {
        f"test_rows.{end}": Figure(told["test_rows"], "rows"),
        f"auc.whole.{end}": Figure(told["auc"], "AUC"),
        f"ece.whole.{end}": Figure(told["ece"], "ECE", asked),
    }


def _sides(
    many: int, asked: Mapping[str, tuple[str, int]], rounds: int
) -> tuple[dict[str, Mapping[str, Any]], dict[str, Mapping[str, Any]]]:
    folder = cache_folder() / "bench-large" / str(many)
    found: dict[str, Mapping[str, Any]] = {}
    scores: dict[str, Mapping[str, Any]] = {}
    try:
        write_rows(folder, many)
        with tempfile.TemporaryDirectory() as room:
            for name, (engine, seed) in asked.items():
                file = Path(room) / f"{name}.npz"
                given = [engine, str(folder), str(file), str(rounds), THREADS, str(seed)]
                found[name] = measured("side", given)
                print(name, many, json.dumps(found[name]), file=sys.stderr, flush=True)
                with np.load(file) as read:
                    scores[name] = dict(read)
    finally:
        shutil.rmtree(folder.parent, ignore_errors=True)
    return found, scores


def _figures(engine: str, told: Mapping[str, Any], goal: str | None = None) -> dict[str, Figure]:
    end = f"{engine}.rows_{told['rows']}"
    return {
        f"seconds.{end}": Figure(told["seconds"], "s"),
        f"cpu_s.{end}": Figure(told["cpu_seconds"], "s"),
        f"peak_gib.{end}": Figure(told["peak_gib"], "GiB", goal),
        f"auc.{end}": Figure(told["auc"], "AUC"),
    }


def main(parts: list[str]) -> None:
    """Run some parts, and add their figures to the results."""
    known = {"small": small, "rows": rows, "big": big}
    for part in parts or list(known):
        path = HERE / "results.json"
        before = json.loads(path.read_text())["figures"] if path.exists() else {}
        figures = {name: Figure(**each) for name, each in before.items()} | known[part]()
        figures[f"load_average.{part}"] = Figure(os.getloadavg()[1], "processes")
        write_results(HERE, figures, ("dask", "distributed", "lightgbm", "numpy", "pyarrow"))


if __name__ == "__main__":
    main(sys.argv[1:])
