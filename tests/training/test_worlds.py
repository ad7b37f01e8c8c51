"""Models of Foretell's own flow on the worlds: never better than the truth, and near it."""

from dataclasses import replace

import numpy as np
import pytest

from features import Catalogue, count, vectors
from features.arrays import Floats
from features.instants import DAY
from features.schema import Schema
from features.segments import Spine
from tests.helpers.worlds import QUESTIONS, Known, known, partition
from training.calibration.sigmoid import sigmoid
from training.config import Config, Params
from training.fit import Columns, Rows, margins, refit
from training.judge.oracle import Verdict, verdicts

# Label windows that do not meet: given the state at each, outcomes are independent.
DAYS = {
    ("retailer", "churn"): (308, 371, 434, 497, 560, 665),
    ("retailer", "coffee"): (308, 371, 434, 497, 560, 665),
    ("bank", "default"): (250, 340, 430, 520, 610, 860),
    ("bank", "lapse"): (250, 340, 430, 520, 610, 860),
    ("telecom", "churn"): (196, 252, 308, 364, 420, 504),
}
SOON = Config(params=Params(learning_rate=0.15, min_data_in_leaf=40, feature_fraction=0.3))


def rows_of(name: str, question: str) -> Known:
    return known(name, question, DAYS[name, question])


def judged(rows: Known, extra: Floats | None = None) -> Verdict:
    """Learn from all cutoffs but the last, and judge on the last."""
    schema = Schema.fit(rows.rows.vectors)
    matrix, names = schema.matrix(rows.rows.vectors), list(schema.names)
    if extra is not None:
        matrix, names = np.column_stack([matrix, extra]), [*names, "extra"]
    y, customers, cutoffs = rows.rows.label, rows.rows.vectors.customers, rows.rows.vectors.cutoffs
    test = cutoffs == cutoffs.max()
    learnt = Rows(matrix[~test], y[~test])
    booster = refit(learnt, Columns(names, schema.categorical), SOON.params, SOON, 40)
    scores = {"model": sigmoid(margins(booster, matrix[test]))}
    found = verdicts(y[test], rows.truth[test], scores, customers[test], resamples=100)
    return found["model"]


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_no_model_beats_the_truth_and_each_comes_near(name: str, question: str) -> None:
    verdict = judged(rows_of(name, question))
    assert not verdict.leaks, verdict
    # A small, short fit: experiments/worlds says what a whole one reaches.
    assert verdict.reached > 0.8, verdict
    assert verdict.oracle > 0.75


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_outcomes_agree_with_the_truth_in_every_decile(name: str, question: str) -> None:
    made = rows_of(name, question)
    y, p = made.rows.label, made.truth
    assert not np.isnan(p).any()
    assert not y[p == 0].any()
    y, p = y[p > 0], p[p > 0]
    ranks = np.argsort(np.argsort(p, kind="stable")) * 10 // len(p)
    z = np.bincount(ranks, y - p) / np.sqrt(np.bincount(ranks, p * (1 - p)))
    assert np.abs(z).max() < 4, z
    # Customers of one agent leave together, so a little more than ten coins' worth.
    assert (z**2).sum() < 30, z


def test_a_feature_that_looks_a_week_past_the_cutoff_is_caught() -> None:
    made = rows_of("retailer", "coffee")
    part, told = partition("retailer"), made.rows.vectors
    later = Spine(np.searchsorted(part.customers, told.customers), told.cutoffs + 7 * DAY)
    peek = count("purchases", 7, where={"category": "COFFEE"})
    verdict = judged(made, vectors(Catalogue([peek]), part, later).columns[peek.name])
    assert verdict.leaks, verdict
    assert verdict.ahead > 0


def test_the_check_does_not_cry_at_noise() -> None:
    made = rows_of("retailer", "coffee")
    random = np.random.default_rng(3)
    y, p, customers = made.rows.label, made.truth, made.rows.vectors.customers
    blurred = np.clip(p + random.normal(0, 0.02, len(p)), 0, 1)
    verdict = verdicts(y, p, {"blurred": blurred}, customers, resamples=100)["blurred"]
    assert not verdict.leaks
    assert replace(verdict, ahead=4 * verdict.ahead_se).leaks
