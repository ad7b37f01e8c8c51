from typing import Any

import numpy as np
import pytest

from features.errors import CohortError, DefinitionError
from features.schema import Schema, SchemaColumn
from training.baselines import FeatureBaseline, LogisticBaseline
from training.judge.metrics import roc_auc

SHAPES: dict[str, Any] = {
    "falling": lambda days: 0.3 * np.exp(-days / 30),
    "rising": lambda days: 0.05 + 0.3 * (1 - np.exp(-days / 30)),
    "due after a month": lambda days: 0.05 + 0.3 * np.exp(-(((days - 30) / 8) ** 2)),
}


def simulated(rate: Any, n: int = 20_000, seed: int = 0) -> Any:
    random = np.random.default_rng(seed)
    days = random.exponential(30, n).round(1)
    return days, random.random(n) < rate(days)


@pytest.mark.parametrize("shape", SHAPES)
def test_recency_is_as_good_as_recency_can_be(shape: Any) -> None:
    rate = SHAPES[shape]
    later, outcome = simulated(rate, n=40_000, seed=1)
    told = FeatureBaseline.fit(*simulated(rate)).predict(later)
    assert roc_auc(outcome, told) > roc_auc(outcome, rate(later)) - 0.01
    assert told.mean() == pytest.approx(outcome.mean(), abs=0.01)


def test_null_is_a_group_of_its_own() -> None:
    days, y = simulated(SHAPES["falling"])
    days[:4000] = np.nan
    y[:4000] = np.random.default_rng(0).random(4000) < 0.6
    baseline = FeatureBaseline.fit(days, y)
    assert baseline.predict(np.array([np.nan]))[0] == pytest.approx(0.6, abs=0.03)
    assert baseline.predict(np.array([5.0]))[0] < 0.35


def test_a_feature_that_is_always_null_gives_the_base_rate() -> None:
    y = np.array([True, False, False, False])
    told = FeatureBaseline.fit(np.full(4, np.nan), y).predict(np.array([np.nan, 3.0]))
    assert told.tolist() == [0.25, 0.25]


def test_recency_refuses_what_it_cannot_learn_from() -> None:
    with pytest.raises(CohortError, match="baseline of one feature needs both outcomes"):
        FeatureBaseline.fit(np.zeros(3), np.zeros(3, bool))
    with pytest.raises(DefinitionError, match="finite or NaN"):
        FeatureBaseline.fit(np.array([0.0, np.inf]), np.array([True, False]))


SCHEMA = Schema((*(SchemaColumn(f"x{i}") for i in range(6)), SchemaColumn("city", ("B", "R", "W"))))


def table(n: int = 3000, seed: int = 0) -> Any:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(n, 7))
    matrix[:, 1] = np.exp(3 * matrix[:, 1])
    matrix[:, 2] = matrix[:, 1] * 100
    matrix[:, 3] = np.nan
    matrix[:, 4] = 7
    matrix[:, 6] = random.integers(0, 3, n)
    matrix[random.random(n) < 0.2, 0] = np.nan
    matrix[random.random(n) < 0.1, 6] = np.nan
    z = np.nan_to_num(matrix[:, 0], nan=1.5) + np.log(matrix[:, 1]) / 3 + 2 * (matrix[:, 6] == 1)
    return matrix, random.random(n) < 1 / (1 + np.exp(1.5 - z)), z


def test_the_logistic_baseline_reads_numbers_nulls_and_categories() -> None:
    train, y, _ = table()
    stop, y_stop, _ = table(seed=1)
    test, outcome, z = table(seed=2)
    model = LogisticBaseline.fit(SCHEMA, train, y, stop, y_stop)
    told = model.predict(test)
    assert told.shape == (3000,)
    assert roc_auc(outcome, told) > roc_auc(outcome, (z - z.min()) / np.ptp(z)) - 0.02
    # Never seen in training: another level, a stray value, a null where there was none.
    test[0, 6], test[1, 1], test[2, 5] = np.nan, 1e15, np.nan
    assert np.isfinite(model.predict(test)).all()


def test_later_rows_change_nothing_but_the_penalty() -> None:
    train, y, _ = table()
    stop, y_stop, _ = table(seed=1)
    one = LogisticBaseline.fit(SCHEMA, train, y, stop, y_stop)
    other = LogisticBaseline.fit(SCHEMA, train, y, stop[:1500], y_stop[:1500])
    assert one.loss != other.loss
    if one.penalty == other.penalty:
        assert np.array_equal(one.predict(train), other.predict(train))


def test_noise_is_shrunk_more_than_signal() -> None:
    train, y, _ = table(n=400)
    stop, y_stop, _ = table(seed=1)
    random = np.random.default_rng(0)
    noise = LogisticBaseline.fit(SCHEMA, train, random.permutation(y), stop, y_stop)
    signal = LogisticBaseline.fit(SCHEMA, train, y, stop, y_stop)
    assert noise.penalty < signal.penalty


def test_outcomes_that_a_line_parts_converge() -> None:
    train, _, z = table()
    model = LogisticBaseline.fit(SCHEMA, train, z > 1, train, z > 1)
    assert roc_auc(z > 1, model.predict(train)) > 0.97


def test_the_logistic_baseline_refuses_what_does_not_fit() -> None:
    train, y, _ = table(n=50)
    with pytest.raises(DefinitionError, match=r"matrix of 'stop' must be \(50, 7\), got \(50, 6\)"):
        LogisticBaseline.fit(SCHEMA, train, y, train[:, :6], y)
    with pytest.raises(CohortError, match=r"stop slice .* needs both outcomes; there are 50 pos"):
        LogisticBaseline.fit(SCHEMA, train, y, train, np.ones(50, bool))


def test_a_refit_learns_from_all_its_rows() -> None:
    early, outcome, _ = table(600)
    later, truth, _ = table(6_000, seed=3)
    first = LogisticBaseline.fit(SCHEMA, early[:400], outcome[:400], early[400:], outcome[400:])
    again = first.refit(later, ~truth)
    assert again.penalty == first.penalty
    fresh, known, _ = table(6_000, seed=4)
    assert roc_auc(known, first.predict(fresh)) > 0.75
    assert roc_auc(known, again.predict(fresh)) < 0.25
    same = first.refit(early[:400], outcome[:400])
    assert np.array_equal(same.predict(fresh), first.predict(fresh))
