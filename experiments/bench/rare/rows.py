"""Rows of a rare outcome, each customer at twelve cutoffs, with the true probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np

from features.arrays import Bools, Floats
from training.calibration.sigmoid import sigmoid

CUTOFFS: Final = 12
"""Of each customer: six train, two stop, four test."""

COLUMNS: Final = 20

Slices: TypeAlias = Mapping[str, Bools]


def drawn(customers: int, rate: float, seed: int) -> tuple[list[Floats], Bools, Floats]:
    """Draw columns, outcomes and true probabilities; four of the twenty columns say something.

    Half of what a column says stays with the customer, so rows of one customer are alike.

    Returns
    -------
    list of (n,) float64, (n,) bool, (n,) float64
        The rows of a customer stand together, in order of time.
    """
    random = np.random.default_rng(seed)
    shape = (customers, CUTOFFS)
    columns = [
        (random.normal(size=(customers, 1)) + random.normal(size=shape)).ravel() / np.sqrt(2)
        for _ in range(COLUMNS)
    ]
    first, second, third, fourth = columns[:4]
    drift = 0.9 * first + 0.5 * np.abs(second) + 0.6 * (third > 0.5) * (fourth > 0)
    low, high = -40.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(middle + drift).mean() < rate else (low, middle)
    truth = sigmoid(low + drift)
    return columns, random.random(len(truth)) < truth, truth


def slices_of(rows: int) -> dict[str, Bools]:
    """Return the rows of each slice, by the place of their cutoff."""
    place = np.arange(rows) % CUTOFFS
    held = {"train": place < 6, "stop": (place >= 6) & (place < 8), "test": place >= 8}
    return held | {"develop": place < 8}
