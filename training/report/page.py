"""One page for one task: what was asked, how good the answer is, and what to know before use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Final

from features import page
from training.judge.evaluate import Evaluation
from training.judge.intervals import Interval
from training.report.context import ReportContext
from training.report.plots import describe, figures, svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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

_TITLES: Final = {
    "reliability": "Reliability",
    "gain": "Gain",
    "lift": "Lift by decile",
    "roc": "ROC curve",
    "precision_recall": "Precision and recall",
    "scores": "Scores by outcome",
}


def report(
    evaluation: Evaluation, context: ReportContext, drawn: Mapping[str, Figure] | None = None
) -> str:
    """Write the report as one HTML page that needs no network and no script.

    Parameters
    ----------
    evaluation : Evaluation
        From `training.judge.evaluate.evaluate`.
    context : ReportContext
        What to tell beside it.
    drawn : mapping of str to Figure, optional
        What `training.report.plots.figures` draws, when that was done already.

    Returns
    -------
    str
        HTML, about 200 kB; the same inputs give the same text.
    """
    doubt = "verdict" if evaluation.beats_all else "verdict doubt"
    verdicts = [f"The model {sentence}." for sentence in evaluation.verdicts]
    parts = [
        f"<header>\n<h1>{escape(context.question)}</h1>",
        page.text(_summary(evaluation, context), "lead"),
        page.items(verdicts or ["The model was compared with no baseline."], doubt),
        "</header>",
        page.section("Task", page.pairs(_task(evaluation, context)), _slices(context)),
        page.section("Metrics", *_metrics(evaluation)),
        page.section("Figures", _figures(evaluation, drawn or figures(evaluation))),
        page.section("By cutoff", _cutoffs(evaluation)),
    ]
    if context.importance:
        parts.append(page.section("Features", *_features(context)))
    parts += [
        page.section("Data", *_data(context)),
        page.section("What to know", page.items(_limits(evaluation, context))),
    ]
    return page.document(f"{evaluation.task}: {context.question}", parts)


def _summary(evaluation: Evaluation, context: ReportContext) -> str:
    model = f"Model {context.model}, judged" if context.model else "Judged"
    return (
        f"{model} on the test slice: {evaluation.rows:,} rows of {evaluation.customers:,} "
        f"customers, {evaluation.base_rate:.1%} of them positive."
    )


def _task(evaluation: Evaluation, context: ReportContext) -> list[tuple[str, str]]:
    gap = f"{context.gap:g} days after the cutoff" if context.gap else "at the cutoff"
    told = [
        ("Task", evaluation.task),
        ("Cohort", context.cohort),
        ("Label window", f"{context.horizon:g} days, starting {gap}"),
        ("Split", context.split),
    ]
    return told + ([("Calibration", context.calibration)] if context.calibration else [])


def _slices(context: ReportContext) -> str:
    rows = [
        (
            each.name,
            _dates(each.cutoffs),
            f"{each.rows:,}",
            f"{each.positives:,}",
            f"{each.positives / each.rows:.1%}" if each.rows else "",
        )
        for each in context.slices
    ]
    return page.table(["Slice", "Cutoffs", "Rows", "Positives", "Base rate"], rows, texts=(0, 1))


def _metrics(evaluation: Evaluation) -> list[str]:
    names = list(evaluation.baselines)
    rows = []
    for name, value in evaluation.metrics.items():
        label, meaning = _label(name)
        before = [_shown(evaluation.uncalibrated.get(name))] if evaluation.uncalibrated else []
        others = [_shown(evaluation.baselines[each][name]) for each in names]
        rows.append([f"{label}\n{meaning}", _shown(value), *before, *others])
    raw = ["Uncalibrated"] if evaluation.uncalibrated else []
    head = ["Metric", "Model", *raw, *(_baseline(each) for each in names)]
    parts = [page.table(head, rows)]
    if names:
        against = [
            [f"Model minus {_baseline(name).lower()}", *(_shown(each) for each in group.values())]
            for name, group in evaluation.differences.items()
        ]
        compared = [_label(name)[0] for name in next(iter(evaluation.differences.values()))]
        parts.append(page.table(["Paired difference", *compared], against))
    note = (
        f"Below each value, its 95 % interval from {evaluation.resamples} resamples of customers. "
        "Differences use the same resamples for both, so they are sharper than the intervals apart."
    )
    return [*parts, page.text(note, "note")]


def _figures(evaluation: Evaluation, drawn: Mapping[str, Figure]) -> str:
    told, data = describe(evaluation), _data_tables(evaluation)
    parts = [
        page.figure(_TITLES[name], svg(each, name, told[name]), told[name], data[name])
        for name, each in drawn.items()
    ]
    return '<div class="figures">\n' + "\n".join(parts) + "\n</div>"


def _data_tables(evaluation: Evaluation) -> dict[str, str]:
    bins = [
        (f"{a.low:.3f} to {a.high:.3f}", f"{a.rows:,}", f"{a.predicted:.3f}", _shown(b))
        for a, b in zip(evaluation.reliability, evaluation.observed, strict=True)
    ]
    tenths = [
        (str(each.decile), f"{each.rate:.1%}", f"{each.lift:.2f}", f"{each.captured:.1%}")
        for each in evaluation.deciles
    ]
    # Curves hold more points than a reader of tables wants.
    curve = [
        tuple(
            f"{value:.1%}"
            for value in (each.share, each.captured, each.false_positive_rate, each.precision)
        )
        for each in evaluation.curve
        if abs(each.share * 20 - round(each.share * 20)) < 1e-9
    ]
    scores = [
        (f"{each.low:.3f} to {each.high:.3f}", f"{each.negatives:,}", f"{each.positives:,}")
        for each in evaluation.histogram
    ]
    points = page.table(["Rows", "Captured (recall)", "False positive rate", "Precision"], curve)
    return {
        "reliability": page.table(["Probability", "Rows", "Mean told", "Rate found"], bins),
        "gain": points,
        "lift": page.table(["Decile", "Rate", "Lift", "Captured so far"], tenths),
        "roc": points,
        "precision_recall": points,
        "scores": page.table(["Probability", "Negatives", "Positives"], scores),
    }


def _cutoffs(evaluation: Evaluation) -> str:
    rows = [
        (
            _date(each.cutoff),
            f"{each.rows:,}",
            f"{each.positives:,}",
            f"{each.predicted:.1%}",
            f"{each.observed:.1%}",
        )
        for each in evaluation.cutoffs
    ]
    return page.table(["Cutoff", "Rows", "Positives", "Mean told", "Rate found"], rows)


def _features(context: ReportContext) -> list[str]:
    rows = [(each.name, f"{each.share:.1%}", each.description) for each in context.importance]
    note = "Share of the gain of all splits: what the model used, not what causes the outcome."
    parts = [
        page.table(["Feature", "Gain", "What it says"], rows, texts=(0, 2)),
        page.text(note, "note"),
    ]
    if context.dropped:
        parts += [
            page.text(f"{len(context.dropped)} features were left out before training:"),
            page.table(["Left out", "Why, in the training rows"], context.dropped, texts=(0, 1)),
        ]
    return parts


def _data(context: ReportContext) -> list[str]:
    told = [*context.sources]
    if context.data_hash:
        told.append(("Fingerprint", context.data_hash))
    parts = [page.pairs(told)] if told else [page.text("No sources were recorded.")]
    if context.static:
        tables = ", ".join(context.static)
        warning = (
            f"Attributes without times: {tables}. They are read as they are today, so they may "
            "carry what was learnt after the cutoff."
        )
        parts.append(page.items([warning], "verdict doubt"))
    return parts


def _limits(evaluation: Evaluation, context: ReportContext) -> list[str]:
    told = [
        "The scores hold for the cohort and the label window above, and while customers behave as "
        "they did at the test cutoffs.",
        "A score predicts; it does not tell whether contacting a customer changes anything.",
    ]
    if len(evaluation.cutoffs) == 1:
        told.append(
            "All test rows share one cutoff: intervals tell how much customers differ, not how "
            "much months do."
        )
    slope = evaluation.metrics["calibration_slope"]
    if slope.high < 1 or slope.low > 1:
        side = "too extreme" if slope.high < 1 else "too timid"
        told.append(f"The calibration slope is off 1: probabilities are {side} on the test slice.")
    return [*told, *context.limits]


def _label(name: str) -> tuple[str, str]:
    if name in _METRICS:
        return _METRICS[name]
    kind, _, share = name.rpartition("_at_")
    if kind == "lift":
        return f"Lift, top {share} %", "1 is chance"
    return f"Captured, top {share} %", f"chance is {float(share) / 100:g}"


def _dates(cutoffs: tuple[str, ...]) -> str:
    if len(cutoffs) > 3:
        return f"{len(cutoffs)} from {_date(min(cutoffs))} to {_date(max(cutoffs))}"
    return ", ".join(map(_date, cutoffs)) or "untimed"


def _date(cutoff: str) -> str:
    return cutoff.removesuffix("T00:00:00Z")


def _baseline(name: str) -> str:
    return "Recency alone" if name == "recency" else name[:1].upper() + name[1:]


def _shown(value: Interval | None) -> str:
    if value is None:
        return ""
    if not math.isfinite(value.value):
        return "not defined"
    if not (math.isfinite(value.low) and math.isfinite(value.high)):
        return f"{value.value:.3f}\ntoo few customers"
    return f"{value.value:.3f}\n{value.low:.3f} to {value.high:.3f}"
