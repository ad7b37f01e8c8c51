"""One page for one task: what was asked, how good the answer is, and what to know before use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from features import page
from training.judge.evaluation import Evaluation
from training.report.card import card, card_html, limits
from training.report.context import ReportContext
from training.report.drawing import Plot
from training.report.grouptables import (
    contract_table,
    fairness_tables,
    period_words,
    slice_table,
    split_words,
)
from training.report.metrictables import metric_tables
from training.report.numbers import number
from training.report.plots import SCORES, elements, figures, plots

MOST_CUTOFFS: Final = 200
"""Cutoffs of the test slice that are listed: the last ones."""

MOST_DROPPED: Final = 200
"""Features left out that are listed."""


def report(
    evaluation: Evaluation, context: ReportContext, drawn: Mapping[str, str] | None = None
) -> str:
    """Write the report as one HTML page that needs no network and no script.

    Parameters
    ----------
    evaluation : Evaluation
        From `training.judge.evaluate.evaluate`.
    context : ReportContext
        What to tell beside it.
    drawn : mapping of str to str, optional
        What `training.report.plots.elements` writes, when that was done already.

    Returns
    -------
    str
        HTML, about 500 kB whatever the rows; the same inputs give the same text.
    """
    told = plots(evaluation)
    shapes = drawn or elements(evaluation, figures(evaluation))
    doubt = "verdict" if evaluation.beats_all else "verdict doubt"
    verdicts = [f"The model {sentence}." for sentence in evaluation.verdicts]
    parts = [
        f"<header>\n<h1>{escape(context.question)}</h1>",
        page.text(_summary(evaluation, context), "lead"),
        page.items(verdicts or ["The model was compared with no baseline."], doubt),
        "</header>",
        page.section("Task", page.pairs(_task(evaluation, context)), _slices(context)),
        page.section("Metrics", *metric_tables(evaluation)),
        page.section("Figures", _figures(told, shapes, _named(told, SCORES))),
        *_calibration(context, told, shapes),
        page.section("Groups", *_groups(evaluation, told, shapes)),
        page.section(
            "Over time",
            *([_figures(told, shapes, ["stability"])] if "stability" in told else []),
            *([page.text(alone)] if (alone := period_words(evaluation)) else []),
            _cutoffs(evaluation, context),
            page.text(split_words(evaluation)),
        ),
    ]
    if searched := _named(told, ("learning", "tuning")):
        parts.append(page.section("Data and search", _figures(told, shapes, searched)))
    moved = [name for name in told if name == "attribution" or name.startswith("dependence_")]
    if context.importance or moved:
        shown_features = [_figures(told, shapes, moved)] if moved else []
        parts.append(page.section("Features", *shown_features, *_features(context)))
    parts += [
        page.section("Model card", card_html(card(evaluation, context))),
        page.section("Data", *_data(context)),
        page.section("What to know", page.items(limits(evaluation, context))),
    ]
    return page.document(f"{evaluation.task}: {context.question}", parts)


def _summary(evaluation: Evaluation, context: ReportContext) -> str:
    model = f"Model {context.model}, judged" if context.model else "Judged"
    return (
        f"{model} on the test slice: {evaluation.rows:,} rows of {evaluation.customers:,} "
        f"customers, {number(evaluation.base_rate, '.1%')} of them positive."
    )


def _task(evaluation: Evaluation, context: ReportContext) -> list[tuple[str, str]]:
    gap = f"{context.gap:g} days after the cutoff" if context.gap else "at the cutoff"
    window = f"{context.horizon:g} days, starting {gap}"
    told = [
        ("Task", evaluation.task),
        ("Cohort", context.cohort),
        ("Label window", window if context.horizon else "none: the outcome stands in the row"),
        ("Split", context.split),
    ]
    return told + ([("Calibration", context.calibration)] if context.calibration else [])


def _slices(context: ReportContext) -> str:
    rows = [
        (
            each.name,
            each.when,
            f"{each.rows:,}",
            f"{each.positives:,}",
            number(each.positives / each.rows, ".1%") if each.rows else "",
        )
        for each in context.slices
    ]
    when = "Times" if any(each.is_span for each in context.slices) else "Cutoffs"
    return page.table(["Slice", when, "Rows", "Positives", "Base rate"], rows, texts=(0, 1))


def _figures(told: Mapping[str, Plot], drawn: Mapping[str, str], names: list[str]) -> str:
    parts = [
        page.figure(
            told[name].title,
            drawn[name],
            f"{told[name].says} {told[name].means}",
            page.table(list(told[name].head), told[name].rows),
        )
        for name in names
    ]
    return '<div class="figures">\n' + "\n".join(parts) + "\n</div>"


def _named(told: Mapping[str, Plot], names: Sequence[str]) -> list[str]:
    return [name for name in names if name in told]


def _groups(
    evaluation: Evaluation, told: Mapping[str, Plot], shapes: Mapping[str, str]
) -> list[str]:
    parts = [*slice_table(evaluation), *fairness_tables(evaluation)]
    names = _named(told, ("slices", "fairness"))
    return [*([_figures(told, shapes, names)] if names else []), *parts]


def _calibration(
    context: ReportContext, told: Mapping[str, Plot], shapes: Mapping[str, str]
) -> list[str]:
    promised = contract_table(context.contract) if context.contract else []
    names = [name for name in told if name.startswith("segment_")]
    drawn = [_figures(told, shapes, names)] if names else []
    parts = [*promised, *drawn]
    return [page.section("Calibration", *parts)] if parts else []


def _cutoffs(evaluation: Evaluation, context: ReportContext) -> str:
    rows = [
        (
            each.cutoff.removesuffix("T00:00:00Z"),
            f"{each.rows:,}",
            f"{each.positives:,}",
            number(each.predicted, ".1%"),
            number(each.observed, ".1%"),
        )
        for each in evaluation.cutoffs[-MOST_CUTOFFS:]
    ]
    # Rows of a ready-made table that stand at many times are told by their months.
    when = "From" if any(each.is_span for each in context.slices) else "Cutoff"
    return page.table([when, "Rows", "Positives", "Mean told", "Rate found"], rows)


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
            page.table(
                ["Left out", "Why, in the training rows"],
                context.dropped[:MOST_DROPPED],
                texts=(0, 1),
            ),
        ]
        if len(context.dropped) > MOST_DROPPED:
            parts.append(page.text(f"The first {MOST_DROPPED} are listed; the bundle has all."))
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
