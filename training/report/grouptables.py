"""The tables of slices and protected groups, and the words about a random split."""

from __future__ import annotations

from typing import Final

from features import page
from training.judge.evaluation import Evaluation
from training.judge.slices import TOO_FEW
from training.report.numbers import number
from training.report.words import inline, shown

MEASURES: Final = {
    "selection_rate": "On the list",
    "tpr": "Positives on it",
    "fpr": "Negatives on it",
    "calibration": "Told minus found",
}
"""Measures between groups in words."""


def slice_table(evaluation: Evaluation) -> str:
    """Write the judgement of every slice; those with too few rows say so in place of figures."""
    if not evaluation.slices:
        return page.text("No attribute is a text input, and none is named in judging.slices.")
    rows = [
        (
            f"{each.by}: {each.level}{_why(each.told)}",
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
    return page.table(["Slice", "Rows", "Positives", "Mean told", "Rate found", "AUC", "ECE"], rows)


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
            f"{each.by}: {each.group}{_why(each.told)}",
            f"{each.rows:,}",
            *(
                (
                    f"{each.positives:,}",
                    *(shown(getattr(each, name), ".1%") for name in MEASURES),
                )
                if each.told
                else ("", "", "", "", "")
            ),
        )
        for each in found.groups
    ]
    gaps = [
        (
            f"{each.by}: {MEASURES[each.measure].lower()}",
            shown(each.gap, ".1%"),
            f"{each.highest} above {each.lowest}",
            "no" if each.gap.low <= 0 else "yes",
        )
        for each in found.gaps
    ]
    note = (
        f"On a list of the highest-scored {found.share:.0%} of rows. Where base rates differ, not "
        "all of these gaps can be closed at once."
    )
    return [
        page.table(["Protected group", "Rows", "Positives", *MEASURES.values()], rows),
        page.table(["Gap", "Size", "Between", "Beyond chance"], gaps, texts=(0, 2, 3)),
        page.text(note, "note"),
    ]


def split_words(evaluation: Evaluation) -> str:
    """Say how much a random split would have flattered."""
    found = evaluation.diagnostics.random_split if evaluation.diagnostics else None
    if found is None:
        return (
            "A random split was not compared with later rows: it was switched off, or the data "
            "have one cutoff."
        )
    verdict = (
        "would have flattered the model"
        if found.difference.low > 0
        else "would have shown it worse than it is later"
        if found.difference.high < 0
        else "would have told the same, within chance"
    )
    return (
        f"A random split by customer ({found.folds} parts of {found.rows:,} earlier rows) shows an "
        f"AUC of {inline(found.random)}; later rows show {inline(found.later)}. The difference "
        f"{inline(found.difference)} says that a random split {verdict}."
    )


def _why(told: bool) -> str:
    return "" if told else f"\n{TOO_FEW}"
