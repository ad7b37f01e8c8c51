"""Whether people of different groups are treated alike by the same list and the same scores.

Selection rate, true and false positive rate at one list (Hardt, Price and Srebro, 2016, on
equalised odds), and whether a probability means the same in each group (Kleinberg, Mullainathan and
Raghavan, 2017, who show that not all of them can be even when base rates differ). Each measure
leaves out only the groups that are too small for it; see `training.judge.compared`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from training.judge.compared import MEASURES, Group, grouped
from training.judge.intervals import Interval, quantiles
from training.judge.rates import apart, rate_interval
from training.judge.resampling import blocks_of, sums
from training.judge.slices import plain


@dataclass(frozen=True)
class GroupRow:
    """How one group fares on the list.

    Parameters
    ----------
    by, group : str
        Protected attribute, and its level, or levels that stand together as ``others``.
    rows : int
        How many.
    positives : int or None
        None when no measure is told.
    selection_rate : Interval or None
        Part of the group's rows that are on the list; None, as those that follow, when the group
        is too small for this measure or is not compared by it.
    tpr, fpr : Interval or None
        The same of its positives, and of its negatives.
    calibration : Interval or None
        Mean probability minus rate of positives: above 0, the group's scores are too high.
    left_out : mapping of str to str
        Measures for which the group is too small, and why.
    within : mapping of str to str
        Measures in which its rows stand with those of other levels, and the name of these.
    """

    by: str
    group: str
    rows: int
    positives: int | None = None
    selection_rate: Interval | None = None
    tpr: Interval | None = None
    fpr: Interval | None = None
    calibration: Interval | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    within: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> bool:
        """Whether the group is large enough for any measure."""
        return self.positives is not None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; ``left_out`` says why figures are missing."""
        return plain(self)


@dataclass(frozen=True)
class Gap:
    """How far apart two groups are: the widest gap beyond chance, or the widest of all.

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

    @property
    def beyond_chance(self) -> bool | None:
        """Whether the interval leaves 0 out; None where there is none, as customers are too few."""
        return None if math.isnan(self.gap.low) else self.gap.low > 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return plain(self)


@dataclass(frozen=True)
class Fairness:
    """Groups of the protected attributes on a list of the highest-scored ``share`` of rows."""

    share: float
    groups: tuple[GroupRow, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def uncompared(self) -> tuple[tuple[str, str], ...]:
        """Attributes, each with a measure for which fewer than two groups are large enough."""
        told = {(each.by, each.measure) for each in self.gaps}
        named = dict.fromkeys(each.by for each in self.groups)
        return tuple((by, each) for by in named for each in MEASURES if (by, each) not in told)

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
        Protected attributes of the rows; numbers are cut into quarters, and levels that are too
        small for a measure, or too many, stand together in it as ``others``.
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
        found = grouped(y, values)
        draws = _draws(y, p, taken, found, whose, resamples, seed)
        judged = [
            _group(name, each, y, np.asarray(customers), draws, place)
            for place, each in enumerate(found)
        ]
        groups += judged
        for key in MEASURES:
            told = {place: row for place, row in enumerate(judged) if getattr(row, key) is not None}
            if len(told) > 1:
                gaps.append(_gap(name, key, told, draws[key]))
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
    groups: Sequence[Group],
    whose: Ints,
    resamples: int,
    seed: int,
) -> dict[str, Floats]:
    """Return each measure of each group, (1 + resamples, groups); on all rows in the first row."""
    hit = y.astype(np.float64)
    parts = (np.ones(len(p)), hit, taken, taken * hit, p)
    columns = np.column_stack([part * each.here for part in parts for each in groups])
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
    group: Group,
    y: Bools,
    customers: Values,
    draws: Mapping[str, Floats],
    place: int,
) -> GroupRow:
    here = group.here
    rows, left_out, within = int(here.sum()), group.left_out, group.within
    if not group.stands:
        return GroupRow(by, group.level, rows, left_out=left_out, within=within)
    parts = {"selection_rate": here, "tpr": here & y, "fpr": here & ~y}
    told = {
        key: rate_interval(
            float(draws[key][0, place]),
            draws[key][1:, place],
            int(part.sum()),
            len(np.unique(customers[part])),
        )
        for key, part in parts.items()
        if key in group.stands
    }
    if "calibration" in group.stands:
        told["calibration"] = _interval(draws["calibration"][:, place])
    positives = int((here & y).sum())
    return GroupRow(by, group.level, rows, positives, **told, left_out=left_out, within=within)


def _interval(draws: Floats) -> Interval:
    return Interval(float(draws[0]), *quantiles(draws[1:]))


def _gap(by: str, measure: str, told: Mapping[int, GroupRow], draws: Floats) -> Gap:
    """Return the widest gap beyond chance, or the widest where none is: small groups stray."""
    values = {code: getattr(each, measure) for code, each in told.items()}
    made = []
    for one, other in combinations(values, 2):
        high, low = (one, other) if values[one].value >= values[other].value else (other, one)
        gap = (
            _interval(draws[:, high] - draws[:, low])
            if measure == "calibration"
            else apart(values[high], values[low])
        )
        made.append(Gap(by, measure, told[high].group, told[low].group, gap))
    proven = [each for each in made if each.gap.low is not None and each.gap.low > 0]
    return max(proven or made, key=lambda each: each.gap.value)
