"""The model card: what a model is for, how good it is, and who it must not be used for.

After Mitchell et al. (2019), Model Cards for Model Reporting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from features import page
from training.calibration.contract import STATES, Contract
from training.judge.evaluation import Evaluation
from training.report.context import ReportContext, Slice, span
from training.report.grouptables import MEASURES, left_out, period_words, same_words, split_words
from training.report.metrictables import metric_name
from training.report.numbers import number
from training.report.words import counted, inline

_CHANCE: Final = {
    True: "beyond chance",
    False: "within chance",
    None: "of too few customers to tell it from chance",
}

MOST_NAMED: Final = 10
"""Features, and segments of one state, that a card names."""


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
    before = [each for each in context.slices if each.name != "test"]
    learnt = [each for part in before for each in part.cutoffs]
    period = f"Learnt and calibrated at {span(learnt)}. " if learnt else ""
    verdicts = [f"It {each}." for each in evaluation.verdicts]
    told = [f"{metric_name(name)}: {inline(value)}" for name, value in evaluation.metrics.items()]
    calibration = [context.calibration] if context.calibration else []
    over = f", over {context.horizon:g} days" if context.horizon else ""
    ece, slope = (evaluation.metrics[name] for name in ("ece", "calibration_slope"))
    repeat = [f"{name}: {value}" for name, value in context.repeat]
    return (
        Part(
            "What it is for",
            (
                context.question,
                f"It scores {context.cohort}{over}.",
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
                f"{period}Judged at {_judged_at(evaluation, context)}.",
                f"{evaluation.positives:,} of {evaluation.rows:,} test rows are positive, a base "
                f"rate of {number(evaluation.base_rate, '.2%')}.",
                f"{_capital(evaluation.effective.sentence)}.",
                *(_slice(each) for each in context.slices),
                f"Split {context.split.rstrip('.')}.",
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
            "Calibration, and what is promised of it",
            (
                *calibration,
                f"ECE {inline(ece)}, slope {inline(slope)} on the test slice "
                f"(n = {evaluation.rows:,}).",
                *(_promise(context.contract) if context.contract else ("Nothing is promised.",)),
            ),
        ),
        Part("Features", _features(context)),
        Part("Reasons", context.reasons or ("Not recorded.",)),
        Part(
            "Limits",
            tuple(
                words
                for words in (
                    *limits(evaluation, context),
                    period_words(evaluation),
                    split_words(evaluation),
                )
                if words
            ),
        ),
        Part("How to repeat it", tuple(repeat) or ("Not recorded.",)),
    )


def limits(evaluation: Evaluation, context: ReportContext) -> tuple[str, ...]:
    """Say what to know before a model is used."""
    told = [
        "The scores hold for the cohort and the label window above, and while customers behave as "
        "they did at the test cutoffs.",
        "A score predicts; it does not tell whether contacting a customer changes anything.",
    ]
    if context.static:
        told.append(
            f"Attributes without times ({', '.join(context.static)}) are read as they are today, "
            "so they may carry what was learnt after the cutoff."
        )
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


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _slice(each: Slice) -> str:
    rate = f" ({number(each.positives / each.rows, '.1%')})" if each.rows else ""
    when = span(each.cutoffs) if each.cutoffs else "untimed"
    return f"Slice {each.name}, {when}: {each.rows:,} rows, {each.positives:,} positive{rate}."


def _judged_at(evaluation: Evaluation, context: ReportContext) -> str:
    test = next((each for each in context.slices if each.name == "test"), None)
    if test is not None and test.is_span:
        return test.when
    days = [each.cutoff[:10] for each in evaluation.cutoffs]
    return f"{len(days)} cutoffs from {span(days)}" if len(days) > 3 else ", ".join(days)


def _promise(contract: Contract) -> tuple[str, ...]:
    """Say what each answer will state of its probability, and where it will not say calibrated."""
    told = [
        f"Each answer states whether its probability is {', '.join(STATES[:-1])} or {STATES[-1]}.",
        f"All rows: {contract.overall.state}, by outcomes up to {contract.until[:10]}.",
    ]
    if contract.by:
        for state in STATES:
            named = [str(each.segment) for each in contract.segments if each.state == state]
            told += [f"By {contract.by}, {state}: {_listed(named)}."] if named else []
    return tuple(told)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _features(context: ReportContext) -> tuple[str, ...]:
    if not context.importance:
        return ("Not recorded.",)
    top = context.importance[:MOST_NAMED]
    read, left = f"It reads {counted(context.inputs, 'input')}; ", len(context.dropped)
    return (
        f"{read}{counted(left, 'feature')} left out before training.",
        *(
            f"{each.name}, {each.share:.1%} of the gain"
            + (f": {each.description}" if each.description else "")
            for each in top
        ),
        "Gain says what the model used, not what causes the outcome.",
    )


def _slices(evaluation: Evaluation) -> tuple[str, ...]:
    told = [each for each in evaluation.slices if each.roc_auc is not None]
    few = len(evaluation.slices) - len(told)
    lines = [
        f"{each.name} (n = {each.rows:,}, {each.positives:,} positive): AUC "
        f"{inline(each.roc_auc)}, told {number(each.predicted or 0.0, '.1%')}, "
        f"found {inline(each.observed, '.1%')}"
        for each in told
    ]
    rest = [f"With too few rows to be judged: {counted(few, 'slice')}."] if few else []
    same = [f"The very same rows: {words}" for words in same_words(evaluation)]
    return (*lines, *rest, *same) or ("No attribute to slice by.",)


def _fairness(evaluation: Evaluation) -> tuple[str, ...]:
    found = evaluation.fairness
    if not found.groups:
        return ("Not judged: no protected attribute is named in judging.protected.",)
    lines = tuple(
        f"{each.by}, {MEASURES[each.measure].lower()}: {each.highest} above {each.lowest} by "
        f"{inline(each.gap, '.1%')}, {_CHANCE[each.beyond_chance]}"
        for each in found.gaps
    )
    nothing = [
        f"{by}, {MEASURES[measure].lower()}: fewer than two groups are large enough"
        for by, measure in found.uncompared
    ]
    rest = (*nothing, *left_out(found))
    head = f"Gaps on a list of the highest-scored {number(found.share, '.0%')} of rows:"
    return (head, *lines, *rest) if lines else ("No two groups are large enough.", *rest)
