"""The tables of slices, segments and protected groups, and words about periods and splits."""

from __future__ import annotations

import math
from typing import Final

from features import page
from training.calibration.contract import Clause, Contract
from training.judge.evaluation import Evaluation
from training.judge.fairness import Fairness, GroupRow
from training.judge.intervals import Interval
from training.judge.slices import LEAST_OUTCOMES, LEAST_ROWS, TOO_FEW
from training.report.numbers import number
from training.report.words import inline, shown

MEASURES: Final = {
    "selection_rate": "On the list",
    "tpr": "Positives on it",
    "fpr": "Negatives on it",
    "calibration": "Told minus found",
}
"""Measures between groups in words."""

CHANCE: Final = {True: "yes", False: "no", None: "too few customers to say"}
"""Whether a gap is beyond chance, in words."""

LEAST: Final = (
    f"the first asks for {LEAST_ROWS} rows, the second for {LEAST_OUTCOMES} positives, the third "
    f"for {LEAST_OUTCOMES} negatives, the last for all three"
)
"""What a group needs to be compared."""

MOST_SEGMENTS: Final = 50
"""Segments of a calibration contract that are listed: those with most rows."""


def slice_table(evaluation: Evaluation) -> list[str]:
    """Write the judgement of every slice; those with too few rows say so in place of figures."""
    if not evaluation.slices:
        return [page.text("No attribute is a text input, and none is named in judging.slices.")]
    rows = [
        (
            f"{each.name}{_why(each.told)}",
            f"{each.rows:,}",
            *(
                (
                    f"{each.positives:,}",
                    number(each.predicted or 0.0, ".1%"),
                    shown(each.observed, ".1%"),
                    shown(each.roc_auc),
                    shown(each.ece),
                )
                if each.told
                else ("", "", "", "", "")
            ),
        )
        for each in evaluation.slices
    ]
    head = ["Slice", "Rows", "Positives", "Mean told", "Rate found", "AUC", "ECE"]
    parts = [page.table(head, rows)]
    if same := same_words(evaluation):
        parts += [page.text("Listed once, being the very same rows:"), page.items(same)]
    return parts


def same_words(evaluation: Evaluation) -> list[str]:
    """Say which slices have several names."""
    return [f"{each.name} = {' = '.join(each.same)}" for each in evaluation.slices if each.same]


def contract_table(contract: Contract) -> list[str]:
    """Write what is promised of the probabilities, of all rows and of each segment."""
    ordered = sorted(contract.segments, key=lambda each: (-each.rows, str(each.segment)))
    shown_segments = ordered[:MOST_SEGMENTS]
    rows = [
        (
            "all rows" if each is contract.overall else str(each.segment),
            each.state,
            f"{each.rows:,}",
            f"{each.positives:,}",
            number(each.predicted, ".1%"),
            number(each.observed, ".1%"),
            shown(_error(each)),
        )
        for each in (contract.overall, *shown_segments)
    ]
    head = ["Rows of", "Contract", "Rows", "Positives", "Mean told", "Rate found", "ECE"]
    note = (
        f"Calibrated: outcomes as told, within chance or within {contract.within:.0%} of the rate "
        "of the rarer outcome. Drifting: not so. Uncertified: fewer than "
        f"{contract.least:,} rows of the rarer outcome."
    )
    if len(ordered) > MOST_SEGMENTS:
        note += f" {len(ordered) - MOST_SEGMENTS:,} smaller segments are in the bundle."
    parted = [page.text(f"Segments are the levels of {contract.by}.")] if contract.by else []
    return [*parted, page.table(head, rows, texts=(0, 1)), page.text(note, "note")]


def period_words(evaluation: Evaluation) -> str:
    """Say why no course of the Gini is drawn; empty when it is."""
    told = [each for each in evaluation.stability if each.gini]
    if len(told) > 1:
        return ""
    if not told:
        return "No period of the test slice has rows enough for a Gini."
    few = len(evaluation.stability) - 1
    others = f"; {few} more have too few rows" if few else ""
    return (
        f"The test slice has one period with rows enough for a Gini, {told[0].period} "
        f"({inline(told[0].gini)}){others}, so no course of it over time can be shown."
    )


def fairness_tables(evaluation: Evaluation) -> list[str]:
    """Write how protected groups fare on the list, and the gaps between them."""
    found = evaluation.fairness
    if not found.groups:
        return [
            page.text(
                "No protected attribute is named, so fairness was not judged; name some in "
                "judging.protected. The model need not read them."
            )
        ]
    rows = [
        (
            f"{each.by}: {each.group}",
            f"{each.rows:,}",
            f"{each.positives:,}" if each.told else "",
            *(_compared(each, name) for name in MEASURES),
        )
        for each in found.groups
    ]
    gaps = [
        (
            f"{each.by}: {MEASURES[each.measure].lower()}",
            shown(each.gap, ".1%"),
            f"{each.highest} above {each.lowest}",
            CHANCE[each.beyond_chance],
        )
        for each in found.gaps
    ] + [
        (f"{by}: {MEASURES[measure].lower()}", "", "fewer than two groups are large enough", "")
        for by, measure in found.uncompared
    ]
    note = (
        f"On a list of the highest-scored {found.share:.0%} of rows: the selection rate, the true "
        "and the false positive rate, and calibration. A measure leaves out only the groups that "
        f"are too small for it: {LEAST}. Where base rates differ, not all of these gaps can be "
        "closed at once."
    )
    return [
        page.table(["Protected group", "Rows", "Positives", *MEASURES.values()], rows),
        page.table(["Gap", "Size", "Between", "Beyond chance"], gaps, texts=(0, 2, 3)),
        page.text(note, "note"),
    ]


def left_out(found: Fairness) -> list[str]:
    """Say which groups were left out of which measures, and why; a line for each group."""
    lines = []
    for each in found.groups:
        measures: dict[str, list[str]] = {}
        for name, why in each.left_out.items():
            measures.setdefault(why, []).append(f"'{MEASURES[name].lower()}'")
        told = "; ".join(f"{', '.join(names)}: {why}" for why, names in measures.items())
        if told:
            lines.append(f"{each.by}: {each.group} (n = {each.rows:,}) is left out of {told}")
    return lines


def split_words(evaluation: Evaluation) -> str:
    """Say how much a random split would have flattered."""
    found = evaluation.diagnostics.random_split if evaluation.diagnostics else None
    if found is None:
        return (
            "A random split was not compared with later rows: diagnostics are switched off, the "
            "data have one cutoff, or a part had outcomes of one kind only."
        )
    verdict = (
        "would have flattered the model"
        if found.difference.low > 0
        else "would have shown it worse than it is later"
        if found.difference.high < 0
        else "would have told the same, within chance"
    )
    return (
        f"A random split: {found.rows:,} rows of {found.customers:,} customers from before "
        f"the test were parted at random by customer into {found.folds}, and each part was "
        f"scored by a model of the other {found.folds - 1}, with the hyperparameters and rounds of "
        f"this one. It shows an AUC of {inline(found.random)}; the rows of the test slice, which "
        "are later and from which nothing was learnt or chosen, show "
        f"{inline(found.later)} for the model itself. The difference, {inline(found.difference)}, "
        f"says that a random split {verdict}."
    )


def _error(clause: Clause) -> Interval | None:
    if clause.ece is None:
        return None
    bounds = [math.nan if each is None else each for each in (clause.ece_low, clause.ece_high)]
    return Interval(clause.ece, bounds[0], bounds[1])


def _compared(row: GroupRow, measure: str) -> str:
    """Write a measure of a group, or why there is none."""
    value = getattr(row, measure)
    if value is not None:
        return shown(value, ".1%")
    if measure in row.left_out:
        return f"left out: {row.left_out[measure]}"
    return f"in {row.within[measure]}" if measure in row.within else "each level by itself"


def _why(told: bool) -> str:
    return "" if told else f"\n{TOO_FEW}"
