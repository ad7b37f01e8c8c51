"""The judgement of a model on its test slice, beside what it must beat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from features.arrays import Ints, Values
from features.errors import DefinitionError
from training.judge.curves import CurvePoint, CutoffRow, ScoreBin, by_cutoff, curve, histogram
from training.judge.effective import EffectiveSize, effective_size
from training.judge.fairness import Fairness, fairness
from training.judge.intervals import RESAMPLES, Interval, Replicates, bootstrap, quantiles
from training.judge.metrics import SHARES, Decile, checked, deciles
from training.judge.reliability import BINS, ReliabilityBin, reliability
from training.judge.settings import Judging
from training.judge.slices import SliceRow, slices
from training.judge.stability import PeriodGini, stability

COMPARED: Final = ("roc_auc", "average_precision")
"""Metrics whose paired difference to each baseline is given."""

CALIBRATION: Final = ("brier", "log_loss", "ece", "calibration_slope", "calibration_intercept")
"""Metrics that calibration changes; the others follow from the order of scores."""


@dataclass(frozen=True)
class Evaluation:
    """What one model is worth on rows it has never met.

    Parameters
    ----------
    task : str
        Name of the task.
    rows, customers, positives : int
        Size of the test slice.
    resamples, seed : int
        Of the bootstrap by customer that made the intervals.
    cutoffs : tuple of CutoffRow
        In order of time.
    metrics : mapping of str to Interval
        Every metric of the model.
    uncalibrated : mapping of str to Interval
        The metrics of `CALIBRATION` before calibration; empty when not given.
    baselines : mapping of str to mapping
        Every metric of every baseline.
    differences : mapping of str to mapping
        Model minus baseline on the same resamples, for the metrics of `COMPARED`.
    deciles, reliability, curve, histogram : tuples
        Tables behind the figures.
    observed : tuple of Interval
        Rate of positives in each bin of ``reliability``.
    effective : EffectiveSize
        How many independent rows the rows are worth.
    slices : tuple of SliceRow
        The judgement by levels of attributes.
    fairness : Fairness
        Groups of protected attributes.
    stability : tuple of PeriodGini
        The ranking by cutoff or month.
    """

    task: str
    rows: int
    customers: int
    positives: int
    resamples: int
    seed: int
    cutoffs: tuple[CutoffRow, ...]
    metrics: Mapping[str, Interval]
    uncalibrated: Mapping[str, Interval]
    baselines: Mapping[str, Mapping[str, Interval]]
    differences: Mapping[str, Mapping[str, Interval]]
    deciles: tuple[Decile, ...]
    reliability: tuple[ReliabilityBin, ...]
    observed: tuple[Interval, ...]
    curve: tuple[CurvePoint, ...]
    histogram: tuple[ScoreBin, ...]
    effective: EffectiveSize
    slices: tuple[SliceRow, ...]
    fairness: Fairness
    stability: tuple[PeriodGini, ...]

    @property
    def base_rate(self) -> float:
        """Rate of positives."""
        return self.positives / self.rows

    @property
    def verdicts(self) -> tuple[str, ...]:
        """One sentence for each baseline."""
        return tuple(
            verdict(f"{name} alone" if name == "recency" else name, each["roc_auc"])
            for name, each in self.differences.items()
        )

    @property
    def beats_all(self) -> bool:
        """Whether the AUC is above that of every baseline, and no interval includes 0."""
        return all(each["roc_auc"].low > 0 for each in self.differences.values())

    def scalars(self) -> dict[str, float]:
        """Return metrics by flat names for an experiment tracker; undefined ones are left out."""
        groups = {"": self.metrics}
        groups |= {f"{name}.": each for name, each in self.baselines.items()}
        groups |= {f"minus_{name}.": each for name, each in self.differences.items()}
        flat = {
            f"{prefix}{name}{suffix}": value
            for prefix, group in groups.items()
            for name, each in group.items()
            for suffix, value in (("", each.value), ("_low", each.low), ("_high", each.high))
            if math.isfinite(value)
        }
        return {"rows": float(self.rows), "base_rate": self.base_rate} | flat

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values in a stable order; None for what is not defined."""
        tables = ("cutoffs", "deciles", "reliability", "curve", "histogram")
        groups = ("baselines", "differences")
        head = {name: getattr(self, name) for name in ("task", "rows", "customers", "positives")}
        return {
            **head,
            "base_rate": self.base_rate,
            "resamples": self.resamples,
            "seed": self.seed,
            "verdicts": list(self.verdicts),
            "metrics": _plain(self.metrics),
            "uncalibrated": _plain(self.uncalibrated),
            **{
                name: {key: _plain(each) for key, each in getattr(self, name).items()}
                for name in groups
            },
            **{name: [asdict(each) for each in getattr(self, name)] for name in tables},
            "observed": [each.to_json() for each in self.observed],
            "effective": self.effective.to_json(),
            "slices": [each.to_json() for each in self.slices],
            "fairness": self.fairness.to_json(),
            "stability": [each.to_json() for each in self.stability],
        }


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
        Probabilities of each baseline for the same rows; ``recency`` is called "recency alone".
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
    asked = judging or Judging()
    return Evaluation(
        task=task,
        rows=len(hits),
        customers=len(np.unique(np.asarray(customers))),
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
        observed=_observed(table, model),
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
    )


def verdict(name: str, difference: Interval) -> str:
    """Say in a sentence whether a model beats a baseline.

    Examples
    --------
    >>> verdict("recency alone", Interval(0.031, 0.02, 0.04))
    'beats recency alone by 0.031 AUC (95 % interval 0.020 to 0.040)'
    >>> verdict("logistic", Interval(0.001, -0.003, 0.005))
    'does not beat logistic: difference 0.001 AUC, the 95 % interval -0.003 to 0.005 includes 0'
    """
    value = f"{difference.value:.3f} AUC"
    if not (math.isfinite(difference.low) and math.isfinite(difference.high)):
        return f"is not shown to beat {name}: too few customers for an interval around {value}"
    span = f"{difference.low:.3f} to {difference.high:.3f}"
    if difference.low > 0:
        return f"beats {name} by {value} (95 % interval {span})"
    if difference.high < 0:
        return f"is worse than {name} by {-difference.value:.3f} AUC (95 % interval {span})"
    return f"does not beat {name}: difference {value}, the 95 % interval {span} includes 0"


def _plain(group: Mapping[str, Interval]) -> dict[str, dict[str, float | None]]:
    return {name: each.to_json() for name, each in group.items()}


def _observed(table: tuple[ReliabilityBin, ...], model: Replicates) -> tuple[Interval, ...]:
    columns = model.observed.T
    return tuple(
        Interval(each.observed, *quantiles(column))
        for each, column in zip(table, columns, strict=True)
    )
