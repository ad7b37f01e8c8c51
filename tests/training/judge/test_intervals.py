from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from features.errors import CohortError, DefinitionError
from training.judge.effective import effective_size
from training.judge.intervals import Interval, bootstrap, quantiles
from training.judge.metrics import average_precision, brier, captured_at, lift_at, log_loss, roc_auc
from training.judge.reliability import (
    bin_codes,
    calibration_intercept,
    calibration_slope,
    ece,
    log_odds,
)
from training.judge.weighing import Weighing

SHARES = (0.01, 0.05, 0.1)


def simulated(n: int = 300, customers: int = 60, seed: int = 0, decimals: int = 2) -> Any:
    random = np.random.default_rng(seed)
    ids = random.integers(0, customers, n)
    z = random.normal(0, 1, customers)[ids] + random.normal(-1, 1, n)
    y = random.random(n) < 1 / (1 + np.exp(-z))
    p = 1 / (1 + np.exp(-z - random.normal(0, 0.5, n)))
    return ids, y, np.round(np.clip(p, 0.01, 0.99), decimals)


@pytest.mark.parametrize("decimals", [1, 2, 9])
def test_every_metric_of_a_resample_equals_really_repeating_the_rows(decimals: Any) -> None:
    ids, y, p = simulated(decimals=decimals)
    codes = np.unique(ids, return_inverse=True)[1]
    random = np.random.default_rng(5)
    size = codes.max() + 1
    counts = np.stack(
        [np.bincount(random.integers(0, size, size), minlength=size) for _ in range(8)]
    )
    found = Weighing(y, p, codes, SHARES, 10).measure(counts.astype(float))
    fixed = bin_codes(p)
    for row, count in enumerate(counts):
        again = np.repeat(np.arange(len(y)), count[codes])
        many_y, many_p, many_bins = y[again], p[again], fixed[again]
        wanted = {
            "roc_auc": roc_auc(many_y, many_p),
            "average_precision": average_precision(many_y, many_p),
            "brier": brier(many_y, many_p),
            "log_loss": log_loss(many_y, many_p),
        }
        wanted |= {f"lift_at_{100 * each:g}": lift_at(many_y, many_p, each) for each in SHARES}
        wanted |= {
            f"captured_at_{100 * each:g}": captured_at(many_y, many_p, each) for each in SHARES
        }
        gaps = np.bincount(many_bins, many_p - many_y, fixed.max() + 1)
        wanted["ece"] = np.abs(gaps).sum() / len(again)
        for name, value in wanted.items():
            assert found[name][row] == pytest.approx(value, abs=1e-12), name
        rates = [many_y[many_bins == code].mean() for code in range(fixed.max() + 1)]
        assert found["observed"][row] == pytest.approx(rates)


def test_one_newton_step_is_close_to_a_fit_on_the_resample() -> None:
    ids, y, p = simulated(n=6000, customers=1500)
    made = bootstrap(y, {"model": p}, ids, resamples=30, seed=2)["model"]
    random, codes = np.random.default_rng(2), np.unique(ids, return_inverse=True)[1]
    size = codes.max() + 1
    fits = []
    for _ in range(30):
        count = np.bincount(random.integers(0, size, size), minlength=size)[codes]
        free = LogisticRegression(C=np.inf, solver="newton-cholesky")
        fits.append(free.fit(log_odds(p)[:, None], y, sample_weight=count).coef_[0, 0])
    spread = np.std(fits)
    assert np.abs(made.draws["calibration_slope"] - fits).max() < 0.25 * spread


def test_values_on_all_rows_are_those_of_the_metrics() -> None:
    ids, y, p = simulated()
    values = bootstrap(y, {"model": p}, ids, resamples=10)["model"].values
    assert list(values) == [
        "roc_auc",
        "average_precision",
        "brier",
        "log_loss",
        "ece",
        "calibration_slope",
        "calibration_intercept",
        "lift_at_1",
        "lift_at_5",
        "lift_at_10",
        "captured_at_1",
        "captured_at_5",
        "captured_at_10",
        "gini",
        "ks",
    ]
    assert values["roc_auc"] == pytest.approx(roc_auc(y, p))
    assert values["ece"] == pytest.approx(ece(y, p))
    assert values["calibration_slope"] == pytest.approx(calibration_slope(y, p))
    assert values["calibration_intercept"] == pytest.approx(calibration_intercept(y, p))


def test_the_seed_fixes_the_draws_and_ids_of_any_kind_give_the_same() -> None:
    ids, y, p = simulated()
    first, again, named, other = (
        bootstrap(y, {"m": p}, whose, resamples=20, seed=seed)["m"].draws["roc_auc"]
        for whose, seed in (
            (ids, 1),
            (ids, 1),
            (np.array([f"{each:04d}" for each in ids], dtype=object), 1),
            (ids, 2),
        )
    )
    assert np.array_equal(first, again)
    assert np.array_equal(first, named)
    assert not np.array_equal(first, other)


def test_a_difference_to_oneself_is_nothing_and_pairing_sharpens() -> None:
    ids, y, p = simulated(n=2000, customers=500)
    near = np.clip(p + np.random.default_rng(0).normal(0, 0.02, len(p)), 0, 1)
    made = bootstrap(y, {"one": p, "same": p, "near": near}, ids)
    assert made["one"].minus(made["same"], "roc_auc") == Interval(0.0, 0.0, 0.0)
    paired = made["one"].minus(made["near"], "roc_auc")
    apart = made["one"].interval("roc_auc")
    assert paired.high - paired.low < 0.4 * (apart.high - apart.low)


def test_customers_with_many_rows_widen_the_interval() -> None:
    random = np.random.default_rng(0)
    y, p = random.random(100) < 0.3, random.random(100)
    ids = np.repeat(np.arange(100), 10)
    by_customer = bootstrap(np.repeat(y, 10), {"m": np.repeat(p, 10)}, ids)["m"]
    by_row = bootstrap(np.repeat(y, 10), {"m": np.repeat(p, 10)}, np.arange(1000))["m"]
    wide, narrow = by_customer.interval("roc_auc"), by_row.interval("roc_auc")
    assert wide.high - wide.low > 2.5 * (narrow.high - narrow.low)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    truth = {"roc_auc": norm.cdf(1 / np.sqrt(2)), "calibration_slope": 1.0, "ece": 0.0}
    covered = dict.fromkeys(truth, 0)
    for seed in range(200):
        random = np.random.default_rng(seed)
        # Each customer has three rows with one outcome: 180 customers, not 540 rows.
        outcome, ids = random.random(180) < 0.4, np.repeat(np.arange(180), 3)
        z = random.normal(outcome, 1)
        p = 1 / (1 + np.exp(-(z - 0.5 + np.log(0.4 / 0.6))))
        y, p = np.repeat(outcome, 3), np.repeat(p, 3)
        made = bootstrap(y, {"m": p}, ids, resamples=200, seed=seed)["m"]
        for name, value in truth.items():
            interval = made.interval(name)
            covered[name] += interval.low <= value <= interval.high
    assert 180 <= covered["roc_auc"] <= 198
    assert 178 <= covered["calibration_slope"] <= 199
    assert covered["ece"] >= 180


def test_too_few_customers_have_no_interval() -> None:
    y, p = np.array([True, False, False]), np.array([0.9, 0.2, 0.1])
    made = bootstrap(y, {"m": p}, np.arange(3))["m"]
    assert made.interval("roc_auc").to_json() == {"value": 1.0, "low": None, "high": None}
    assert made.interval("calibration_slope").to_json()["value"] is None
    assert np.isnan(quantiles(np.array([np.nan, 1.0]))).all()


def test_wrong_inputs_are_refused() -> None:
    ids, y, p = simulated()
    with pytest.raises(CohortError, match="0 positives and 300 negatives"):
        bootstrap(np.zeros(300, bool), {"m": p}, ids)
    with pytest.raises(DefinitionError) as caught:
        bootstrap(y, {"m": p}, ids[:5], shares=(0.0,), resamples=1)
    assert len(caught.value.faults) == 3


def test_few_bearers_of_an_outcome_widen_an_interval_and_many_do_not() -> None:
    draws = np.random.default_rng(0).normal(size=100_000)
    plain = quantiles(draws)
    few, many = quantiles(draws, 30), quantiles(draws, 100_000)
    # Student's t of 29 degrees of freedom, and 30 / 29 for the mean that was taken off.
    assert few[1] == pytest.approx(2.045 * np.sqrt(30 / 29), abs=0.05)
    assert many == pytest.approx(plain, abs=0.002)
    assert quantiles(draws, 2)[1] > 3


def test_rows_of_one_customer_have_no_interval() -> None:
    random = np.random.default_rng(0)
    p = random.random(300)
    y = random.random(300) < p
    made = bootstrap(y, {"m": p, "other": 1 - p}, np.zeros(300, dtype=np.int64))
    for told in (*made["m"].intervals().values(), made["m"].minus(made["other"], "roc_auc")):
        assert np.isfinite(told.value)
        assert np.isnan([told.low, told.high]).all()
    size = effective_size(y, p, np.zeros(300, dtype=np.int64))
    assert np.isnan(size.design_effect)
    assert size.sentence == "judged on 300 rows of 1 customer"
