"""Customers who buy at a rate of their own until a contact makes them buy more often."""

from __future__ import annotations

import numpy as np

from features.arrays import Floats
from features.instants import micros
from features.kernel import Vectors
from training.censoring.followed import Followed
from training.snapshots import Snapshot

HORIZON = 28.0


def world(count: int, seed: int, lift: float = 4.0) -> tuple[Snapshot, Floats]:
    """Return rows, and the chance that each customer would have bought without a contact.

    Those who buy most are contacted most, and buy ``lift`` times as often from then on.
    """
    random = np.random.default_rng(seed)
    habit = random.normal(size=count)
    rate = 0.008 * np.exp(0.9 * habit)
    contact = random.exponential(1 / (0.02 * np.exp(0.8 * habit)))
    patience = random.exponential(size=count)
    alone = patience / rate
    buys = np.where(alone <= contact, alone, contact + (alone - contact) / lift)
    label = buys < HORIZON
    elapsed = np.minimum(np.minimum(buys, contact), HORIZON)
    interrupted = contact <= np.minimum(buys, np.nextafter(HORIZON, 0))
    vectors = Vectors(
        np.arange(count),
        np.repeat(np.arange(2), count // 2).astype(np.int64),
        {"habit": habit + random.normal(0, 0.2, count), "noise": random.normal(size=count)},
    )
    seen = Followed(np.array([micros(each) for each in elapsed], dtype=np.int64), interrupted)
    return Snapshot(vectors, label, followed=seen), 1 - np.exp(-rate * HORIZON)
