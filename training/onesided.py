"""Rows of a column on which the outcome is always one: no honest column does that."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from features.arrays import Bools, Values
from features.ready.worth import RAREST

ROWS: Final = 200_000
"""Rows that are looked at, of many an even part."""

_YES: Final = "the outcome is always yes"


def one_sided(values: Values, label: Bools, has: Bools) -> str:
    """Say on which rows of a column the outcome is always one, where no honest column does that.

    Asked are the rows that have a cell; and, for yes alone, those that differ from what most rows
    hold, and those of each level: a column that is set because of a yes may hold a 0 or an "ok"
    elsewhere. That whoever has this or that never has the outcome is often so by nature.

    Parameters
    ----------
    values : (r,) float64 or object
        Cells.
    label, has : (r,) bool
        Outcomes, and which rows have a cell.

    Returns
    -------
    str
        Empty where nothing is odd.

    Examples
    --------
    >>> label = np.arange(1_000) % 5 == 0
    >>> note = np.where(label & (np.arange(1_000) % 2 == 0), "legal", "ok").astype(object)
    >>> one_sided(note, label, np.ones(1_000, dtype=np.bool_))
    "the outcome is always yes on the 100 rows where it is not 'ok'"
    """
    if not has.all() and (found := _one_outcome(label, has)):
        return f"{found} on the {int(has.sum()):,} rows that have it"
    step = -(-len(label) // ROWS)
    some, outcome, here = values[::step], label[::step], has[::step]
    levels, counts = np.unique(some[here], return_counts=True)
    if len(levels) < 2:
        return ""
    common = levels[int(counts.argmax())]
    if counts.max() >= len(some) / 2:
        other = here & (some != common)
        if _one_outcome(outcome, other) == _YES:
            return f"{_YES} on the {int(other.sum()):,} rows where it is not {_shown(common)}"
    for level in levels[counts >= RAREST] if some.dtype == object else ():
        rows = some == level
        if _one_outcome(outcome, rows) == _YES:
            return f"{_YES} on the {int(rows.sum()):,} rows where it is {_shown(level)}"
    return ""


def _one_outcome(label: Bools, has: Bools) -> str:
    """Say of rows that have a column that all have one outcome, where no honest one does that.

    A column that is filled in because of an outcome stands where that outcome is, and nowhere else.
    By the rate of all rows the other one is missed too often for chance, and the rows are a good
    part of those with the outcome: a tenth of the rarer ones, or half of the others.
    """
    rate = float(label.mean())
    yes, no = int(label[has].sum()), int((~label[has]).sum())
    for there, missed, share, words in (
        (yes, no, rate, _YES),
        (no, yes, 1 - rate, "the outcome is always no"),
    ):
        wanted, part = (20, 0.1) if share <= 0.5 else (100, 0.5)
        expected = int(has.sum()) * (1 - share)
        if missed == 0 and expected >= wanted and there >= part * share * len(label):
            return words
    return ""


def _shown(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else f"{value:g}"
