from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from training.judge.reliability import (
    bin_codes,
    calibration_intercept,
    calibration_slope,
    ece,
    log_odds,
    reliability,
)


def simulated(n: int = 4000, seed: int = 0) -> Any:
    random = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(-random.normal(-1, 1, n)))
    return random.random(n) < p, p


@given(st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.7, 1.0]), min_size=1, max_size=60))
def test_bins_never_part_ties_and_follow_the_order(values: Any) -> None:
    p = np.array(values)
    codes = bin_codes(p, 5)
    for value in np.unique(p):
        assert len(set(codes[p == value])) == 1
    assert (np.diff(codes[np.argsort(p)]) >= 0).all()
    assert set(codes) == set(range(codes.max() + 1))


def test_distinct_probabilities_fill_bins_equally() -> None:
    p = np.random.default_rng(0).permutation(1000) / 1000
    assert np.bincount(bin_codes(p, 10)).tolist() == [100] * 10


def test_a_plateau_that_spans_bins_is_one_bin() -> None:
    p = np.concatenate([np.linspace(0, 0.3, 300), np.full(500, 0.4), np.linspace(0.5, 1, 200)])
    y = np.random.default_rng(0).random(1000) < p
    table = reliability(y, p)
    plateau = [each for each in table if each.low <= 0.4 <= each.high]
    assert len(plateau) == 1
    assert plateau[0].rows == 500
    assert sum(each.rows for each in table) == 1000


def test_ece_does_not_depend_on_the_order_of_rows() -> None:
    y, p = simulated(500)
    p = np.round(p, 1)
    turned = np.random.default_rng(1).permutation(500)
    assert ece(y, p) == pytest.approx(ece(y[turned], p[turned]), abs=1e-15)


def test_ece_of_a_shift_is_the_shift() -> None:
    p = np.linspace(0.2, 0.4, 100_000)
    y = np.random.default_rng(0).random(100_000) < p + 0.1
    assert ece(y, p) == pytest.approx(0.1, abs=0.005)


def test_slope_and_intercept_equal_a_regression_without_penalty() -> None:
    y, p = simulated()
    bent = 1 / (1 + np.exp(-(0.5 + 1.7 * log_odds(p))))
    free = LogisticRegression(C=np.inf, tol=1e-10, solver="newton-cholesky")
    free.fit(log_odds(bent)[:, None], y)
    assert calibration_slope(y, bent) == pytest.approx(free.coef_[0, 0], abs=1e-6)
    assert calibration_slope(y, bent) == pytest.approx(1 / 1.7, abs=0.05)


def test_the_intercept_moves_the_mean_to_the_base_rate() -> None:
    y, p = simulated()
    low = 1 / (1 + np.exp(-(log_odds(p) - 0.8)))
    shift = calibration_intercept(y, low)
    assert shift == pytest.approx(0.8, abs=0.1)
    assert (1 / (1 + np.exp(-(log_odds(low) + shift)))).mean() == pytest.approx(y.mean())


@pytest.mark.parametrize("p", [np.full(6, 0.3), np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9])])
def test_the_slope_is_nan_for_constant_or_perfectly_parting_scores(p: Any) -> None:
    assert np.isnan(calibration_slope(np.arange(6) > 2, p))


def test_probabilities_of_0_and_1_are_judged() -> None:
    y = np.array([True, False, True, False] * 5)
    p = np.array([1.0, 0.0, 0.0, 0.5] * 5)
    assert np.isfinite(calibration_slope(y, p))
