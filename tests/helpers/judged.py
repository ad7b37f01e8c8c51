"""A judged model with everything that a report can show, and names that would break a page."""

from dataclasses import replace

import numpy as np

from training.calibration.contract import Clause, Contract
from training.judge.attribution import Attribution, Dependence, DependencePoint
from training.judge.diagnostics import Diagnostics, TrialRow
from training.judge.evaluate import Evaluation, evaluate
from training.judge.intervals import Interval
from training.judge.refits import LearningPoint, RandomSplit
from training.judge.settings import Judging
from training.report.context import Importance, ReportContext, Slice

NASTY = "<script>alert(\"1\")</script> & 'x' $a_b$"

SOME = Interval(0.8, 0.7, 0.9)
POINTS = (
    DependencePoint("1 to 2", 1.5, 40, 0.5, 0.1, 0.9),
    DependencePoint(NASTY, None, 60, -0.2, -0.3, 0.0),
)
DIAGNOSTICS = Diagnostics(
    random_split=RandomSplit(
        3, 900, 300, Interval(0.9, 0.88, 0.92), SOME, Interval(0.1, 0.02, 0.2)
    ),
    learning=(LearningPoint(0.5, 150, 450, SOME), LearningPoint(1.0, 300, 900, SOME)),
    tuning=(TrialRow(1, 10, 0.4, 0.4), TrialRow(2, 12, 0.3, 0.3)),
    attributed=100,
    attributions=(Attribution(NASTY, SOME), Attribution("visits", SOME)),
    dependence=(Dependence(NASTY, POINTS),),
)
NAMES = ["reliability", "gain", "lift", "roc", "precision_recall", "ks", "scores", "profit"]
NAMES += ["segment_1", "segment_2", "slices", "fairness", "stability"]
NAMES += ["learning", "tuning", "attribution", "dependence_1"]
UNDRAWN = dict.fromkeys(NAMES, "<svg/>")

CONTEXT = ReportContext(
    question=f"Who will buy? {NASTY}",
    cohort=NASTY,
    gap=7,
    horizon=28,
    split=NASTY,
    slices=(Slice("train", ("2017-01-01",) * 5, 100, 10), Slice(NASTY, (), 0, 0)),
    importance=(Importance(NASTY, 0.4, NASTY),),
    sources=((NASTY, NASTY),),
    data_hash=NASTY,
    static=(NASTY,),
    limits=(NASTY,),
    model=NASTY,
    calibration=NASTY,
    repeat=(("seed", "7"),),
    contract=Contract(
        Clause(None, "calibrated", 1500, 465, 0.31, 0.31, 0.02, 0.0, 0.03),
        "2024-01-01T00:00:00Z",
        0.31,
        "region",
        (
            Clause("south", "drifting", 1001, 301, 0.31, 0.3, 0.04, 0.02, 0.06),
            Clause(NASTY, "uncertified", 9, 1, 0.1, 0.11),
        ),
    ),
    inputs=12,
    reasons=("No reason may be about age.",),
)


def judged() -> Evaluation:
    """Judge scores of a known model with everything that a report can show."""
    random = np.random.default_rng(0)
    z = random.normal(-1, 1, 1500)
    y = random.random(1500) < 1 / (1 + np.exp(-z))
    p = 1 / (1 + np.exp(-z))
    baselines = {"recency": np.round(p, 1), NASTY: np.full(1500, 0.3)}
    ids, cutoffs = random.integers(0, 400, 1500), np.arange(1500) % 2 * 86_400_000_000
    common = random.random(1500) < 0.9
    groups = {
        NASTY: np.where(common, NASTY, "rare").astype(object),
        "town": np.where(common, "Bonn", "elsewhere").astype(object),
    }
    made = evaluate(
        "coffee",
        y,
        p,
        ids,
        baselines,
        cutoffs,
        uncalibrated=p**2,
        resamples=50,
        by=groups,
        protected={NASTY: (ids % 2).astype(float)},
        judging=Judging(hit_value=20, contact_cost=4),
        levels=np.where(ids % 3 == 0, NASTY, "south").astype(object),
    )
    return replace(made, diagnostics=DIAGNOSTICS)
