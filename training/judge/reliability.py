"""Whether a probability means what it says: bins, ECE, slope and intercept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints, Values
from training.judge.metrics import checked

BINS: Final = 10
"""Bins of the reliability table."""

_TINY: Final = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class ReliabilityBin:
    """Rows with probabilities close to one another.

    Parameters
    ----------
    low, high : float
        Smallest and largest probability.
    rows, positives : int
        How many.
    predicted, observed : float
        Mean probability, and rate of positives.
    """

    low: float
    high: float
    rows: int
    positives: int
    predicted: float
    observed: float


def bin_codes(p: Floats, bins: int = BINS) -> Ints:
    """Number the rows by bins of about equal counts that never part equal probabilities.

    A group of ties goes where its middle row falls, so a plateau of an isotonic calibrator that
    holds a third of the rows makes one bin of a third, and there are fewer bins in all.

    Returns
    -------
    (n,) int64
        From 0 for the lowest probabilities, without holes.

    Examples
    --------
    >>> bin_codes(np.array([0.1, 0.3, 0.3, 0.3, 0.9]), bins=5)
    array([0, 1, 1, 1, 2])
    """
    _, group, counts = np.unique(p, return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - counts / 2
    places = np.floor(bins * middles / len(p)).astype(np.int64)
    codes: Ints = np.unique(places, return_inverse=True)[1][group].astype(np.int64)
    return codes


def reliability(y: Values, p: Values, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """Compare probabilities with observed rates, bin by bin; see `bin_codes`.

    Raises
    ------
    CohortError, DefinitionError
        See `checked`.

    Examples
    --------
    >>> [(each.rows, each.observed) for each in reliability([0, 0, 1, 1], [0.1, 0.1, 0.7, 0.7])]
    [(2, 0.0), (2, 1.0)]
    """
    outcomes, scores = checked(y, p)
    codes = bin_codes(scores, bins)
    made = []
    for code in range(int(codes.max()) + 1):
        here = codes == code
        inside = scores[here]
        rows, positives = int(here.sum()), int(outcomes[here].sum())
        predicted = float(inside.mean())
        made.append(
            ReliabilityBin(
                float(inside.min()),
                float(inside.max()),
                rows,
                positives,
                predicted,
                positives / rows,
            )
        )
    return tuple(made)


def ece(y: Values, p: Values, bins: int = BINS) -> float:
    """Return the expected calibration error: the mean gap between probability and rate over bins.

    A finite sample never shows 0: a perfectly calibrated model has about
    ``0.8 * sqrt(bins * b * (1 - b) / n)`` at base rate ``b``.

    Returns
    -------
    float
        In [0, 1]; lower is better.

    Raises
    ------
    CohortError, DefinitionError
        See `checked`.

    Examples
    --------
    >>> round(ece([0, 0, 1, 1], [0.1, 0.1, 0.7, 0.7]), 10)
    0.2
    """
    table = reliability(y, p, bins)
    rows = sum(each.rows for each in table)
    return sum(each.rows * abs(each.predicted - each.observed) for each in table) / rows


def log_odds(p: Floats) -> Floats:
    """Return ``log(p / (1 - p))``; probabilities are clipped by 2.2e-16 first."""
    inside = np.clip(p, _TINY, 1 - _TINY)
    return np.log(inside) - np.log1p(-inside)


def calibration_slope(y: Values, p: Values) -> float:
    """Return the slope of a logistic regression of the outcome on the log-odds (Cox, 1958).

    Returns
    -------
    float
        1 when calibrated; below 1 when probabilities are too extreme (an overfitted model), above
        1 when too timid; NaN when not defined: all probabilities are the same, or they part the
        outcomes perfectly.

    Raises
    ------
    CohortError, DefinitionError
        See `checked`.

    Examples
    --------
    >>> p = np.repeat([0.2, 0.8], 5)
    >>> round(calibration_slope([1, 0, 0, 0, 0, 1, 1, 1, 1, 0], p), 6)
    1.0
    """
    outcomes, scores = checked(y, p)
    return cox(outcomes.astype(np.float64), log_odds(scores))[1]


def calibration_intercept(y: Values, p: Values) -> float:
    """Return calibration in the large: the shift of all log-odds that makes the mean right.

    The slope is held at 1 (Van Calster et al., 2016, J. Clin. Epidemiol. 74, level "weak").

    Returns
    -------
    float
        0 when calibrated, in log-odds; above 0 when probabilities are too low on the whole.

    Raises
    ------
    CohortError, DefinitionError
        See `checked`.

    Examples
    --------
    >>> round(calibration_intercept([1, 1, 1, 0], np.full(4, 0.5)), 6)  # log(3)
    1.098612
    """
    outcomes, scores = checked(y, p)
    return shift(outcomes.astype(np.float64), log_odds(scores))


def cox(y: Floats, z: Floats) -> tuple[float, float]:
    """Fit ``P(y) = sigmoid(a + b z)`` by damped Newton steps; (NaN, NaN) when not defined."""
    at = np.array([shift(y, 0 * z), 0.0])
    design = np.column_stack([np.ones(len(z)), z])
    last = _loss(y, design @ at)
    for _ in range(100):
        mean = _sigmoid(design @ at)
        hessian = design.T @ (design * (mean * (1 - mean))[:, None])
        # Constant or perfectly parting scores leave no curvature along the slope.
        if np.linalg.det(hessian) <= 1e-10 * hessian[0, 0] ** 2:
            return float("nan"), float("nan")
        step = np.linalg.solve(hessian, design.T @ (y - mean))
        while (loss := _loss(y, design @ (at + step))) > last + 1e-12 * len(y):
            step = step / 2
        at, last = at + step, loss
        if np.abs(step).max() < 1e-10:
            return float(at[0]), float(at[1])
    return float("nan"), float("nan")


def shift(y: Floats, z: Floats) -> float:
    """Find the ``a`` with ``mean(sigmoid(a + z)) = mean(y)``."""
    low, high = -80.0, 80.0
    for _ in range(60):
        middle = (low + high) / 2
        if _sigmoid(middle + z).mean() < y.mean():
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _sigmoid(z: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def _loss(y: Floats, z: Floats) -> float:
    return float((np.logaddexp(0, z) - y * z).sum())
