"""Which features move the scores of the test rows, and how a feature's value moves them.

Contributions are those of TreeSHAP in log-odds (Lundberg et al., 2020): for every row they sum,
with the mean, to the margin.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import lightgbm
import numpy as np

from features.arrays import Floats, Values
from features.schema import Schema, SchemaColumn
from training.judge.intervals import Interval, quantiles
from training.judge.levels import number
from training.judge.resampling import blocks_of, sums
from training.judge.slices import plain

MOST_ROWS: Final = 2_000
LEAST_ROWS: Final = 200
SHOWN: Final = 20
"""Features whose contributions are summed up."""

DRAWN: Final = 6
"""Features whose values are drawn against their contributions."""

STEPS: Final = 8
"""Parts of a feature's values."""

_LEAVES: Final = 20_000_000


@dataclass(frozen=True)
class Attribution:
    """How far a feature moves scores: the mean size of its contribution, in log-odds."""

    feature: str
    size: Interval

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return plain(self)


@dataclass(frozen=True)
class DependencePoint:
    """Rows whose values of a feature lie close to one another, or share a level.

    Parameters
    ----------
    values : str
        The values in words.
    middle : float or None
        Their median; None for a level, and for rows without a value.
    rows : int
        How many.
    contribution, low, high : float
        Mean, 10 % and 90 % quantile of what the feature adds to their log-odds.
    """

    values: str
    middle: float | None
    rows: int
    contribution: float
    low: float
    high: float


@dataclass(frozen=True)
class Dependence:
    """A feature's values against its contributions."""

    feature: str
    points: tuple[DependencePoint, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"feature": self.feature, "points": [asdict(each) for each in self.points]}


def rows_for(booster: lightgbm.Booster) -> int:
    """Return how many rows are attributed: fewer for larger models, so that the cost is bounded."""
    leaves = max(1, booster.num_trees() * int(booster.params.get("num_leaves", 31)))
    return max(LEAST_ROWS, min(MOST_ROWS, _LEAVES // leaves))


def attribute(
    booster: lightgbm.Booster,
    schema: Schema,
    matrix: Floats,
    customers: Values,
    *,
    resamples: int,
    seed: int,
) -> tuple[tuple[Attribution, ...], tuple[Dependence, ...]]:
    """Attribute the scores of rows to features.

    Parameters
    ----------
    booster : lightgbm.Booster
        The model.
    schema : Schema
        Its inputs.
    matrix : (n, columns) float64
        Rows of the test slice, a sample of them.
    customers : (n,) int64 or object
        Whose row it is.
    resamples, seed : int
        Of the bootstrap by customer.

    Returns
    -------
    tuple of Attribution
        The largest first, `SHOWN` at most.
    tuple of Dependence
        Of the first `DRAWN` of them.
    """
    told = np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=1))[:, :-1]
    sizes = np.abs(told)
    order = np.argsort(-sizes.mean(axis=0), kind="stable")[:SHOWN]
    order = order[sizes.mean(axis=0)[order] > 0]
    columns = np.column_stack([np.ones(len(told)), sizes[:, order]])
    drawn = sums(blocks_of(customers, seed), columns, resamples, seed)
    means = drawn[:, 1:] / drawn[:, :1]
    found = [
        Attribution(
            schema.names[place],
            Interval(float(sizes[:, place].mean()), *quantiles(means[:, rank])),
        )
        for rank, place in enumerate(order)
    ]
    depends = [
        dependence(schema.columns[place], matrix[:, place], told[:, place])
        for place in order[:DRAWN]
    ]
    return tuple(found), tuple(depends)


def dependence(column: SchemaColumn, values: Floats, told: Floats) -> Dependence:
    """Sum up the contributions of a feature along its values.

    Examples
    --------
    >>> values = np.array([1.0, 1.0, 2.0, np.nan])
    >>> found = dependence(SchemaColumn("visits"), values, np.array([0.5, 0.7, -1.0, 0.0]))
    >>> [(each.values, each.rows, round(each.contribution, 2)) for each in found.points]
    [('1', 2, 0.6), ('2', 1, -1.0), ('no value', 1, 0.0)]
    """
    known = ~np.isnan(values)
    points = []
    if column.levels is None:
        for part in _parts(values[known]):
            inside = values[known][part]
            low, high = number(inside.min()), number(inside.max())
            words = low if low == high else f"{low} to {high}"
            points.append(_point(words, float(np.median(inside)), told[known][part]))
    else:
        codes, counts = np.unique(values[known], return_counts=True)
        points += [
            _point(column.levels[int(code)], None, told[values == code])
            for code in codes[np.argsort(-counts, kind="stable")][: 2 * STEPS]
        ]
    if not known.all():
        words = "no value" if column.levels is None else "other or none"
        points.append(_point(words, None, told[~known]))
    return Dependence(column.name, tuple(points))


def _parts(values: Floats) -> list[Any]:
    if not len(values):
        return []
    edges = np.unique(np.quantile(values, np.linspace(0, 1, STEPS + 1)[1:-1], method="lower"))
    places = np.searchsorted(edges, values, side="left")
    return [places == place for place in np.unique(places)]


def _point(values: str, middle: float | None, told: Floats) -> DependencePoint:
    low, high = np.quantile(told, (0.1, 0.9))
    return DependencePoint(values, middle, len(told), float(told.mean()), float(low), float(high))
