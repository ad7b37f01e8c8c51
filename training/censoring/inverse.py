"""Weights by which rows that were not interrupted stand for those that were.

A row whose answer came after time ``t`` counts ``1 / G(t | x)``, where ``G`` is the chance of
customers like it not to be interrupted by ``t``. An early outcome had little time to be
interrupted, and a window that passed without one had much; leaving interrupted rows out would take
the early for frequent. (Robins and Rotnitzky, 1992; Robins, Rotnitzky and Zhao, 1994, J. Am. Stat.
Assoc. 89; for judging: Graf and others, 1999, Statistics in Medicine 18.)
"""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.kernel import Vectors
from features.schema import Schema
from training.baselines import preparation
from training.censoring.followed import Followed

LEAST: Final = 25
"""Interruptions that each stratum has at least, among the rows by which strata are laid."""

_SHORTEST: Final = 1e-3  # of the longest time followed: a rate over no time at all has no bound


def strata(vectors: Vectors, seen: Followed, learnt: Bools, most: int) -> Ints:
    """Group rows by how often customers like them are interrupted.

    The rate of interruptions is a log-linear function of a row's own features, fitted on the time
    for which rows were followed (Poisson regression with exposure); groups are quantiles of it.

    Parameters
    ----------
    vectors : Vectors
        Rows.
    seen : Followed
        What ended them.
    learnt : (r,) bool
        Rows by which the function and the groups are laid.
    most : int
        Groups at most; fewer where `LEAST` interruptions each are not there.

    Returns
    -------
    (r,) int64
        From 0 for those who are interrupted least.
    """
    count = min(most, int(np.count_nonzero(seen.interrupted & learnt)) // LEAST)
    if count < 2:
        return np.zeros(len(vectors), dtype=np.int64)
    rate = _rates(vectors, seen, learnt)
    edges = np.unique(np.quantile(rate[learnt], np.arange(1, count) / count))
    return np.searchsorted(edges, rate, side="right").astype(np.int64)


def _rates(vectors: Vectors, seen: Followed, learnt: Bools) -> Floats:
    from sklearn.linear_model import PoissonRegressor
    from sklearn.pipeline import make_pipeline

    schema = Schema.fit(vectors.take(learnt))
    matrix = schema.matrix(vectors)
    exposure = np.maximum(seen.elapsed / seen.elapsed.max(), _SHORTEST)
    model = make_pipeline(
        preparation(schema), PoissonRegressor(alpha=1e-3, solver="newton-cholesky", max_iter=200)
    )
    hazard = seen.interrupted[learnt] / exposure[learnt]
    model.fit(matrix[learnt], hazard, poissonregressor__sample_weight=exposure[learnt])
    found: Floats = np.asarray(model.predict(matrix), dtype=np.float64)
    return found


def inverse(seen: Followed, groups: Ints, most: float) -> Floats:
    """Weigh rows by the inverse of their chance to be followed to their answer.

    In each group the chance falls with time as Kaplan and Meier (1958) estimate it, with
    interruptions as what is waited for.

    Parameters
    ----------
    seen : Followed
        What ended each row.
    groups : (r,) int64
        Rows that are interrupted alike.
    most : float
        Largest weight.

    Returns
    -------
    (r,) float64
        0 for interrupted rows, 1 or more for others. In a group in which nobody is capped and whose
        longest-followed rows have answers they sum to its rows.

    Examples
    --------
    >>> seen = Followed(np.array([1, 2, 3, 4]), np.array([False, True, False, False]))
    >>> inverse(seen, np.zeros(4, int), most=20).round(3).tolist()
    [1.0, 0.0, 1.5, 1.5]
    """
    weights = np.zeros(len(groups))
    for group in np.unique(groups):
        here = np.flatnonzero(groups == group)
        times, ended = seen.elapsed[here], seen.interrupted[here]
        steps, place = np.unique(times, return_inverse=True)
        lost = np.bincount(place, ended, len(steps))
        followed = len(here) - np.append(0, np.cumsum(np.bincount(place))[:-1])
        stays = np.cumprod(1 - lost / followed)[place]
        kept = ~ended
        weights[here[kept]] = 1 / np.maximum(stays[kept], 1 / most)
    return weights
