"""The tables of metrics of a report."""

from __future__ import annotations

from typing import Final

from features import page
from training.judge.evaluation import Evaluation, in_words
from training.report.words import shown

_METRICS: Final = {
    "roc_auc": ("ROC AUC", "0.5 is chance, 1 is perfect order"),
    "gini": ("Gini", "0 is chance; 2 AUC - 1"),
    "ks": ("KS", "widest gap of the two outcomes' curves; 0 is chance"),
    "average_precision": ("Average precision", "chance is the base rate"),
    "brier": ("Brier score", "squared error; lower is better"),
    "log_loss": ("Log loss", "in nats; lower is better"),
    "ece": ("ECE", "mean gap of told and found; never quite 0 in a sample"),
    "calibration_slope": ("Calibration slope", "1 is right; below 1, scores are too extreme"),
    "calibration_intercept": ("Calibration in the large", "0 is right; above 0, too low"),
}


def metric_tables(evaluation: Evaluation) -> list[str]:
    """Write every metric beside its baselines, and the paired differences."""
    names = list(evaluation.baselines)
    rows = []
    for name, value in sorted(evaluation.metrics.items(), key=lambda pair: _place(pair[0])):
        label, meaning = _label(name)
        before = [shown(evaluation.uncalibrated.get(name))] if evaluation.uncalibrated else []
        others = [shown(evaluation.baselines[each][name]) for each in names]
        rows.append([f"{label}\n{meaning}", shown(value), *before, *others])
    raw = ["Uncalibrated"] if evaluation.uncalibrated else []
    head = ["Metric", "Model", *raw, *(_baseline(each) for each in names)]
    parts = [page.table(head, rows)]
    if names:
        against = [
            [f"Model minus {_baseline(name).lower()}", *(shown(each) for each in group.values())]
            for name, group in evaluation.differences.items()
        ]
        compared = [_label(name)[0] for name in next(iter(evaluation.differences.values()))]
        parts.append(page.table(["Paired difference", *compared], against))
    note = (
        f"Below each value, its 95 % interval from {evaluation.resamples} resamples of customers. "
        "Differences use the same resamples for both, so they are sharper than the intervals "
        "apart. Intervals in other parts of the page come of resamples of their own, and differ in "
        f"their last digits. The model was {evaluation.effective.sentence}."
    )
    return [*parts, page.text(note, "note")]


def metric_name(name: str) -> str:
    """Say a metric in words."""
    return _label(name)[0]


def _place(name: str) -> int:
    known = list(_METRICS)
    return known.index(name) if name in known else len(known)


def _label(name: str) -> tuple[str, str]:
    if name in _METRICS:
        return _METRICS[name]
    kind, _, share = name.rpartition("_at_")
    if kind == "lift":
        return f"Lift, top {share} %", "1 is chance"
    return f"Captured, top {share} %", f"chance is {float(share) / 100:g}"


def _baseline(name: str) -> str:
    words = in_words(name)
    return words[:1].upper() + words[1:]
