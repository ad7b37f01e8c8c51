"""Log-likelihoods against integrated stories, and gradients against differences."""

import numpy as np
import pytest
from scipy.stats import gamma

from features.alive import PurchaseModel, SpendModel
from features.alive.grouped import group, thinned
from features.alive.likelihood import Spends, purchase_log_likelihood, spend_log_likelihood
from features.alive.models import DROPS, Drops
from tests.helpers.histories import drawn, integrated

POINTS = [
    [0.0, 3.0, 0.0, 1.0],
    [-1.5, 1.0, -2.0, 2.0],
    [2.0, 5.0, 3.0, 3.5],
    [-3.0, -2.0, 1.5, -3.0],
]


def differences(function: object, logs: np.ndarray, step: float = 1e-6) -> np.ndarray:
    assert callable(function)
    steps = np.eye(len(logs)) * step
    return np.array([(function(logs + s)[0] - function(logs - s)[0]) / (2 * step) for s in steps])


@pytest.mark.parametrize("drops", DROPS)
@pytest.mark.parametrize(("x", "recency", "age"), [(0, 0.0, 40.0), (1, 3.0, 40.0), (9, 49.0, 50.0)])
def test_purchases_equal_the_story_integrated(
    drops: Drops, x: int, recency: float, age: float
) -> None:
    model = PurchaseModel(1.5, 25.0, 0.7, 2.8, drops)
    seen = group(*(np.array([value]) for value in (float(x), recency, age)))
    logs = np.log([model.r, model.alpha, model.a, model.b])
    found, _ = purchase_log_likelihood(logs, seen, model.chances)
    assert found == pytest.approx(np.log(integrated(model, x, recency, age, 1.0)[0]), rel=1e-8)


@pytest.mark.parametrize("chances", [0.0, 1.0])
@pytest.mark.parametrize("point", POINTS)
def test_the_gradient_of_purchases(point: list[float], chances: float) -> None:
    x, recency, age, _ = drawn(400, 3)
    seen = group(x, recency, age)
    logs = np.array(point)
    _, slope = purchase_log_likelihood(logs, seen, chances)
    near = differences(lambda at: purchase_log_likelihood(at, seen, chances), logs)
    np.testing.assert_allclose(slope, near, rtol=1e-6, atol=1e-4)


def test_purchases_neither_underflow_nor_overflow() -> None:
    rows = np.array([[0, 0, 1e5], [5e3, 1e4, 1e4], [5e3, 1.0, 1e5], [1, 1e-3, 1e5]]).T
    for logs in (np.zeros(4), np.full(4, np.log(1e-5)), np.full(4, np.log(1e5))):
        value, slope = purchase_log_likelihood(logs, group(*rows))
        assert np.isfinite(value)
        assert np.isfinite(slope).all()


def test_grouped_rows_add_up() -> None:
    x, recency, age, _ = drawn(3_000, 4)
    days = np.ceil(recency / 30), np.ceil(age / 30)
    seen = group(x, *days)
    assert len(seen.weights) < 1_500
    assert seen.customers == 3_000
    back = np.repeat(np.array([seen.column(i) for i in range(3)]), seen.weights.astype(int), axis=1)
    whole = np.array([x, *days])
    assert sorted(map(tuple, back.T)) == sorted(map(tuple, whole.T))
    point = np.array(POINTS[0])
    one_by_one = [purchase_log_likelihood(point, group(*row))[0] for row in whole.T[:, :, None]]
    assert purchase_log_likelihood(point, seen)[0] == pytest.approx(sum(one_by_one), rel=1e-12)
    assert thinned(seen, 100).customers < 3_000


@pytest.mark.parametrize(("x", "mean"), [(1.0, 12.0), (2.0, 50.0), (9.0, 31.0)])
def test_spend_equals_the_story_integrated(x: float, mean: float) -> None:
    model = SpendModel(p=1.5, q=3.7, v=15.0)
    logs = np.linspace(-30, 15, 20_001)  # of the rate
    rate = np.exp(logs)
    of_mean = gamma.pdf(mean, model.p * x, scale=1 / (rate * x))
    density = of_mean * gamma.pdf(rate, model.q, scale=1 / model.v) * rate
    expected = np.log(density.sum() * (logs[1] - logs[0]))
    seen = Spends.of(np.array([x]), np.array([mean]))
    found, _ = spend_log_likelihood(np.log([model.p, model.q - 1, model.v]), seen)
    assert found == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("point", [[1.0, 1.0, 2.0], [-2.0, -3.0, 0.0], [4.0, 3.0, 5.0]])
def test_the_gradient_of_spend(point: list[float]) -> None:
    rng = np.random.default_rng(5)
    seen = Spends.of(rng.integers(1, 20, 300).astype(float), rng.lognormal(3, 0.5, 300))
    _, slope = spend_log_likelihood(np.array(point), seen)
    near = differences(lambda at: spend_log_likelihood(at, seen), np.array(point))
    np.testing.assert_allclose(slope, near, rtol=1e-6, atol=1e-4)
