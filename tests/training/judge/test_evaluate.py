import json
from typing import Any

import numpy as np
import pytest

from features.errors import CohortError, DefinitionError
from features.instants import instant
from training.judge.evaluate import CALIBRATION, COMPARED, evaluate, verdict
from training.judge.intervals import Interval
from training.judge.metrics import roc_auc


def sample(n: int = 2000, seed: int = 0, **options: Any) -> Any:
    random = np.random.default_rng(seed)
    ids = random.integers(0, n // 4, n)
    z = random.normal(-1, 1, n)
    y = random.random(n) < 1 / (1 + np.exp(-z))
    scores = {
        name: 1 / (1 + np.exp(-z - random.normal(0, noise, n)))
        for name, noise in (("model", 0.2), ("recency", 2.0), ("logistic", 0.21))
    }
    cutoffs = np.where(random.random(n) < 0.5, instant("2017-10-02"), instant("2017-10-30"))
    p = scores.pop("model")
    return (y, p, ids, cutoffs), evaluate("coffee", y, p, ids, scores, cutoffs, **options)


def test_it_says_whether_the_model_beats_each_baseline() -> None:
    _, found = sample()
    recency, logistic = found.verdicts
    gain = found.differences["recency"]["roc_auc"]
    assert recency.startswith(f"beats recency alone by {gain.value:.3f} AUC (95 % interval ")
    assert logistic.startswith("does not beat logistic: difference ")
    assert logistic.endswith("includes 0")
    assert not found.beats_all


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (Interval(-0.02, -0.03, -0.01), "is worse than x by 0.020 AUC (95 % interval -0.030 to"),
        (Interval(0.2, np.nan, np.nan), "is not shown to beat x: too few customers for an"),
        (Interval(0.01, 0.0, 0.02), "does not beat x: difference 0.010 AUC"),
    ],
)
def test_other_verdicts(difference: Any, sentence: Any) -> None:
    assert verdict("x", difference).startswith(sentence)


def test_counts_metrics_and_tables_agree_with_the_arrays() -> None:
    (y, p, ids, cutoffs), found = sample()
    assert (found.rows, found.positives) == (2000, y.sum())
    assert found.customers == len(set(ids))
    assert found.metrics["roc_auc"].value == pytest.approx(roc_auc(y, p))
    assert [each.cutoff for each in found.cutoffs] == [
        "2017-10-02T00:00:00Z",
        "2017-10-30T00:00:00Z",
    ]
    first = cutoffs == instant("2017-10-02")
    assert found.cutoffs[0].predicted == pytest.approx(p[first].mean())
    assert found.cutoffs[0].positives == y[first].sum()
    assert sum(each.positives for each in found.histogram) == y.sum()
    assert sum(each.negatives for each in found.histogram) == (~y).sum()
    assert found.curve[-1].captured == found.curve[-1].false_positive_rate == 1
    assert found.curve[-1].precision == pytest.approx(y.mean())
    area = np.trapezoid(
        [each.captured for each in found.curve], [each.false_positive_rate for each in found.curve]
    )
    assert area == pytest.approx(roc_auc(y, p), abs=2e-3)
    for group in (found.metrics, *found.baselines.values()):
        assert all(each.low <= each.value <= each.high for each in group.values())
    assert len(found.observed) == len(found.reliability)


def test_json_is_plain_stable_and_free_of_nan() -> None:
    _, found = sample(uncalibrated=np.full(2000, 0.3))
    text = json.dumps(found.to_json(), allow_nan=False)
    assert text == json.dumps(sample(uncalibrated=np.full(2000, 0.3))[1].to_json())
    value = json.loads(text)
    assert list(value["metrics"])[:3] == ["roc_auc", "average_precision", "brier"]
    assert list(value["uncalibrated"]) == list(CALIBRATION)
    assert list(value["differences"]["recency"]) == list(COMPARED)
    # A constant score has no slope, and says so.
    assert value["uncalibrated"]["calibration_slope"]["value"] is None
    assert value["verdicts"] == list(found.verdicts)


def test_scalars_are_finite_and_flat() -> None:
    _, found = sample()
    flat = found.scalars()
    assert flat["roc_auc"] == found.metrics["roc_auc"].value
    assert flat["recency.roc_auc_low"] == found.baselines["recency"]["roc_auc"].low
    assert flat["minus_recency.roc_auc"] == found.differences["recency"]["roc_auc"].value
    assert np.isfinite(list(flat.values())).all()


def test_wrong_inputs_are_refused() -> None:
    y, p = np.array([True, False]), np.array([0.5, 0.4])
    with pytest.raises(CohortError, match="0 positives and 2 negatives"):
        evaluate("t", ~np.ones(2, bool), p, np.arange(2), {}, np.zeros(2, int))
    with pytest.raises(DefinitionError, match=r"cutoffs must be \(2,\) like y, got \(3,\)"):
        evaluate("t", y, p, np.arange(2), {}, np.zeros(3, int))
    with pytest.raises(DefinitionError, match="cannot be named"):
        evaluate("t", y, p, np.arange(2), {"model": p}, np.zeros(2, int))
    with pytest.raises(DefinitionError, match="must lie in"):
        evaluate("t", y, p, np.arange(2), {"recency": p + 1}, np.zeros(2, int))
