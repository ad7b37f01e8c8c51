"""Which groups of an attribute each measure of fairness compares.

A measure asks for what it counts: selection rate for rows, the true positive rate for positives,
the false positive rate for negatives. A group that is too small for one may be large enough for
another, so each measure puts its own small groups together and leaves out only what stays too
small then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from features.arrays import Bools, Values
from training.judge.levels import levels_of
from training.judge.slices import LEAST_OUTCOMES, LEAST_ROWS, MOST_LEVELS

MEASURES: Final = ("selection_rate", "tpr", "fpr", "calibration")
"""What is compared between groups."""

_WORDS: Final[Mapping[str, str]] = {
    "selection_rate": "selection rate",
    "tpr": "true positive rate",
    "fpr": "false positive rate",
    "calibration": "calibration",
}

_NEEDS: Final[Mapping[str, Mapping[str, int]]] = {
    "selection_rate": {"rows": LEAST_ROWS},
    "tpr": {"positives": LEAST_OUTCOMES},
    "fpr": {"negatives": LEAST_OUTCOMES},
    "calibration": {
        "rows": LEAST_ROWS,
        "positives": LEAST_OUTCOMES,
        "negatives": LEAST_OUTCOMES,
    },
}


@dataclass(frozen=True, eq=False)
class Group:
    """Rows that stand together in some measures.

    Parameters
    ----------
    level : str
        A level of the attribute, or ``others``.
    here : (n,) bool
        Its rows.
    stands : tuple of str
        Measures in which it is compared.
    left_out : mapping of str to str
        Measures for which it is too small, and why.
    within : mapping of str to str
        Measures in which its rows stand with those of other levels, and the name of these.
    """

    level: str
    here: Bools
    stands: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    within: Mapping[str, str] = field(default_factory=dict)


def lacking(measure: str, y: Bools) -> str:
    """Say why rows are too few for a measure; empty when they are enough.

    Parameters
    ----------
    measure : str
        One of `MEASURES`.
    y : (n,) bool
        Outcomes of the rows.

    Examples
    --------
    >>> rows = np.arange(300) < 5
    >>> lacking("tpr", rows), lacking("fpr", rows)
    ('fewer than 20 positives', '')
    """
    positives = int(y.sum())
    there = {"rows": len(y), "positives": positives, "negatives": len(y) - positives}
    short = [f"{least} {what}" for what, least in _NEEDS[measure].items() if there[what] < least]
    return f"fewer than {' and '.join(short)}" if short else ""


def grouped(y: Bools, values: Values) -> tuple[Group, ...]:
    """Part the rows of an attribute into the groups that its measures compare.

    Parameters
    ----------
    y : (n,) bool
        Outcomes.
    values : (n,) object or float64
        A protected attribute of the rows; numbers are cut into quarters.

    Returns
    -------
    tuple of Group
        Levels that stand alone in some measure, then ``others``. Each row is in one group of each
        measure. ``others`` that do not stand for all measures say in their name for which.

    Examples
    --------
    >>> place = np.repeat(np.array(["a", "b", "c"], dtype=object), 300)
    >>> y = np.r_[np.arange(300) < 90, np.arange(300) < 12, np.arange(300) < 15]
    >>> for each in grouped(y, place):
    ...     print(each.level, *each.stands)
    a selection_rate tpr fpr calibration
    b selection_rate fpr
    c selection_rate fpr
    others (2 levels, in true positive rate and calibration) tpr calibration
    """
    levels, codes = levels_of(values)
    sizes = np.bincount(codes, minlength=len(levels))
    frequent = set(np.argsort(-sizes, kind="stable")[:MOST_LEVELS].tolist())
    small: dict[tuple[int, ...], list[str]] = {}
    for measure in MEASURES:
        rare = tuple(
            code
            for code in range(len(levels))
            if code not in frequent or lacking(measure, y[codes == code])
        )
        if len(rare) > 1:
            small.setdefault(rare, []).append(measure)
    names = {
        rare: f"others ({len(rare)} levels{_in(measures)})" for rare, measures in small.items()
    }
    made = []
    for code, level in enumerate(levels):
        within = {
            measure: names[rare]
            for rare, measures in small.items()
            if code in rare
            for measure in measures
        }
        if len(within) < len(MEASURES):
            alone = tuple(each for each in MEASURES if each not in within)
            made.append(_group(level, codes == code, y, alone, within))
    for rare, measures in small.items():
        made.append(_group(names[rare], np.isin(codes, rare), y, tuple(measures), {}))
    return tuple(made)


def _group(
    level: str, here: Bools, y: Bools, measures: tuple[str, ...], within: Mapping[str, str]
) -> Group:
    found = {each: lacking(each, y[here]) for each in measures}
    stands = tuple(each for each, why in found.items() if not why)
    return Group(level, here, stands, {each: why for each, why in found.items() if why}, within)


def _in(measures: list[str]) -> str:
    if len(measures) == len(MEASURES):
        return ""
    *rest, last = [_WORDS[each] for each in measures]
    return f", in {', '.join(rest)} and {last}" if rest else f", in {last}"
