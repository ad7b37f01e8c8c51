"""The model card: what a model is for, how good it is, and who it must not be used for.

After Mitchell et al. (2019), Model Cards for Model Reporting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from features import page
from training.judge.evaluation import Evaluation
from training.report.context import ReportContext
from training.report.grouptables import MEASURES, split_words
from training.report.metrictables import metric_name
from training.report.numbers import number
from training.report.words import inline


@dataclass(frozen=True)
class Part:
    """A heading of the card, and the sentences below it."""

    title: str
    lines: tuple[str, ...]


def card(evaluation: Evaluation, context: ReportContext) -> tuple[Part, ...]:
    """Gather what a model card says.

    Parameters
    ----------
    evaluation : Evaluation
        On the test slice.
    context : ReportContext
        What was asked, of whom, from which data.

    Returns
    -------
    tuple of Part
        In the order of reading.
    """
    test = [each.cutoff[:10] for each in evaluation.cutoffs]
    when = f"{len(test)} cutoffs from {test[0]} to {test[-1]}" if len(test) > 3 else ", ".join(test)
    before = [each for each in context.slices if each.name != "test"]
    learnt = sorted(each[:10] for part in before for each in part.cutoffs)
    period = f"Learnt and calibrated at {learnt[0]} to {learnt[-1]}. " if learnt else ""
    verdicts = [f"It {each}." for each in evaluation.verdicts]
    told = [f"{metric_name(name)}: {inline(value)}" for name, value in evaluation.metrics.items()]
    calibration = [context.calibration] if context.calibration else []
    ece, slope = (evaluation.metrics[name] for name in ("ece", "calibration_slope"))
    repeat = [f"{name}: {value}" for name, value in context.repeat]
    return (
        Part(
            "What it is for",
            (
                context.question,
                f"It scores {context.cohort}, over {context.horizon:g} days.",
                *([f"Model {context.model}."] if context.model else []),
            ),
        ),
        Part(
            "Who it must not be used for",
            (
                "Customers outside this cohort, and questions other than this one: its "
                "probabilities mean nothing there.",
                "Decisions about one person without a human who can overrule it, where the law "
                "asks for one.",
                "Claims about causes: it does not say whom a contact would change.",
            ),
        ),
        Part(
            "Data and period",
            (
                f"{period}Judged at {when}.",
                f"{evaluation.rows:,} test rows of {evaluation.customers:,} customers, "
                f"{evaluation.positives:,} positive (base rate {evaluation.base_rate:.2%}); worth "
                f"{evaluation.effective.effective_rows:,.0f} independent rows.",
                f"Split {context.split}.",
                *(f"{name}: {place}" for name, place in context.sources),
                *([f"Fingerprint of the rows: {context.data_hash}"] if context.data_hash else []),
            ),
        ),
        Part(
            "Metrics, with 95 % intervals",
            (*told, *verdicts),
        ),
        Part("Slices", _slices(evaluation)),
        Part("Fairness", _fairness(evaluation)),
        Part(
            "Calibration",
            (
                *calibration,
                f"ECE {inline(ece)}, slope {inline(slope)} on the test slice "
                f"(n = {evaluation.rows:,}).",
            ),
        ),
        Part("Limits", (*limits(evaluation, context), split_words(evaluation))),
        Part("How to repeat it", tuple(repeat) or ("Not recorded.",)),
    )


def limits(evaluation: Evaluation, context: ReportContext) -> tuple[str, ...]:
    """Say what to know before a model is used."""
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
    return (*told, *context.limits)


def card_html(parts: Sequence[Part]) -> str:
    """Write the card for the page."""
    return "\n".join(f"<h3>{escape(each.title)}</h3>\n{page.items(each.lines)}" for each in parts)


def card_markdown(title: str, parts: Sequence[Part]) -> str:
    """Write the card as a file.

    Examples
    --------
    >>> print(card_markdown("coffee", [Part("Limits", ("It knows no prices.",))]))
    # Model card: coffee
    <BLANKLINE>
    ## Limits
    <BLANKLINE>
    - It knows no prices.
    <BLANKLINE>
    """
    blocks = [f"# Model card: {title}\n"]
    blocks += [
        f"## {each.title}\n\n" + "".join(f"- {_plain(line)}\n" for line in each.lines)
        for each in parts
    ]
    return "\n".join(blocks)


def _plain(line: str) -> str:
    """Keep what came from data from becoming markup."""
    return " ".join(line.replace("<", "&lt;").replace("`", "'").split())


def _slices(evaluation: Evaluation) -> tuple[str, ...]:
    told = [each for each in evaluation.slices if each.roc_auc is not None]
    few = len(evaluation.slices) - len(told)
    lines = [
        f"{each.by} {each.level} (n = {each.rows:,}, {each.positives:,} positive): AUC "
        f"{inline(each.roc_auc)}, told {number(each.predicted or 0.0, '.1%')}, "
        f"found {inline(each.observed, '.1%')}"
        for each in told
    ]
    rest = [f"{few} slices have too few rows to be judged."] if few else []
    return (*lines, *rest) or ("No attribute to slice by.",)


def _fairness(evaluation: Evaluation) -> tuple[str, ...]:
    found = evaluation.fairness
    lines = tuple(
        f"{each.by}, {MEASURES[each.measure].lower()}: {each.highest} above {each.lowest} by "
        f"{inline(each.gap, '.1%')}"
        for each in found.gaps
    )
    head = f"Gaps on a list of the highest-scored {found.share:.0%} of rows:"
    return (head, *lines) if lines else ("Not judged: no protected attribute with enough rows.",)
