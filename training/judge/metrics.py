"""How good scores are at ranking and at telling probabilities: pure functions of arrays.

Throughout, ``y`` holds outcomes, ``p`` scores (higher: more likely), and ``weights``, where they
are taken, how often each row counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.errors import CohortError, DefinitionError

SHARES: Final = (0.01, 0.05, 0.1)
"""Shares of the ranked rows at which lift and captured positives are reported."""


def checked(y: Values, p: Values) -> tuple[Bools, Floats]:
    """Refuse outcomes and probabilities that cannot be judged.

    Parameters
    ----------
    y : (n,) bool
        Outcomes; 0 and 1 are taken too.
    p : (n,) float64
        Probabilities in [0, 1].

    Returns
    -------
    tuple of (n,) bool and (n,) float64
        The same, in their dtypes.

    Raises
    ------
    DefinitionError
        When shapes differ or a value is out of range, with every fault.
    CohortError
        When all outcomes are the same.

    Examples
    --------
    >>> checked([True, True], [0.5, 0.5])
    Traceback (most recent call last):
    features.errors.CohortError: judging a model needs both outcomes; there are 2 positives and \
0 negatives. Use later or more cutoffs, or a longer horizon.
    """
    outcomes, scores = np.asarray(y), np.asarray(p, dtype=np.float64)
    faults = []
    if outcomes.ndim != 1 or scores.shape != outcomes.shape:
        faults.append(f"y and p must be (n,) alike, got {outcomes.shape} and {scores.shape}")
    if not np.isin(outcomes, (0, 1)).all():
        faults.append("y must hold True and False (or 1 and 0) only")
    if not ((scores >= 0) & (scores <= 1)).all():
        wrong = int((~((scores >= 0) & (scores <= 1))).sum())
        faults.append(f"p must lie in [0, 1]; {wrong} of {scores.size} do not (NaN counts too)")
    if faults:
        raise DefinitionError("judgement of a model", faults)
    outcomes = outcomes.astype(np.bool_)
    positives = int(outcomes.sum())
    if not 0 < positives < len(outcomes):
        raise CohortError(
            f"judging a model needs both outcomes; there are {positives:,} positives and "
            f"{len(outcomes) - positives:,} negatives. Use later or more cutoffs, or a longer "
            "horizon."
        )
    return outcomes, scores


def roc_auc(y: Values, p: Values, weights: Floats | None = None) -> float:
    """Return the chance that a positive row is scored above a negative one; ties count half.

    Returns
    -------
    float
        In [0, 1]; 0.5 is no better than chance. Depends on the order of scores only.

    Raises
    ------
    CohortError, DefinitionError
        See `checked`.

    Examples
    --------
    >>> roc_auc([False, False, True, True], [0.1, 0.4, 0.4, 0.8])
    0.875
    """
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(*checked(y, p), sample_weight=weights))


def average_precision(y: Values, p: Values, weights: Floats | None = None) -> float:
    """Return the precision averaged over the positives, without interpolation.

    Returns
    -------
    float
        In (0, 1]; chance is the base rate, so compare it within one data set only.

    Raises
    ------
    CohortError, DefinitionError
        See `checked`.

    Examples
    --------
    >>> round(average_precision([False, False, True, True], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(*checked(y, p), sample_weight=weights))


def brier(y: Values, p: Values, weights: Floats | None = None) -> float:
    """Return the mean squared difference between probability and outcome (Brier, 1950).

    Returns
    -------
    float
        In [0, 1], lower is better; the base rate ``b`` told to everybody scores ``b (1 - b)``.

    Raises
    ------
    CohortError, DefinitionError
        See `checked`.

    Examples
    --------
    >>> round(brier([False, True], [0.2, 0.8]), 10)
    0.04
    """
    from sklearn.metrics import brier_score_loss

    return float(brier_score_loss(*checked(y, p), sample_weight=weights))


def log_loss(y: Values, p: Values, weights: Floats | None = None) -> float:
    """Return the mean negative log-likelihood, in nats.

    Probabilities are clipped by 2.2e-16, so one that was surely wrong costs 36, not infinity.

    Returns
    -------
    float
        In [0, 36.05], lower is better.

    Raises
    ------
    CohortError, DefinitionError
        See `checked`.

    Examples
    --------
    >>> round(log_loss([False, True], [0.5, 0.5]), 4)
    0.6931
    """
    from sklearn.metrics import log_loss as loss

    return float(loss(*checked(y, p), sample_weight=weights))


def captured_at(y: Values, p: Values, share: float, weights: Floats | None = None) -> float:
    """Return the part of all positives among the highest-scored share of rows.

    Rows that tie at the boundary count by the expected value of breaking ties at random; where
    ``share * n`` is no whole number, the last row counts by its fraction.

    Returns
    -------
    float
        In [0, 1]; chance is ``share``.

    Raises
    ------
    CohortError, DefinitionError
        See `checked`; also when the share is not in (0, 1].

    Examples
    --------
    >>> captured_at([True, False, True, False], [0.9, 0.5, 0.5, 0.1], share=0.5)
    0.75
    """
    if not 0 < share <= 1:
        raise DefinitionError("share of the ranked rows", [f"must be in (0, 1], got {share}"])
    return float(gain(y, p, np.array([share]), weights)[0])


def lift_at(y: Values, p: Values, share: float, weights: Floats | None = None) -> float:
    """Return the rate of positives in the highest-scored share of rows over the base rate.

    Ties count as in `captured_at`.

    Returns
    -------
    float
        In [0, 1 / share]; chance is 1.

    Raises
    ------
    CohortError, DefinitionError
        See `captured_at`.

    Examples
    --------
    >>> lift_at([True, False, True, False], [0.9, 0.5, 0.5, 0.1], share=0.5)
    1.5
    """
    return captured_at(y, p, share, weights) / share


def gain(y: Values, p: Values, shares: Floats, weights: Floats | None = None) -> Floats:
    """Return the captured part of positives at many shares in [0, 1]; see `captured_at`."""
    outcomes, scores = checked(y, p)
    weighed = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=np.float64)
    order, ends = tie_groups(scores)
    total = np.append(0.0, np.cumsum(weighed[order])[ends])
    found = np.append(0.0, np.cumsum((weighed * outcomes)[order])[ends])
    captured: Floats = np.interp(shares * total[-1], total, found) / found[-1]
    return captured


def tie_groups(p: Floats) -> tuple[Ints, Ints]:
    """Rank rows from the highest score down.

    Returns
    -------
    (n,) int64, (groups,) int64
        The order, and the place in it where each group of equal scores ends.
    """
    order = np.argsort(-p, kind="stable")
    ranked = p[order]
    return order, np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(p) - 1)


@dataclass(frozen=True)
class Decile:
    """A tenth of the rows by score.

    Parameters
    ----------
    decile : int
        1 is the highest-scored tenth.
    rows, positives : float
        Expected under random tie-breaking, so not always whole.
    rate, lift : float
        Positives over rows, and that over the base rate.
    captured : float
        Part of all positives in this decile and those above it.
    """

    decile: int
    rows: float
    positives: float
    rate: float
    lift: float
    captured: float


def deciles(y: Values, p: Values) -> tuple[Decile, ...]:
    """Cut the ranked rows into ten equal parts.

    Raises
    ------
    CohortError, DefinitionError
        See `checked`.

    Examples
    --------
    >>> first, *_, last = deciles([True] * 2 + [False] * 18, np.linspace(1, 0, 20))
    >>> first.rate, first.lift, last.captured
    (1.0, 10.0, 1.0)
    """
    outcomes, scores = checked(y, p)
    positives, rows = float(outcomes.sum()), len(outcomes) / 10
    captured = gain(outcomes, scores, np.linspace(0, 1, 11))
    made = []
    for place in range(10):
        here = float(captured[place + 1] - captured[place])
        rate = here * positives / rows
        made.append(
            Decile(place + 1, rows, here * positives, rate, here * 10, float(captured[place + 1]))
        )
    return tuple(made)
