"""Whether people of different groups are treated alike by the same list and the same scores.

Selection rate, true and false positive rate at one list (Hardt, Price and Srebro, 2016, on
equalised odds), and whether a probability means the same in each group (Kleinberg, Mullainathan and
Raghavan, 2017, who show that not all of them can be even when base rates differ).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from training.judge.intervals import Interval, quantiles
from training.judge.rates import apart, rate_interval
from training.judge.resampling import blocks_of, sums
from training.judge.slices import TOO_FEW, enough, judged_levels, plain

MEASURES: Final = ("selection_rate", "tpr", "fpr", "calibration")
"""What is compared between groups."""


@dataclass(frozen=True)
class GroupRow:
    """How one group fares on the list.

    Parameters
    ----------
    by, group : str
        Protected attribute, and its level.
    rows : int
        How many.
    positives : int or None
        None, like all that follows, when rows or outcomes are too few to be told.
    selection_rate : Interval or None
        Part of the group's rows that are on the list.
    tpr, fpr : Interval or None
        The same of its positives, and of its negatives.
    calibration : Interval or None
        Mean probability minus rate of positives: above 0, the group's scores are too high.
    """

    by: str
    group: str
    rows: int
    positives: int | None = None
    selection_rate: Interval | None = None
    tpr: Interval | None = None
    fpr: Interval | None = None
    calibration: Interval | None = None

    @property
    def told(self) -> bool:
        """Whether there were enough rows for a figure."""
        return self.selection_rate is not None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; ``note`` says why figures are missing."""
        return plain(self) | ({} if self.told else {"note": TOO_FEW})


@dataclass(frozen=True)
class Gap:
    """How far apart the two most different groups are.

    Parameters
    ----------
    by, measure : str
        Protected attribute, and one of `MEASURES`.
    highest, lowest : str
        The groups.
    gap : Interval
        The value of the highest group minus that of the lowest, 0 or more. The interval is that of
        these two groups, so it may reach below 0: then the gap is not told apart from chance.
    """

    by: str
    measure: str
    highest: str
    lowest: str
    gap: Interval

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return plain(self)


@dataclass(frozen=True)
class Fairness:
    """Groups of the protected attributes on a list of the highest-scored ``share`` of rows."""

    share: float
    groups: tuple[GroupRow, ...] = ()
    gaps: tuple[Gap, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "share": self.share,
            "groups": [each.to_json() for each in self.groups],
            "gaps": [each.to_json() for each in self.gaps],
        }


def fairness(
    y: Bools,
    p: Floats,
    customers: Values,
    by: Mapping[str, Values],
    *,
    share: float,
    resamples: int,
    seed: int,
) -> Fairness:
    """Compare the groups of each protected attribute on one list.

    Parameters
    ----------
    y, p, customers : (n,) bool, float64, and int64 or object
        As for `training.judge.evaluate.evaluate`.
    by : mapping of str to (n,) object or float64
        Protected attributes of the rows; numbers are cut into quarters, and levels too rare, or
        too many, to be judged alone stand together as ``others``.
    share : float
        Part of the rows that the list takes, in (0, 1). Ties at its end count by their chance of
        being taken. The list is that of all rows in every resample too: what is judged is a
        rule, not who else came.
    resamples, seed : int
        Of the bootstrap by customer.

    Returns
    -------
    Fairness

    Examples
    --------
    >>> sex = np.repeat(np.array(["f", "m"], dtype=object), 200)
    >>> y = np.tile([True, False], 200)
    >>> p = np.where(sex == "f", 0.9, 0.1)
    >>> found = fairness(y, p, np.arange(400), {"sex": sex}, share=0.5, resamples=20, seed=0)
    >>> [(each.group, each.selection_rate.value) for each in found.groups]
    [('f', 1.0), ('m', 0.0)]
    >>> found.gaps[0].measure, found.gaps[0].highest, found.gaps[0].gap.value
    ('selection_rate', 'f', 1.0)
    """
    if not by:
        return Fairness(share)
    taken, whose = _taken(p, share), blocks_of(customers, seed)
    groups: list[GroupRow] = []
    gaps: list[Gap] = []
    for name, values in by.items():
        levels, codes = judged_levels(y, values)
        draws = _draws(y, p, taken, codes, len(levels), whose, resamples, seed)
        judged = [
            _group(name, level, y, codes == code, np.asarray(customers), draws, code)
            for code, level in enumerate(levels)
        ]
        groups += judged
        told = {code: each for code, each in enumerate(judged) if each.told}
        if len(told) > 1:
            gaps += [_gap(name, key, told, draws[key]) for key in MEASURES]
    return Fairness(share, tuple(groups), tuple(gaps))


def _taken(p: Floats, share: float) -> Floats:
    """Tell how much of each row a list takes: 1 above its end, a part for ties at it."""
    ranked, wanted = np.sort(p)[::-1], share * len(p)
    end = ranked[min(len(p) - 1, int(np.ceil(wanted)) - 1)]
    above, level = p > end, p == end
    return np.where(above, 1.0, np.where(level, (wanted - above.sum()) / level.sum(), 0.0))


def _draws(
    y: Bools,
    p: Floats,
    taken: Floats,
    codes: Ints,
    groups: int,
    whose: Ints,
    resamples: int,
    seed: int,
) -> dict[str, Floats]:
    """Return each measure of each group, (1 + resamples, groups); on all rows in the first row."""
    hit = y.astype(np.float64)
    parts = (np.ones(len(p)), hit, taken, taken * hit, p)
    columns = np.column_stack([part * (codes == code) for part in parts for code in range(groups)])
    drawn = np.vstack([columns.sum(axis=0), sums(whose, columns, resamples, seed)])
    rows, positives, listed, caught, told = np.split(drawn, len(parts), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "selection_rate": listed / rows,
            "tpr": caught / positives,
            "fpr": (listed - caught) / (rows - positives),
            "calibration": (told - positives) / rows,
        }


def _group(
    by: str,
    level: str,
    y: Bools,
    here: Bools,
    customers: Values,
    draws: Mapping[str, Floats],
    code: int,
) -> GroupRow:
    hits = y[here]
    if not enough(hits):
        return GroupRow(by, level, len(hits))
    parts = {"selection_rate": here, "tpr": here & y, "fpr": here & ~y}
    rates = {
        key: rate_interval(
            float(draws[key][0, code]),
            draws[key][1:, code],
            int(part.sum()),
            len(np.unique(customers[part])),
        )
        for key, part in parts.items()
    }
    calibration = _interval(draws["calibration"][:, code])
    return GroupRow(by, level, len(hits), int(hits.sum()), **rates, calibration=calibration)


def _interval(draws: Floats) -> Interval:
    return Interval(float(draws[0]), *quantiles(draws[1:]))


def _gap(by: str, measure: str, told: Mapping[int, GroupRow], draws: Floats) -> Gap:
    values = {code: getattr(each, measure) for code, each in told.items()}
    high = max(values, key=lambda code: values[code].value)
    low = min(values, key=lambda code: values[code].value)
    gap = (
        _interval(draws[:, high] - draws[:, low])
        if measure == "calibration"
        else apart(values[high], values[low])
    )
    return Gap(by, measure, told[high].group, told[low].group, gap)
