"""The judgement of a model on its test slice, beside what it must beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from features.arrays import Ints, Values
from features.errors import DefinitionError
from training.judge.contacts import contacts, decile_rates
from training.judge.curves import by_cutoff, curve, histogram
from training.judge.effective import effective_size
from training.judge.evaluation import Evaluation, verdict
from training.judge.fairness import fairness
from training.judge.intervals import RESAMPLES, bootstrap
from training.judge.metrics import SHARES, checked, deciles
from training.judge.reliability import BINS, reliability
from training.judge.segments import observed_rates, segments
from training.judge.settings import Judging
from training.judge.slices import slices
from training.judge.stability import stability

__all__ = ["CALIBRATION", "COMPARED", "Evaluation", "evaluate", "verdict"]

COMPARED: Final = ("roc_auc", "average_precision")
"""Metrics whose paired difference to each baseline is given."""

CALIBRATION: Final = ("brier", "log_loss", "ece", "calibration_slope", "calibration_intercept")
"""Metrics that calibration changes; the others follow from the order of scores."""


def evaluate(
    task: str,
    y: Values,
    p: Values,
    customers: Values,
    baselines: Mapping[str, Values],
    cutoffs: Ints,
    *,
    uncalibrated: Values | None = None,
    shares: Sequence[float] = SHARES,
    bins: int = BINS,
    resamples: int = RESAMPLES,
    seed: int = 0,
    by: Mapping[str, Values] = MappingProxyType({}),
    protected: Mapping[str, Values] = MappingProxyType({}),
    judging: Judging | None = None,
    levels: Values | None = None,
) -> Evaluation:
    """Judge a model and its baselines on the rows of the test slice.

    Parameters
    ----------
    task : str
        Name of the task.
    y : (n,) bool
        Outcomes.
    p : (n,) float64
        Calibrated probabilities of the model.
    customers : (n,) int64 or object
        Whose row it is; intervals resample customers.
    baselines : mapping of str to (n,) float64
        Probabilities of each baseline for the same rows; ``logistic``, or a feature
        alone, by its name.
    cutoffs : (n,) int64
        UTC microseconds.
    uncalibrated : (n,) float64, optional
        Probabilities of the model before calibration.
    shares, bins, resamples, seed
        See `training.judge.intervals.bootstrap`.
    by, protected : mapping of str to (n,) object or float64
        Attributes of the rows: for slices, and those by which nobody should be treated
        differently.
    judging : Judging, optional
        The list that is judged, and what a contact is worth.
    levels : (n,) object, optional
        Segment of each row, where segments are calibrated apart.

    Raises
    ------
    CohortError
        When all outcomes are the same.
    DefinitionError
        When arrays do not fit one another or a probability is not in [0, 1].

    Examples
    --------
    >>> y, p = np.array([0, 1, 0, 1] * 50), np.array([0.1, 0.4, 0.5, 0.8] * 50)
    >>> found = evaluate("coffee", y, p, np.arange(200), {"recency": 1 - p}, np.zeros(200, int))
    >>> found.verdicts[0][:35]
    'beats recency alone by 0.500 AUC (9'
    """
    times = np.asarray(cutoffs)
    if times.shape != np.shape(y):
        fault = f"cutoffs must be {np.shape(y)} like y, got {times.shape}"
        raise DefinitionError(f"evaluation of '{task}'", [fault])
    taken = {"model", "uncalibrated"} & set(baselines)
    if taken:
        fault = f"baselines cannot be named {sorted(taken)}"
        raise DefinitionError(f"evaluation of '{task}'", [fault])
    hits, told = checked(y, p)
    scores = {"model": told, **baselines}
    if uncalibrated is not None:
        scores["uncalibrated"] = uncalibrated
    made = bootstrap(
        hits, scores, customers, shares=shares, bins=bins, resamples=resamples, seed=seed
    )
    model, before = made["model"], made.get("uncalibrated")
    asked, whose = judging or Judging(), len(np.unique(np.asarray(customers)))
    return Evaluation(
        task=task,
        rows=len(hits),
        customers=whose,
        positives=int(hits.sum()),
        resamples=resamples,
        seed=seed,
        cutoffs=by_cutoff(hits, told, times),
        metrics=model.intervals(),
        uncalibrated={name: before.interval(name) for name in CALIBRATION} if before else {},
        baselines={name: made[name].intervals() for name in baselines},
        differences={
            name: {metric: model.minus(made[name], metric) for metric in COMPARED}
            for name in baselines
        },
        deciles=deciles(hits, told),
        reliability=(table := reliability(hits, told, bins)),
        observed=observed_rates(table, told, customers, model, bins),
        curve=curve(hits, told),
        histogram=histogram(hits, told),
        effective=effective_size(hits, told, customers),
        slices=slices(hits, told, customers, by, resamples=resamples, seed=seed),
        fairness=fairness(
            hits,
            told,
            customers,
            protected,
            share=asked.list_share,
            resamples=resamples,
            seed=seed,
        ),
        stability=stability(hits, told, customers, times, resamples=resamples, seed=seed),
        contacts=contacts(model, len(hits), asked),
        decile_rates=decile_rates(model, len(hits), whose),
        segments=(
            ()
            if levels is None
            else segments(hits, told, customers, levels, bins=bins, resamples=resamples, seed=seed)
        ),
    )
