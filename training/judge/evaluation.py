"""What one model is worth on rows it has never met, as a value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from training.judge.contacts import ContactRow
from training.judge.curves import CurvePoint, CutoffRow, ScoreBin
from training.judge.effective import EffectiveSize
from training.judge.fairness import Fairness
from training.judge.intervals import Interval
from training.judge.metrics import Decile
from training.judge.reliability import ReliabilityBin
from training.judge.segments import SegmentRow
from training.judge.slices import SliceRow
from training.judge.stability import PeriodGini

if TYPE_CHECKING:
    from training.judge.diagnostics import Diagnostics

LOGISTIC: Final = "logistic"
"""Baseline of all features; any other is one feature alone."""


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
    contacts : tuple of ContactRow
        What the highest-scored shares capture, and their profit when a hit has a value.
    decile_rates : tuple of Interval
        Rate of positives in each of ``deciles``.
    segments : tuple of SegmentRow
        Reliability of the segments that are calibrated apart.
    diagnostics : Diagnostics or None
        What costs a few fits to know; None when that was switched off.
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
    contacts: tuple[ContactRow, ...]
    decile_rates: tuple[Interval, ...]
    segments: tuple[SegmentRow, ...] = ()
    diagnostics: Diagnostics | None = None

    @property
    def base_rate(self) -> float:
        """Rate of positives."""
        return self.positives / self.rows

    @property
    def verdicts(self) -> tuple[str, ...]:
        """One sentence for each baseline."""
        return tuple(
            verdict(in_words(name), each["roc_auc"]) for name, each in self.differences.items()
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
        split = self.diagnostics.random_split if self.diagnostics else None
        if split:
            told = {
                "random_split.roc_auc": split.random,
                "random_minus_later.roc_auc": split.difference,
            }
            flat |= {name: each.value for name, each in told.items()}
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
            "contacts": [each.to_json() for each in self.contacts],
            "decile_rates": [each.to_json() for each in self.decile_rates],
            "segments": [each.to_json() for each in self.segments],
            "diagnostics": self.diagnostics.to_json() if self.diagnostics else None,
        }


def in_words(baseline: str) -> str:
    """Say what a baseline is: a logistic regression in all features, or one feature alone.

    Examples
    --------
    >>> in_words("recency"), in_words("logistic")
    ('recency alone', 'logistic')
    """
    return baseline if baseline == LOGISTIC else f"{baseline} alone"


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
