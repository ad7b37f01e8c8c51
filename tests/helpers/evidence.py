"""What gates are asked about a version that passes all of them."""

from dataclasses import replace
from typing import Any

import numpy as np

from features.arrays import Floats
from features.prove.proof import Proof
from training.judge.intervals import Interval
from training.production.apart import Seen
from training.production.gate import Gate
from training.production.gates import Evidence
from training.production.kept import Kept
from training.production.pairs import Compared
from training.production.settings import Gates

LIMITS = Gates(four_eyes=True)
SCORES = np.random.default_rng(1).beta(1, 8, 2_000)


def interval(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


EVALUATION: dict[str, Any] = {
    "metrics": {
        "roc_auc": interval(0.85, 0.83, 0.87),
        "ece": interval(0.01, 0.0, 0.02),
        "calibration_slope": interval(0.98, 0.9, 1.1),
    },
    "differences": {
        "recency": {"roc_auc": interval(0.05, 0.03, 0.07)},
        "logistic": {"roc_auc": interval(-0.001, -0.005, 0.003)},
    },
    "stability": [
        {"period": "2017-09", "rows": 900, "positives": 90, "gini": interval(0.7, 0.6, 0.8)},
        {"period": "2017-10", "rows": 900, "positives": 90, "gini": interval(0.6, 0.5, 0.75)},
        {"period": "2017-11", "rows": 9, "note": "too few"},
    ],
    "fairness": {
        "share": 0.1,
        "gaps": [
            {
                "by": "sex",
                "measure": "selection_rate",
                "highest": "f",
                "lowest": "m",
                "gap": interval(0.04, 0.01, 0.07),
            }
        ],
    },
}
BESIDE = Compared("roc_auc", 900, 500, Interval(0.01, 0.002, 0.02), 0.01, 0.02, "test rows", False)
PROOF = Proof(
    project="shop",
    made_at="2026-11-01T10:00:00Z",
    cutoffs=("2026-01-01T00:00:00Z",),
    customers=20,
    kinds={"deleted": 80},
    features={"visits_count_28d": "ab"},
    code={},
    tables={},
    rows={},
    set_aside={},
    static={},
    culprits=(),
    catalogue="c",
    data="d",
    engine="e",
    versions={},
    seed=0,
    processes=1,
    seconds=1.0,
)


def kept(scores: Floats) -> Kept:
    """Scores of test rows whose calibrate slice was scored alike."""
    blank = np.zeros(0, dtype=np.int64)
    return Kept(blank, blank, blank.astype(np.bool_), scores, np.zeros(0), calibrate=SCORES)


SOUND = Evidence(
    evaluation=EVALUATION,
    kept=kept(SCORES),
    champion=3,
    compared=BESIDE,
    seen=Seen("shop", "churn", "ab", rows=64, p99_ms=0.4, size=9_000, contract="calibrated"),
    proof=PROOF,
    trainer="ann",
    promoter="bob",
)


def worse(low: float, ece: float = 0.01, **changes: Any) -> Evidence:
    """A version whose difference to the champion is at least so much for sure."""
    difference = Interval(low + 0.005, low, low + 0.01)
    return replace(SOUND, compared=replace(BESIDE, difference=difference, ece=ece, **changes))


def metrics(**changes: dict[str, Any]) -> dict[str, Any]:
    return {**EVALUATION, "metrics": {**EVALUATION["metrics"], **changes}}


def failed(gates: tuple[Gate, ...]) -> list[Gate]:
    return [each for each in gates if each.state == "failed"]
