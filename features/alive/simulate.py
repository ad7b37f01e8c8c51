"""Customers drawn from a model, whose parameters are therefore known."""

from __future__ import annotations

import numpy as np

from features.alive.models import PurchaseModel, SpendModel
from features.arrays import Floats


def purchases(
    model: PurchaseModel, ages: Floats, rng: np.random.Generator, horizon_days: float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """Draw what customers did until a cutoff, and how often they buy in the days after it.

    Parameters
    ----------
    model : PurchaseModel
        The truth.
    ages : (n,) float64
        Days from the first purchase to the cutoff.
    rng : numpy.random.Generator
        Where chance comes from.
    horizon_days : float
        Days after the cutoff.

    Returns
    -------
    frequency, recency, future : (n,) float64
        Repeat purchases, days from the first to the last, and purchases after the cutoff.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x, t_x, _ = purchases(PurchaseModel(1, 10, 1, 3), np.full(4, 90.0), rng)
    >>> bool((t_x <= 90).all() and ((x > 0) == (t_x > 0)).all())
    True
    """
    n = len(ages)
    rate = rng.gamma(model.r, 1.0 / model.alpha, n)
    leaving = rng.beta(model.a, model.b, n)
    frequency, recency, future, now = (np.zeros(n) for _ in range(4))
    stays = rng.random(n) >= leaving * model.chances
    here = np.flatnonzero(stays & (rate > 0))
    while len(here):
        now[here] += rng.exponential(1.0 / rate[here])
        here = here[now[here] < ages[here] + horizon_days]
        past = here[now[here] < ages[here]]
        frequency[past] += 1
        recency[past] = now[past]
        future[here[now[here] >= ages[here]]] += 1
        here = here[rng.random(len(here)) >= leaving[here]]
    return frequency, recency, future


def mean_spends(model: SpendModel, frequency: Floats, rng: np.random.Generator) -> Floats:
    """Draw the mean spend of each customer's repeat purchases; NaN without any.

    Examples
    --------
    >>> spent = mean_spends(SpendModel(6, 4, 15), np.array([0.0, 3.0]), np.random.default_rng(1))
    >>> np.isnan(spent)
    array([ True, False])
    """
    rate = rng.gamma(model.q, 1.0 / model.v, len(frequency))
    whole = rng.gamma(model.p * np.maximum(frequency, 1.0), 1.0 / rate)
    return np.where(frequency > 0, whole / np.maximum(frequency, 1.0), np.nan)
