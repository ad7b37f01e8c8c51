"""Processor seconds to fit the buy-till-you-die models to a million customers, and to score them.

Everything runs on one thread, so that these are the seconds of one core that does nothing else.

The customers are made from known parameters, in whole days and whole cents; before time is taken,
the fitted parameters must lie within 4 standard errors of those, and what is expected must come.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from time import process_time

import numpy as np

from experiments.bench.record import Figure, median_seconds, write_results
from features.alive import (
    PurchaseModel,
    SpendModel,
    expected_purchases,
    expected_spend,
    fit_purchases,
    fit_spend,
    p_alive,
    simulate,
)

HERE = Path(__file__).parent
CUSTOMERS = 1_000_000
PURCHASES = PurchaseModel(r=0.5, alpha=20.0, a=0.8, b=2.5)
SPEND = SpendModel(p=6.0, q=4.0, v=15.0)
HORIZON = 90.0


def main() -> None:
    """Run the benchmark."""
    rng = np.random.default_rng(2005)
    age = rng.integers(1, 731, CUSTOMERS).astype(np.float64)
    x, exact, future = simulate.purchases(PURCHASES, age, rng, HORIZON)
    spent = simulate.mean_spends(SPEND, x, rng)
    # Fitted on exact times against the truth; on days, as tables bring them, against the clock.
    recency, cents = np.where(x > 0, np.ceil(exact), 0.0), spent.round(2)
    require_truth(x, exact, age, spent, future)
    once = time.perf_counter()
    p_alive(PURCHASES, x[:1], recency[:1], age[:1])
    first = time.perf_counter() - once
    fit_seconds, fitted = median_seconds(lambda: fit_purchases(x, recency, age), 3, process_time)
    spend_seconds, spend = median_seconds(lambda: fit_spend(x, cents), 3, process_time)
    scores = {
        "p_alive": lambda: p_alive(fitted.model, x, recency, age),
        "expected_purchases_90d": lambda: expected_purchases(
            fitted.model, HORIZON, x, recency, age
        ),
        "expected_purchases_365d": lambda: expected_purchases(fitted.model, 365.0, x, recency, age),
        "expected_spend": lambda: expected_spend(spend.model, x, cents),
    }
    seconds = {name: median_seconds(call, 3, process_time)[0] for name, call in scores.items()}
    whole = fit_seconds + spend_seconds + sum(seconds.values())
    one = x[:1], recency[:1], age[:1]
    single, _ = median_seconds(
        lambda: [expected_purchases(fitted.model, HORIZON, *one) for _ in range(1000)],
        clock=process_time,
    )
    figures = {
        "alive_fit_and_score_1m_seconds": Figure(whole, "s", "at most 10 on one core"),
        "fit_purchases_seconds": Figure(fit_seconds, "s"),
        "fit_spend_seconds": Figure(spend_seconds, "s"),
        **{f"{name}_seconds": Figure(taken, "s") for name, taken in seconds.items()},
        "one_customer_microseconds": Figure(1e3 * single, "us"),
        "first_call_seconds": Figure(first, "s"),
        "customers": Figure(CUSTOMERS, "customers"),
    }
    write_results(HERE, figures, ("numba", "numpy", "scipy"))


def require_truth(
    x: np.ndarray, recency: np.ndarray, age: np.ndarray, spent: np.ndarray, future: np.ndarray
) -> None:
    """Hold the fits against the parameters that made the customers, and the scores against them."""
    purchases, spend = fit_purchases(x, recency, age), fit_spend(x, spent)
    for truth, fit in ((PURCHASES, purchases), (SPEND, spend)):
        fit.quality.require()
        for name, error in fit.quality.standard_errors.items():
            off = asdict(fit.model)[name] - asdict(truth)[name]
            if abs(off) > 4 * error:
                raise SystemExit(f"{name} is {off:.3g} away from the truth, {error:.3g} expected")
    off = future - expected_purchases(purchases.model, HORIZON, x, recency, age)
    if abs(off.mean()) > 4 * off.std() / np.sqrt(len(off)):
        raise SystemExit(f"{off.mean():.3g} purchases a customer came that were not expected")


if __name__ == "__main__":
    main()
