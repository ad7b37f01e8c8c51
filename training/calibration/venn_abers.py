"""Venn-Abers calibration: two probabilities for each margin, one of which is right.

For a margin ``x``, isotonic regression is fitted to the calibration rows and one row more at ``x``:
with outcome 0 it tells ``p0`` at ``x``, with outcome 1 ``p1`` (Vovk and Petej, 2012, inductive).
Both are steps of ``x``, so all refits are done once, while fitting, in the way of Vovk, Petej and
Fedorova (2015, algorithms 1 to 4), and serving looks them up.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from features.arrays import Bools, Floats
from features.errors import DefinitionError

Point: TypeAlias = tuple[int, int]
"""Rows and positives so far."""


@dataclass(frozen=True)
class Steps:
    """Steps of the lower and of the upper probability.

    Parameters
    ----------
    lower_from : tuple of float
        Margins from which on ``lower`` takes its next value; they rise.
    lower : tuple of float
        ``p0``: one value more than margins, in [0, 1), never falling.
    upper_to : tuple of float
        Margins up to which ``upper`` keeps its value; they rise.
    upper : tuple of float
        ``p1``: one value more than margins, in (0, 1], never falling.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    lower_from: tuple[float, ...]
    lower: tuple[float, ...]
    upper_to: tuple[float, ...]
    upper: tuple[float, ...]

    def __post_init__(self) -> None:
        starts, lower, ends, upper = self._arrays
        faults = []
        for name, margins, told in (("lower", starts, lower), ("upper", ends, upper)):
            if len(told) != len(margins) + 1:
                sizes = f"{len(told)} for {len(margins)} margins"
                faults.append(f"'{name}' needs one value more than margins, got {sizes}")
            if not (np.isfinite(margins).all() and (np.diff(margins) > 0).all()):
                faults.append(f"margins of '{name}' must be finite and rise")
            if not ((told >= 0).all() and (told <= 1).all() and (np.diff(told) >= 0).all()):
                faults.append(f"'{name}' must lie in [0, 1] and never fall")
        if not faults and (lower[-1] >= 1 or upper[0] <= 0):
            faults.append("'lower' must stay below 1 and 'upper' above 0")
        if faults:
            raise DefinitionError("calibrator", faults)

    def apply(self, margins: Floats) -> Floats:
        """Return ``p1 / (1 - p0 + p1)``, which risks least whichever is right, of each margin."""
        low, high = self.interval(margins)
        return high / ((1.0 - low) + high)

    def apply_one(self, margin: float) -> float:
        """Return what `apply` gives for one margin, bit for bit."""
        low = self.lower[bisect_right(self.lower_from, margin)]
        high = self.upper[bisect_left(self.upper_to, margin)]
        return high / ((1.0 - low) + high)

    def interval(self, margins: Floats) -> tuple[Floats, Floats]:
        """Return ``p0`` and ``p1`` of each margin."""
        starts, lower, ends, upper = self._arrays
        low = lower[np.searchsorted(starts, margins, side="right")]
        return low, upper[np.searchsorted(ends, margins, side="left")]

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats, Floats, Floats]:
        return (
            np.array(self.lower_from, dtype=np.float64),
            np.array(self.lower),
            np.array(self.upper_to, dtype=np.float64),
            np.array(self.upper),
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {name: list(values) for name, values in asdict(self).items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Steps:
        """Read back what ``to_json`` wrote."""
        names = ("lower_from", "lower", "upper_to", "upper")
        return cls(*(tuple(map(float, value[name])) for name in names))


def fit_venn_abers(margins: Floats, y: Bools, weights: Floats | None = None) -> Steps:
    """Refit isotonic regression for every place of one row more, and keep the steps.

    Counts are whole numbers, so every probability is the nearest to the exact ratio. Takes time in
    proportion to the rows, once they are sorted.

    Raises
    ------
    DefinitionError
        When weights are not all 1.
    """
    if weights is not None and (weights != 1).any():
        fault = "venn_abers counts rows and takes no weights other than 1; take another kind"
        raise DefinitionError("calibration", [fault])
    found, place = np.unique(margins, return_inverse=True)
    rows = np.bincount(place)
    hits = np.bincount(place, y).astype(np.int64)
    upper = [hit / size for hit, size in _with_positive(rows.tolist(), hits.tolist())]
    # Turned round, a row with outcome 0 is one with outcome 1.
    turned = _with_positive(rows[::-1].tolist(), (rows - hits)[::-1].tolist())
    lower = [(size - miss) / size for miss, size in reversed(turned)]
    knots = found.tolist()
    starts = [at for at, before in enumerate([0.0, *lower[:-1]]) if lower[at] != before]
    ends = [at for at, after in enumerate([*upper[1:], 1.0]) if upper[at] != after]
    return Steps(
        tuple(knots[at] for at in starts),
        (0.0, *(lower[at] for at in starts)),
        tuple(knots[at] for at in ends),
        (*(upper[at] for at in ends), 1.0),
    )


def _with_positive(rows: Sequence[int], hits: Sequence[int]) -> list[tuple[int, int]]:
    """Fit with one more positive at each place; return positives and rows of the block around it.

    The fitted value is the slope there of the greatest convex minorant of the cumulative counts.
    Moving the additional row from one place to the next moves one point of it by (-1, -1), and the
    corners to the left are not needed again.
    """
    path = [(-1, -1), (0, 0)]
    for size, hit in zip(rows, hits, strict=True):
        path.append((path[-1][0] + size, path[-1][1] + hit))
    corners = path[:1]
    for point in path[1:]:
        while len(corners) > 1 and not _turns_left(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    corners.reverse()
    told = []
    for after in path[2:]:
        start, end = corners[-1], corners[-2]
        told.append((end[1] - start[1], end[0] - start[0]))
        moved = (after[0] - 1, after[1] - 1)
        if not _turns_left(start, moved, end):
            continue
        corners.pop()
        while len(corners) > 1 and not _turns_left(moved, corners[-1], corners[-2]):
            corners.pop()
        corners.append(moved)
    return told


def _turns_left(a: Point, b: Point, c: Point) -> bool:
    return (b[0] - a[0]) * (c[1] - b[1]) > (b[1] - a[1]) * (c[0] - b[0])
