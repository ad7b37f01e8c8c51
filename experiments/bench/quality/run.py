"""How good, how well calibrated and how dear Foretell's models are, beside those of others.

    make bench-quality
    python -m experiments.bench.quality.run --datasets bank_marketing --budget 60

Every method is given the same rows, the same slices of time, the same seconds on two threads, and
an environment of its own. Answers are kept in the cache for each budget and made anew with --fresh.
Once a budget was run with all methods on all data sets, results.json is written.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.bench.alone import beside
from experiments.bench.features.environments import bench_cache, python_of
from experiments.bench.quality.datasets import DATASETS, export
from experiments.bench.record import Figure, write_results
from features.arrays import Floats
from training.judge.intervals import Replicates, bootstrap

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
METHODS: Final = {
    "foretell": ("foretell", ""),
    "lightgbm": ("lightgbm_plain", ""),
    "logistic": ("logistic", ""),
    "xgboost": ("xgboost_tuned", "xgboost"),
    "catboost": ("catboost_tuned", "catboost"),
    "flaml": ("flaml_automl", "flaml"),
    "autogluon_medium": ("autogluon_presets", "autogluon"),
    "autogluon_best": ("autogluon_presets", "autogluon"),
    "scorecard": ("scorecard", "optbinning"),
    "foretell_one": ("foretell", ""),
    "foretell_before": ("foretell", ""),
    "foretell_periods": ("foretell", ""),
}
"""Module and environment of each method."""

COMPARED: Final = tuple(each for each in METHODS if not each.startswith("foretell_"))
"""Methods of the comparison; the others tell what a part of Foretell's own way brings."""

SHOWN: Final = {
    "auc": "roc_auc",
    "ap": "average_precision",
    "lift10": "lift_at_10",
    "brier": "brier",
    "ece": "ece",
}
COSTS: Final = {"train_s": "s", "score_us": "us a row", "bytes": "bytes"}
THREADS: Final = 2


def main() -> None:
    """Run the methods that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--datasets", nargs="+", choices=[*DATASETS], default=[*DATASETS])
    parser.add_argument("--methods", nargs="+", choices=[*METHODS], default=[*COMPARED])
    parser.add_argument("--budget", type=int, default=120, help="seconds of search and fit")
    parser.add_argument("--fresh", action="store_true", help="make the answers anew")
    asked = parser.parse_args()
    room = bench_cache().with_name("quality")
    figures: dict[str, Figure] = {}
    for name in asked.datasets:
        for task, folder in export(name, room).items():
            answers = folder / f"budget-{asked.budget}"
            for method in asked.methods:
                _answered(method, folder, answers / method, asked.budget, is_fresh=asked.fresh)
            figures |= _judged(f"{name}.{task}", folder, answers, asked.methods)
    whole = set(asked.datasets) == set(DATASETS) and set(asked.methods) == set(COMPARED)
    if whole:
        figures |= _totals(figures) | {"budget_s": Figure(asked.budget, "s")}
        write_results(HERE, figures, ("lightgbm", "numpy", "scikit-learn"), _pins())
        return
    print(json.dumps({key: each.value for key, each in figures.items()}, indent=1))


def _answered(method: str, folder: Path, into: Path, budget: int, *, is_fresh: bool) -> None:
    if (into / "told.json").exists() and not is_fresh:
        return
    module, peer = METHODS[method]
    print(f"{folder.parent.name} {folder.name}: {method}", flush=True)
    command = [str(python_of(peer, HERE / "peers")), "-W", "ignore", "-m"]
    command += [f"experiments.bench.quality.methods.{module}", str(folder), str(into)]
    command += ["--budget", str(budget), "--threads", str(THREADS)]
    settings = {**os.environ, "OMP_NUM_THREADS": str(THREADS), "PYTHONHASHSEED": "0"}
    with beside() as others:
        ended = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"{method} failed:\n{ended.stderr[-3000:]}")
    told = into / "told.json"
    told.write_text(json.dumps({**json.loads(told.read_text()), **others}))


def _judged(name: str, folder: Path, answers: Path, methods: list[str]) -> dict[str, Figure]:
    frame = pd.read_parquet(folder / "rows.parquet", columns=["label", "customer", "slice"])
    test = frame[frame["slice"] == "test"]
    label = test["label"].to_numpy().astype(np.bool_)
    scores: dict[str, Floats] = {}
    for each in methods:
        scores[each] = np.clip(np.load(answers / each / "scores.npy"), 0.0, 1.0)
        if len(scores[each]) != len(test):
            raise ValueError(f"{each} answered {len(scores[each])} of {len(test)} rows")
    drawn = bootstrap(label, scores, test["customer"].to_numpy())
    found = {
        f"rows.{name}": Figure(len(test), "rows"),
        f"positives.{name}": Figure(int(label.sum()), "rows"),
    }
    for method, replicates in drawn.items():
        for short, metric in SHOWN.items():
            interval = replicates.interval(metric)
            found[f"{short}.{name}.{method}"] = Figure(interval.value, short)
            found[f"{short}_low.{name}.{method}"] = Figure(interval.low, short)
            found[f"{short}_high.{name}.{method}"] = Figure(interval.high, short)
        told: dict[str, Any] = json.loads((answers / method / "told.json").read_text())
        for cost, unit in COSTS.items():
            found[f"{cost}.{name}.{method}"] = Figure(told[cost], unit)
        if "beside" in told:
            goal = "0.05 or less: what others used of the processors"
            found[f"beside.{name}.{method}"] = Figure(told["beside"], "share", goal)
        if method != "foretell" and "foretell" in drawn:
            found |= _lead(name, method, drawn["foretell"], replicates)
    _show(name, found, methods)
    return found | _goals(name, found, [each for each in methods if each in COMPARED])


def _lead(name: str, method: str, ours: Replicates, theirs: Replicates) -> dict[str, Figure]:
    lead, excess = ours.minus(theirs, "roc_auc"), ours.minus(theirs, "ece")
    return {
        f"lead.{name}.{method}": Figure(lead.value, "AUC", "-0.002 or more"),
        f"lead_low.{name}.{method}": Figure(lead.low, "AUC"),
        f"lead_high.{name}.{method}": Figure(lead.high, "AUC"),
        f"ece_excess.{name}.{method}": Figure(excess.value, "ECE", "0 or less"),
        f"ece_excess_low.{name}.{method}": Figure(excess.low, "ECE"),
        f"ece_excess_high.{name}.{method}": Figure(excess.high, "ECE"),
    }


def _goals(name: str, found: dict[str, Figure], compared: list[str]) -> dict[str, Figure]:
    """Return how many methods rank ahead, how many are calibrated closer, and what scoring saves.

    Beyond chance: the interval of the paired difference leaves 0 out.
    """

    def value(short: str, method: str) -> float:
        return found[f"{short}.{name}.{method}"].value

    others = [each for each in compared if each != "foretell"]
    if "foretell" not in compared or not others:
        return {}
    ahead = [each for each in others if value("lead", each) < 0]
    closer = [each for each in others if value("ece_excess", each) > 0]
    goals = {
        f"behind.{name}": Figure(
            max(0.0, *(-value("lead", each) for each in others)), "AUC", "0.002 or less"
        ),
        f"ahead.{name}": Figure(len(ahead), "methods", "0"),
        f"ahead_beyond_chance.{name}": Figure(
            sum(value("lead_high", each) < 0 for each in ahead), "methods", "0"
        ),
        f"closer.{name}": Figure(len(closer), "methods", "0"),
        f"closer_beyond_chance.{name}": Figure(
            sum(value("ece_excess_low", each) > 0 for each in closer), "methods", "0"
        ),
    }
    if "autogluon_best" in others:
        times = value("score_us", "autogluon_best") / value("score_us", "foretell")
        goals[f"cheaper.{name}"] = Figure(times, "times autogluon_best", "50 or more")
    return goals


def _totals(found: Mapping[str, Figure]) -> dict[str, Figure]:
    """Return the mean rank of each method by AUC, and on how many tasks Foretell leads it."""
    tasks = [each.removeprefix("rows.") for each in found if each.startswith("rows.")]
    totals: dict[str, Figure] = {}
    for method in COMPARED:
        ranks = [
            1
            + sum(
                found[f"auc.{task}.{each}"].value > found[f"auc.{task}.{method}"].value
                for each in COMPARED
            )
            for task in tasks
        ]
        totals[f"mean_rank.{method}"] = Figure(sum(ranks) / len(ranks), "rank by AUC")
        if method != "foretell":
            for short, end in (("leads", "lead"), ("leads_beyond_chance", "lead_low")):
                many = sum(found[f"{end}.{task}.{method}"].value > 0 for task in tasks)
                totals[f"{short}.{method}"] = Figure(many, f"of {len(tasks)} tasks")
    return totals


def _show(name: str, found: dict[str, Figure], methods: list[str]) -> None:
    print(f"\n{name}: {found[f'rows.{name}'].value:,.0f} rows")
    head = [*SHOWN, *COSTS]
    print(f"{'':18}" + "".join(f"{each:>12}" for each in head))
    for method in methods:
        values = [found[f"{each}.{name}.{method}"].value for each in head]
        print(f"{method:18}" + "".join(f"{value:12.5g}" for value in values), flush=True)


def _pins() -> dict[str, str]:
    """Return the pinned version of each peer."""
    names = ("xgboost-cpu", "catboost", "flaml", "autogluon.tabular", "optbinning")
    found = {}
    for file in sorted((HERE / "peers").glob("*.txt")):
        for line in file.read_text().splitlines():
            package, _, pinned = line.partition("==")
            if package.split("[")[0] in names:
                found[package.split("[")[0]] = pinned
    return found


if __name__ == "__main__":
    main()
