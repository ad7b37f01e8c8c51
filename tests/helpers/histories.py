"""Histories of customers drawn from a model, and likelihoods as the papers' stories tell them."""

import numpy as np
from scipy.special import roots_genlaguerre, roots_jacobi

from features.alive import PurchaseModel, simulate
from features.arrays import Floats

TRUTH = PurchaseModel(r=0.6, alpha=25.0, a=0.9, b=2.8)


def drawn(
    count: int, seed: int, model: PurchaseModel = TRUTH, horizon_days: float = 0.0
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return frequency, recency, age and purchases in the days after, of made customers."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(1.0, 500.0, count)
    frequency, recency, future = simulate.purchases(model, age, rng, horizon_days)
    return frequency, recency, age, future


def integrated(
    model: PurchaseModel, x: int, recency: float, age: float, horizon: float
) -> tuple[float, float, float]:
    """Integrate one customer's story over all purchase rates and all chances to leave.

    By Gauss quadrature with 150 nodes each way. Returns the likelihood of the history, the part of
    it in which the customer is still there, and that part times the purchases to come.
    """
    passed = x + int(model.chances)  # chances to leave that came up
    u, density_of_u = roots_genlaguerre(150, model.r - 1)
    v, density_of_v = roots_jacobi(150, model.b - 1, model.a - 1)
    rate, p = u[:, None] / model.alpha, (1 + v[None, :]) / 2
    density = np.outer(density_of_u / density_of_u.sum(), density_of_v / density_of_v.sum())
    stays = density * (1 - p) ** passed * rate**x * np.exp(-rate * age)
    leaves = density * p * (1 - p) ** max(passed - 1, 0) * rate**x * np.exp(-rate * recency)
    to_come = stays * -np.expm1(-rate * p * horizon) / p
    left = float(leaves.sum()) if passed else 0.0
    return float(stays.sum()) + left, float(stays.sum()), float(to_come.sum())
