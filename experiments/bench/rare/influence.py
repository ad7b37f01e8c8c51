"""What each row adds to the error of a metric; summed by customer and squared, its variance.

The infinitesimal jackknife (Efron, 1981, Biometrika 68), which a bootstrap of customers approaches
and which costs one pass over many rows. For the AUC it is the estimator of Obuchowski (1997,
Biometrics 53).
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from features.arrays import Bools, Floats, Ints

_SIDES: Final[tuple[Literal["left", "right"], ...]] = ("left", "right")


def clustered(influence: Floats, codes: Ints) -> Floats:
    """Sum influences over the rows of each customer, (customers,)."""
    return np.bincount(codes, influence).astype(np.float64)


def brier_influence(y: Bools, p: Floats, weights: Floats) -> Floats:
    """Return what each row adds to the error of the Brier score, (n,); they sum to 0."""
    lost = (p - y) ** 2
    whole = weights.sum()
    found: Floats = weights * (lost - (weights * lost).sum() / whole) / whole
    return found


def auc_influence(y: Bools, p: Floats, weights: Floats) -> Floats:
    """Return what each row adds to the error of the AUC, (n,); they sum to 0."""
    found = np.empty(len(p))
    yes, no = _Ranked(p[y], weights[y]), _Ranked(p[~y], weights[~y])
    below, above = no.below(p[y]), 1 - yes.below(p[~y])
    auc = (weights[y] * below).sum() / yes.whole
    found[y] = weights[y] * (below - auc) / yes.whole
    found[~y] = weights[~y] * (above - auc) / no.whole
    return found


class _Ranked:
    """Scores of one outcome in order, to ask what part of them lies below others."""

    def __init__(self, p: Floats, weights: Floats) -> None:
        order = np.argsort(p, kind="stable")
        self.sorted = p[order]
        self.upto = np.append(0.0, np.cumsum(weights[order]))
        self.whole = float(self.upto[-1])

    def below(self, p: Floats) -> Floats:
        """Return the part below each score; ties count half."""
        low, high = (self.upto[np.searchsorted(self.sorted, p, side=side)] for side in _SIDES)
        found: Floats = (low + high) / 2 / self.whole
        return found
