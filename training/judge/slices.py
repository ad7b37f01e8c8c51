"""How good a model is for parts of the customers, where they are enough to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from training.judge.intervals import Interval, bootstrap
from training.judge.levels import levels_of, merged

LEAST_ROWS: Final = 200
"""Rows that a slice must have for a figure."""

LEAST_OUTCOMES: Final = 20
"""Positives, and negatives, that a slice must have for a figure."""

MOST_LEVELS: Final = 12
"""Levels of one attribute that are judged alone: those with most rows."""

TOO_FEW: Final = f"too few (n < {LEAST_ROWS} or < {LEAST_OUTCOMES} positives or negatives)"
"""What stands in the place of a figure."""


@dataclass(frozen=True)
class SliceRow:
    """The judgement of the rows of one level.

    Parameters
    ----------
    by, level : str
        Attribute and its level; levels too rare, or too many, to be judged alone stand together
        as ``others``.
    rows : int
        How many.
    positives : int or None
        None, like all that follows, when rows or outcomes are too few to be told.
    predicted : float or None
        Mean probability.
    observed : Interval or None
        Rate of positives.
    roc_auc, ece : Interval or None
        Metrics on these rows alone.
    same : tuple of str
        Other names of the very same rows, as ``"town: Bonn"``.
    """

    by: str
    level: str
    rows: int
    positives: int | None = None
    predicted: float | None = None
    observed: Interval | None = None
    roc_auc: Interval | None = None
    ece: Interval | None = None
    same: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Attribute and level."""
        return f"{self.by}: {self.level}"

    @property
    def told(self) -> bool:
        """Whether there were enough rows for a figure."""
        return self.observed is not None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; ``note`` says why figures are missing."""
        return plain(self) | ({} if self.told else {"note": TOO_FEW})


def slices(
    y: Bools,
    p: Floats,
    customers: Values,
    by: Mapping[str, Values],
    *,
    resamples: int,
    seed: int,
) -> tuple[SliceRow, ...]:
    """Judge the rows of each level of each attribute; the very same rows once.

    Parameters
    ----------
    y, p, customers : (n,) bool, float64, and int64 or object
        As for `training.judge.evaluate.evaluate`.
    by : mapping of str to (n,) object or float64
        Attributes of the rows; numbers are cut into quarters.
    resamples, seed : int
        Of the bootstrap by customer.

    Returns
    -------
    tuple of SliceRow
        By attribute in the order given, then by rows, most first; ``others`` last. Where levels of
        several attributes are the same rows, as those of customers of whom none is known, they
        stand at the first of them.

    Examples
    --------
    >>> y, p = np.tile([True, False], 150), np.tile([0.7, 0.2], 150)
    >>> city = np.array(["Bonn"] * 200 + ["Rome"] * 100, dtype=object)
    >>> for each in slices(y, p, np.arange(300), {"city": city}, resamples=9, seed=0):
    ...     print(each.level, each.rows, each.positives, each.told)
    Bonn 200 100 True
    Rome 100 None False
    """
    made: dict[bytes, SliceRow] = {}
    for name, values in by.items():
        levels, codes = judged_levels(y, values)
        for code, level in enumerate(levels):
            here = codes == code
            rows = sha256(here.tobytes()).digest()
            if rows in made:
                first = made[rows]
                made[rows] = replace(first, same=(*first.same, f"{name}: {level}"))
            else:
                made[rows] = _judged(name, level, y, p, customers, here, resamples, seed)
    return tuple(made.values())


def judged_levels(y: Bools, values: Values) -> tuple[tuple[str, ...], Ints]:
    """Number rows by the levels that are judged: those with few rows, or too many, together.

    Parameters
    ----------
    y : (n,) bool
        Outcomes.
    values : (n,) object or float64
        An attribute of the rows.

    Returns
    -------
    tuple of str
        Levels, ``others`` last.
    (n,) int64
        Place of each row's level.
    """
    levels, codes = levels_of(values)
    sizes = np.bincount(codes, minlength=len(levels))
    frequent = set(np.argsort(-sizes, kind="stable")[:MOST_LEVELS].tolist())
    few = [code not in frequent or not enough(y[codes == code]) for code in range(len(levels))]
    return merged(levels, codes, few)


def enough(y: Bools) -> bool:
    """Tell whether rows are enough for a figure; see `LEAST_ROWS` and `LEAST_OUTCOMES`."""
    positives = int(y.sum())
    return len(y) >= LEAST_ROWS and min(positives, len(y) - positives) >= LEAST_OUTCOMES


def plain(row: Any) -> dict[str, Any]:
    """Return the fields of a frozen value; intervals become their own plain values."""
    return {
        name: value.to_json() if isinstance(value, Interval) else value
        for name, value in vars(row).items()
    }


def _judged(
    by: str,
    level: str,
    y: Bools,
    p: Floats,
    customers: Values,
    here: Bools | Ints,
    resamples: int,
    seed: int,
) -> SliceRow:
    hits, told = y[here], p[here]
    if not enough(hits):
        return SliceRow(by, level, len(hits))
    whose = np.asarray(customers)[here]
    scores = {"model": told}
    made = bootstrap(hits, scores, whose, shares=(), resamples=resamples, seed=seed)["model"]
    return SliceRow(
        by,
        level,
        len(hits),
        int(hits.sum()),
        float(told.mean()),
        made.rate(),
        made.interval("roc_auc"),
        made.interval("ece"),
    )
