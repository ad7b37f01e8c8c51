"""Fits: known parameters come back, and data that tell nothing are refused."""

import numpy as np
import pytest

from features.alive import PurchaseModel, SpendModel, fit_purchases, fit_spend, simulate
from features.alive.likelihood import purchase_log_likelihood
from features.alive.maximum import maximise, maximise_from
from features.alive.models import DROPS, Drops
from features.errors import CohortError, DefinitionError
from tests.helpers.histories import TRUTH, drawn

NAMES = ("r", "alpha", "a", "b")
SPEND = SpendModel(p=6.0, q=4.0, v=15.0)
LIFE = PurchaseModel(0.6, 25.0, 0.9, 2.8)


def spends(count: int, seed: int, model: SpendModel = SPEND) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 9, count).astype(np.float64)
    return x, simulate.mean_spends(model, x, rng)


@pytest.mark.parametrize("drops", DROPS)
def test_known_parameters_come_back(drops: Drops) -> None:
    truth = PurchaseModel(0.6, 25.0, 0.9, 2.8, drops)
    x, recency, age, _ = drawn(30_000, 1, truth)
    fitted = fit_purchases(x, recency, age, drops)
    assert fitted.quality.converged
    assert fitted.model.drops == drops
    fitted.quality.require()
    for name in NAMES:
        off = getattr(fitted.model, name) - getattr(truth, name)
        error = fitted.quality.standard_errors[name]
        assert abs(off) < 4 * error, name
        assert error < 0.2 * getattr(truth, name)


def test_standard_errors_are_as_large_as_the_errors() -> None:
    squares = []
    for seed in range(30):
        x, recency, age, _ = drawn(2_000, 100 + seed)
        fitted = fit_purchases(x, recency, age)
        assert fitted.quality.converged
        told = fitted.quality.standard_errors
        squares += [
            (
                np.log(getattr(fitted.model, n) / getattr(TRUTH, n))
                * getattr(fitted.model, n)
                / told[n]
            )
            ** 2
            for n in NAMES
        ]
    # 120 squares of standard normal variables, in groups of four that hang together.
    assert 0.6 < np.mean(squares) < 1.5


def test_the_quick_way_ends_where_the_plain_one_does() -> None:
    # More distinct rows than are searched for a start, against one plain climb.
    x, recency, age, _ = drawn(30_000, 2)
    quick = fit_purchases(x, recency, age)
    from features.alive.grouped import group

    seen = group(x, recency, age)
    assert len(seen.weights) > 20_000
    box = np.full(4, -11.0), np.full(4, 11.0)
    plain = maximise(
        lambda logs: purchase_log_likelihood(logs, seen), [np.zeros(4)], *box, seen.customers
    )
    assert quick.quality.log_likelihood == pytest.approx(plain.value, abs=1e-3)
    found = np.log([getattr(quick.model, name) for name in NAMES])
    assert (np.abs(found - plain.logs) < 0.02 * plain.errors).all()


def test_order_and_rows_without_a_purchase_change_nothing() -> None:
    x, recency, age, _ = drawn(3_000, 3)
    plain = fit_purchases(x, recency, age)
    mixed = np.random.default_rng(1).permutation(3_500)
    x, recency, age = (np.append(c, np.full(500, np.nan))[mixed] for c in (x, recency, age))
    again = fit_purchases(x, recency, age)
    assert again.model == plain.model
    assert (again.quality.customers, again.quality.left_out) == (3_000, 500)


def test_customers_who_never_leave_end_at_the_edge_and_are_told() -> None:
    rng = np.random.default_rng(4)
    age = np.full(2_000, 300.0)
    x, recency, _ = simulate.purchases(PurchaseModel(1.0, 30.0, 1e-6, 1e3), age, rng)
    fitted = fit_purchases(x, recency, age)
    assert "a" in fitted.quality.at_bounds
    assert np.isnan(fitted.quality.standard_errors["a"])
    with pytest.raises(
        CohortError, match=r"came a .*at the edge of the range \(2,000 customers\); "
    ):
        fitted.quality.require()


@pytest.mark.parametrize(
    ("x", "recency", "age", "came"),
    [
        ([], [], [], "came 0 with a repeat, of 0 different histories, among 0 in all"),
        ([3.0], [9.0], [20.0], "came 1 with a repeat, of 1 different histories, among 1 in all"),
        ([0.0] * 99, [0.0] * 99, range(99), "came 0 with a repeat, of 0 .* among 99 in all"),
        ([3.0] * 99, [9.0] * 99, [20.0] * 99, "came 99 with a repeat, of 1 different histories"),
    ],
)
def test_purchases_that_tell_nothing(
    x: list[float], recency: list[float], age: list[float], came: str
) -> None:
    with pytest.raises(CohortError, match=f"needs at least 30 customers .*{came}"):
        fit_purchases(np.array(x), np.array(recency), np.array(age, dtype=float))


def test_unknown_drops_and_wrong_rows() -> None:
    with pytest.raises(DefinitionError, match="drops must be one of"):
        fit_purchases(np.ones(1), np.ones(1), np.ones(1), "never")  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match="row 0: expected"):
        fit_purchases(np.ones(1), np.full(1, 9.0), np.ones(1))


@pytest.mark.parametrize("count", [3_000, 60_000])
@pytest.mark.parametrize("unit", [1.0, 1e7])
def test_known_spend_comes_back_in_any_currency(count: int, unit: float) -> None:
    truth = SpendModel(SPEND.p, SPEND.q, SPEND.v * unit)
    x, spent = spends(count, 6, truth)
    fitted = fit_spend(x, spent)
    assert fitted.quality.converged
    fitted.quality.require()
    for name in ("p", "q", "v"):
        off = getattr(fitted.model, name) - getattr(truth, name)
        assert abs(off) < 4 * fitted.quality.standard_errors[name], name
    assert fitted.model.mean == pytest.approx(truth.mean, rel=0.05)
    assert abs(fitted.correlation) < 4 / np.sqrt(count)
    assert fitted.quality.left_out == (x == 0).sum()


def test_the_likelihood_of_spend_is_told_in_money() -> None:
    x, spent = spends(3_000, 7)
    small, large = fit_spend(x, spent).quality, fit_spend(x, spent * 1000).quality
    difference = small.log_likelihood - large.log_likelihood
    assert difference == pytest.approx(small.customers * np.log(1000), rel=1e-9)


def test_means_that_are_no_spend_are_left_out_and_counted() -> None:
    x, spent = spends(3_000, 8)
    bad = np.array([-5.0, 0.0, np.nan])
    fitted = fit_spend(np.append(x, [1.0, 1.0, 1.0]), np.append(spent, bad))
    assert fitted.model == fit_spend(x, spent).model
    assert fitted.quality.left_out == (x == 0).sum() + 3


def test_spend_that_goes_with_frequency_is_told() -> None:
    x, spent = spends(3_000, 9)
    assert fit_spend(x, spent * (1 + x)).correlation > 0.4


def test_spend_that_tells_nothing() -> None:
    words = "at least 30 customers .* came 99 such customers with 1 different means. Fit it on more"
    with pytest.raises(CohortError, match=words):
        fit_spend(np.ones(99), np.full(99, 5.0))
    with pytest.raises(CohortError, match="came 3 such customers with 3 different means"):
        fit_spend(np.array([1.0, 2.0, 3.0, 0.0]), np.array([1.0, 2.0, 3.0, 4.0]))


def test_a_tail_without_a_mean_ends_at_the_edge() -> None:
    rng = np.random.default_rng(10)
    fitted = fit_spend(rng.integers(1, 9, 3_000).astype(float), np.exp(rng.normal(0, 3, 3_000)))
    assert fitted.quality.at_bounds == ("q",)
    with pytest.raises(CohortError, match="came q at the edge of the range"):
        fitted.quality.require()


def test_a_saddle_is_no_maximum() -> None:
    def saddle(at: np.ndarray) -> tuple[float, np.ndarray]:
        return float(at[0] ** 2 - at[1] ** 2), np.array([2 * at[0], -2 * at[1]])

    box = np.full(2, -5.0), np.full(2, 5.0)
    found = maximise(saddle, [np.zeros(2)], *box, 1)
    assert (found.converged, found.away) == (False, np.inf)
    assert np.isnan(found.errors).all()


def test_a_rough_maximum_far_away_is_left_for_a_plain_climb() -> None:
    def ridge(at: np.ndarray) -> tuple[float, np.ndarray]:
        return -float(1e4 * np.cosh(at - 4).sum()), -1e4 * np.sinh(at - 4)

    box = np.full(2, -9.0), np.full(2, 9.0)
    rough = maximise(lambda at: (-float(at @ at) / 2, -at), [np.ones(2)], *box, 1)
    found = maximise_from(ridge, rough, *box, 10_000, 1)
    assert found.converged
    np.testing.assert_allclose(found.logs, [4, 4], atol=1e-4)
