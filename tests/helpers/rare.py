"""Rows of a rare outcome whose true probability is known."""

from __future__ import annotations

import numpy as np

from features.arrays import Bools, Floats
from features.kernel import Vectors
from training.snapshots import Snapshot


def world(count: int, rate: float, seed: int, visits: int = 4) -> tuple[Snapshot, Floats]:
    """Return rows of customers who come ``visits`` times, and the true probability of each.

    ``signal`` and ``city`` say something of the outcome, ``days`` and ``noise`` next to nothing.
    """
    random = np.random.default_rng(seed)
    customers = np.repeat(np.arange(count // visits), visits)
    cutoffs = np.tile(np.arange(visits, dtype=np.int64) * 86_400_000_000, count // visits)
    signal = random.normal(size=len(customers))
    city = random.choice(np.array(["Bonn", "Oslo", "Rome"], dtype=object), len(customers))
    drift = 1.2 * signal + 0.8 * (city == "Rome")
    low, high = -30.0, 10.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _sigmoid(middle + drift).mean() < rate else (low, middle)
    truth = _sigmoid(low + drift)
    columns = {
        "signal": signal,
        "noise": random.normal(size=len(customers)),
        "days": random.exponential(30, len(customers)) - 5 * (signal > 1),
        "city": city,
    }
    label: Bools = random.random(len(customers)) < truth
    return Snapshot(Vectors(customers, cutoffs, columns), label), truth


def _sigmoid(z: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-z))
    return found
