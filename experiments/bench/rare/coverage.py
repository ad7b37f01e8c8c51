"""Whether 95 % intervals by customer hold the truth when positives are few.

Worlds are drawn whose metrics are known; each is judged as a test slice would be, and counted where
the interval holds the metric that endless rows of the same world have.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import numpy as np

from experiments.bench.record import Figure, write_results
from features.arrays import Bools, Floats, Ints
from training.calibration.sigmoid import sigmoid
from training.judge.intervals import bootstrap

HERE: Final = Path(__file__).parent / "coverage"
METRICS: Final = (
    "roc_auc",
    "average_precision",
    "brier",
    "log_loss",
    "calibration_intercept",
    "calibration_slope",
    "lift_at_10",
    "ece",
)


def main() -> None:
    """Draw the worlds and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=500)
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--positives", type=int, nargs="+", default=[30, 100])
    parser.add_argument("--resamples", type=int, default=200)
    told = parser.parse_args()
    HERE.mkdir(exist_ok=True)
    figures: dict[str, Figure] = {}
    for positives in told.positives:
        rate = positives / told.rows
        truth = _truth(rate)
        held, defined, widths = (
            dict.fromkeys(METRICS, 0.0),
            dict.fromkeys(METRICS, 0),
            dict.fromkeys(METRICS, 0.0),
        )
        for seed in range(told.worlds):
            y, p, whose = drawn(told.rows, rate, seed)
            made = bootstrap(y, {"m": p}, whose, resamples=told.resamples, seed=seed)["m"]
            for name in METRICS:
                interval = made.interval(name)
                if np.isfinite(interval.low):
                    defined[name] += 1
                    held[name] += interval.low <= truth[name] <= interval.high
                    widths[name] += interval.high - interval.low
        for name in METRICS:
            place = f"{name}.{positives}_positives"
            figures[f"coverage.{place}"] = Figure(held[name] / max(1, defined[name]), "", "0.95")
            figures[f"width.{place}"] = Figure(widths[name] / max(1, defined[name]), "")
            figures[f"truth.{place}"] = Figure(truth[name], "")
    write_results(HERE, figures, ("numpy",))


def drawn(rows: int, rate: float, seed: int) -> tuple[Bools, Floats, Ints]:
    """Draw outcomes and true probabilities of customers with three rows each.

    What sets customers apart is the score, and half of what is left: the outcomes of a customer's
    rows share a draw with a chance of one half, so that they are correlated given the score.
    """
    random = np.random.default_rng(seed)
    count = rows // 3
    whose = np.repeat(np.arange(count), 3)
    z = _centre(rate) + 1.0 * random.normal(size=count)[whose] + 0.5 * random.normal(size=rows)
    p = sigmoid(z)
    alike = random.random(rows) < 0.5
    luck = np.where(alike, random.random(count)[whose], random.random(rows))
    return luck < p, p, whose


def _centre(rate: float) -> float:
    spread = np.sqrt(1.25) * np.random.default_rng(0).normal(size=200_000)
    low, high = -30.0, 10.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(middle + spread).mean() < rate else (low, middle)
    return low


def _truth(rate: float) -> dict[str, float]:
    y, p, whose = drawn(3_000_000, rate, seed=10**6)
    # The same rows many times over: a bootstrap of two draws, of which only the value is read.
    made = bootstrap(y, {"m": p}, whose, resamples=2)["m"].values
    exact = {"calibration_intercept": 0.0, "calibration_slope": 1.0, "ece": 0.0}
    return {name: made[name] for name in METRICS} | exact


if __name__ == "__main__":
    main()
