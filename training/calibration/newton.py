"""Logistic regression of a few columns, for calibrators."""

from __future__ import annotations

import numpy as np

from features.arrays import Bools, Floats

_RIDGE = 1e-9
"""Of the mean curvature: columns that say the same leave a valley without a lowest point."""


def smoothed(y: Bools, weights: Floats | None = None) -> Floats:
    """Return Platt's targets: as if one more row of each outcome had been seen (Platt, 1999).

    Weights say how often each row counts; left out, once.

    Examples
    --------
    >>> smoothed(np.array([True, False, False])).round(3).tolist()
    [0.667, 0.25, 0.25]
    """
    counts = np.ones(len(y)) if weights is None else weights
    positives, negatives = float(counts[y].sum()), float(counts[~y].sum())
    high, low = (positives + 1) / (positives + 2), 1 / (negatives + 2)
    return np.where(y, high, low)


def logistic(
    design: Floats,
    targets: Floats,
    offset: Floats | float = 0.0,
    weights: Floats | None = None,
    stiffness: Floats | float = 0.0,
) -> Floats:
    """Find ``w`` of least log loss for ``P = sigmoid(offset + design @ w)``.

    Newton steps, halved while they would raise the loss.

    Parameters
    ----------
    design : (n, k) float64
        Columns; an intercept is a column of ones.
    targets : (n,) float64
        In (0, 1), so that the loss has a lowest point.
    offset : (n,) float64 or float
        Log-odds that are given.
    weights : (n,) float64, optional
        How often each row counts, above 0; left out, once.
    stiffness : (k,) float64 or float
        Adds ``stiffness * w ** 2 / 2`` to the sum of losses, 0 or more: one over the variance of a
        normal prior around 0.

    Returns
    -------
    (k,) float64

    Examples
    --------
    >>> ones = np.ones((4, 1))
    >>> logistic(ones, np.array([0.9, 0.9, 0.9, 0.3])).round(6).tolist()  # log(3)
    [1.098612]
    """
    counts = np.ones(len(targets)) if weights is None else weights
    at, rows = np.zeros(design.shape[1]), float(counts.sum())

    def loss(w: Floats) -> float:
        drawn = float(np.sum(stiffness * w**2)) / 2
        return _loss(targets, offset + design @ w, counts) + drawn

    last = loss(at)
    for _ in range(100):
        mean = 1 / (1 + np.exp(-np.clip(offset + design @ at, -500, 500)))
        curvature = design.T @ (design * (counts * mean * (1 - mean))[:, None])
        curvature += np.eye(len(at)) * (_RIDGE * np.trace(curvature) + 1e-300 + stiffness)
        slope = design.T @ (counts * (targets - mean)) - stiffness * at
        step = np.linalg.solve(curvature, slope)
        while (found := loss(at + step)) > last + 1e-12 * rows:
            step = step / 2
        at, last = at + step, found
        if np.abs(step).max() < 1e-10:
            break
    return at


def _loss(targets: Floats, z: Floats, counts: Floats) -> float:
    return float((counts * (np.logaddexp(0, z) - targets * z)).sum())
