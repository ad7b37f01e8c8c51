"""What leaving out negatives costs and saves: full rows, prior correction and weights, by seed.

Every method and seed is learnt in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from experiments.bench.rare.influence import auc_influence, brier_influence, clustered
from experiments.bench.rare.rows import CUTOFFS, Slices, drawn, slices_of
from experiments.bench.record import Figure, write_results
from features.arrays import Bools, Floats, Ints
from training.calibration.sigmoid import sigmoid
from training.config import Config, Params
from training.fit import Binned, Columns, Rows, fit, margins, refit
from training.judge.metrics import brier, log_loss, roc_auc
from training.judge.reliability import log_odds, shift
from training.sampling import Sample, Sampling, kept_share

HERE: Final = Path(__file__).parent
CONFIG: Final = Config(rounds=200, patience=20)
PARAMS: Final = Params(learning_rate=0.1)
METHODS: Final = {
    "full": None,
    "offset_50": 50,
    "offset_10": 10,
    "weighted_10": 10,
}


def main() -> None:
    """Learn by every method and seed, and compare with full rows on the same test rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=25_000, help="each at 12 cutoffs")
    parser.add_argument("--rate", type=float, default=0.001)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("METHOD", "FOLDER"), help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.child:
        learn_alone(told.child[0], Path(told.child[1]))
        return
    runs: dict[str, list[dict[str, Any]]] = {method: [] for method in METHODS}
    for seed in range(told.seeds):
        with tempfile.TemporaryDirectory() as room:
            folder = Path(room)
            truth, test, label = write_world(folder, told.customers, told.rate, seed)
            scores = {method: _apart(method, folder, runs[method]) for method in METHODS}
        codes = (np.arange(len(label)) // CUTOFFS)[test]
        _judge(label[test], scores | {"truth": truth[test]}, codes, runs)
        figures = _figures(runs)
        # Written anew after every seed: the run takes minutes.
        write_results(HERE, figures, ("lightgbm", "numpy"))


def write_world(
    folder: Path, customers: int, rate: float, seed: int
) -> tuple[Floats, Bools, Bools]:
    """Keep columns and outcomes of a world in files; return truth, test rows and outcomes."""
    columns, label, truth = drawn(customers, rate, seed)
    np.save(folder / "label.npy", label)
    np.save(folder / "columns.npy", np.stack(columns))
    return truth, slices_of(len(label))["test"], label


def learn_alone(method: str, folder: Path) -> None:
    """Learn by one method in this process; leave scores, seconds and peak memory in files."""
    label, columns = np.load(folder / "label.npy"), list(np.load(folder / "columns.npy"))
    slices, whose = slices_of(len(label)), np.arange(len(label)) // CUTOFFS
    started = time.perf_counter()
    at = np.arange(len(label), dtype=np.int64) % CUTOFFS
    negatives = METHODS[method]
    sampling = Sampling("always", negatives) if negatives else Sampling("never")
    sample = Sample.drawn(label, whose, at, slices["develop"], sampling, seed=7)
    weighted = method.startswith("weighted")
    train, develop = (
        _learnt(columns, label, slices, sample, name, weighted) for name in ("train", "develop")
    )
    stop = _taken(columns, label, slices["stop"])
    names = Columns([f"c{place}" for place in range(len(columns))], ())
    found = fit(Binned.of(train, stop, names, CONFIG), PARAMS, CONFIG)
    booster = refit(develop, names, PARAMS, CONFIG, found.rounds)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = sigmoid(margins(booster, _taken(columns, label, slices["test"]).matrix))
    np.save(folder / f"{method}.npy", told)
    report = {
        "seconds": seconds,
        "peak_mib": peak,
        "rounds": found.rounds,
        "rows": len(develop.label),
        "share": sample.share,
        "positives": int(develop.label.sum()),
    }
    (folder / f"{method}.json").write_text(json.dumps(report))


def _learnt(
    columns: list[Floats],
    label: Bools,
    slices: Slices,
    sample: Sample,
    name: str,
    weighted: bool,
) -> Rows:
    mask = slices[name]
    share = kept_share(label[mask], sample.kept[mask])
    rows = _taken(columns, label, mask & sample.kept)
    if weighted:
        return Rows(rows.matrix, rows.label, np.where(rows.label, 1.0, 1 / share))
    return Rows(rows.matrix, rows.label, kept=share)


def _taken(columns: list[Floats], label: Bools, mask: Bools) -> Rows:
    return Rows(np.column_stack([each[mask] for each in columns]), label[mask])


def _apart(method: str, folder: Path, runs: list[dict[str, Any]]) -> Floats:
    command = [sys.executable, "-m", "experiments.bench.rare.run", "--child", method, str(folder)]
    subprocess.run(command, check=True)
    runs.append(json.loads((folder / f"{method}.json").read_text()))
    found: Floats = np.load(folder / f"{method}.npy")
    return found


def _judge(
    y: Bools, scores: dict[str, Floats], codes: Ints, runs: dict[str, list[dict[str, Any]]]
) -> None:
    judged = {method: _measured(y, p) for method, p in scores.items()}
    for method, made in runs.items():
        for name, (value, influence) in judged[method].items():
            against, other = judged["full"][name]
            apart = value - against
            # 1.96 standard errors of the paired difference, by customer.
            wide = 1.96 * float(np.sqrt((clustered(influence - other, codes) ** 2).sum()))
            made[-1] |= {
                name: value,
                f"minus_full.{name}": apart,
                f"minus_full.{name}.half_width": wide,
                f"minus_full.{name}.holds_0": abs(apart) <= wide,
            }
        log_ratio = np.log(scores[method] / scores["truth"])
        made[-1]["rms_log_ratio_to_truth"] = float(np.sqrt((log_ratio**2).mean()))
        print(method, {key: _short(value) for key, value in made[-1].items()}, flush=True)
    print(
        "truth", {name: _short(value) for name, (value, _) in judged["truth"].items()}, flush=True
    )


def _measured(y: Bools, p: Floats) -> dict[str, tuple[float, Floats]]:
    """Return each metric with the influence of every row on it."""
    one, z = np.ones(len(y)), log_odds(p)
    lost = -np.where(y, np.log(p), np.log1p(-p))
    alone = shift(y.astype(np.float64), z)
    mean = sigmoid(alone + z)
    return {
        "roc_auc": (roc_auc(y, p), auc_influence(y, p, one)),
        "log_loss": (log_loss(y, p), (lost - lost.mean()) / len(y)),
        "brier": (brier(y, p), brier_influence(y, p, one)),
        "calibration_intercept": (alone, (y - mean) / (mean * (1 - mean)).sum()),
    }


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _figures(runs: dict[str, list[dict[str, Any]]]) -> dict[str, Figure]:
    units = {"seconds": "s", "peak_mib": "MiB", "rows": "rows", "positives": "rows"}
    figures = {}
    for method, made in runs.items():
        for key in made[0]:
            values = [float(each[key]) for each in made]
            if key.endswith("holds_0"):
                figures[f"{key}.{method}"] = Figure(sum(values), f"of {len(values)} seeds")
            else:
                figures[f"{key}.{method}"] = Figure(float(np.mean(values)), units.get(key, ""))
                figures[f"{key}.{method}.sd"] = Figure(float(np.std(values)), units.get(key, ""))
    return figures


if __name__ == "__main__":
    main()
