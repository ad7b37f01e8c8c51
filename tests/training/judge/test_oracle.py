"""How a model is held against the truth."""

import numpy as np
import pytest

from features.errors import DefinitionError
from training.judge.metrics import roc_auc
from training.judge.oracle import verdicts

RANDOM = np.random.default_rng(6)
TRUTH = RANDOM.random(1_500) ** 2
Y = RANDOM.random(1_500) < TRUTH
BLURRED = np.clip(TRUTH + RANDOM.normal(0, 0.1, 1_500), 0, 1)
CUSTOMERS = np.arange(1_500)


def test_areas_and_share_are_those_of_the_rows() -> None:
    found = verdicts(Y, TRUTH, {"blurred": BLURRED, "same": TRUTH}, CUSTOMERS)
    oracle, model = roc_auc(Y, TRUTH), roc_auc(Y, BLURRED)
    blurred, same = found["blurred"], found["same"]
    assert blurred.oracle == pytest.approx(oracle)
    assert blurred.model == pytest.approx(model)
    assert blurred.reached == pytest.approx((model - 0.5) / (oracle - 0.5))
    assert same.reached == 1
    assert same.ahead == same.ahead_se == 0
    assert not same.leaks
    assert blurred.to_json()["leaks"] is False


def test_the_paired_error_is_smaller_than_that_of_either() -> None:
    blurred = verdicts(Y, TRUTH, {"blurred": BLURRED}, CUSTOMERS)["blurred"]
    assert 0 < blurred.ahead_se < 0.6 * min(blurred.oracle_se, blurred.model_se)


def test_the_error_of_the_difference_is_that_of_fresh_samples() -> None:
    told, fresh = [], []
    for seed in range(40):
        random = np.random.default_rng(seed)
        truth = random.random(300)
        y = random.random(300) < truth
        score = np.clip(truth + random.normal(0, 0.2, 300), 0, 1)
        made = verdicts(y, truth, {"score": score}, np.arange(300), resamples=40)["score"]
        told.append(made.ahead_se)
        fresh.append(made.ahead)
    assert np.mean(told) == pytest.approx(np.std(fresh), rel=0.35)


def test_rows_of_one_customer_count_as_one() -> None:
    alone = verdicts(Y, TRUTH, {"blurred": BLURRED}, CUSTOMERS)["blurred"]
    y, truth, customers = np.tile(Y, 4), np.tile(TRUTH, 4), np.tile(CUSTOMERS, 4)
    repeated = verdicts(y, truth, {"blurred": np.tile(BLURRED, 4)}, customers)["blurred"]
    assert repeated.ahead_se == pytest.approx(alone.ahead_se, rel=0.2)


def test_rows_without_truth_are_refused() -> None:
    unknown = np.where(np.arange(1_500) < 5, np.nan, TRUTH)
    with pytest.raises(DefinitionError, match=r"5 of 1,500 rows have no truth .* leave them out"):
        verdicts(Y, unknown, {}, CUSTOMERS)
    with pytest.raises(DefinitionError, match="true probabilities are the same; there is nothing"):
        verdicts(Y, np.full(1_500, 0.3), {}, CUSTOMERS)
