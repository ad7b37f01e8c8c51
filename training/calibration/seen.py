"""Rows with margins and outcomes from which a calibrator learns, and how they are parted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.errors import CohortError, DefinitionError

FOLDS: Final = 5
"""Folds by customer where there is only one period."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Rows that no booster which scored them had learnt from.

    Parameters
    ----------
    margins : (n,) float64
        Log-odds, finite.
    y : (n,) bool
        Outcomes; 0 and 1 are taken too.
    customers : (n,) int64 or object
        Whose row it is.
    periods : (n,) int64
        Rising in time: all outcomes of one period were settled before the next one began.
    cutoffs : (n,) int64
        UTC microseconds.
    levels : (n,) object
        Segment of each row; None where there is none.
    weights : (n,) float64
        How often each row counts, above 0.

    Raises
    ------
    DefinitionError
        With every fault.
    CohortError
        When all outcomes are the same.
    """

    margins: Floats
    y: Bools
    customers: Values
    periods: Ints
    cutoffs: Ints
    levels: Values
    weights: Floats

    def __post_init__(self) -> None:
        faults = []
        shapes = {name: np.shape(value) for name, value in vars(self).items()}
        if np.ndim(self.margins) != 1 or len(set(shapes.values())) > 1:
            told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            faults.append(f"all must be (n,) alike, got {told}")
        if not np.isfinite(self.margins).all():
            faults.append(
                f"margins must be finite; {int((~np.isfinite(self.margins)).sum())} are not"
            )
        if not ((self.weights > 0) & np.isfinite(self.weights)).all():
            faults.append("weights must be finite and above 0; leave out rows that do not count")
        if not np.isin(self.y, (0, 1)).all():
            faults.append("y must hold True and False (or 1 and 0) only")
        if faults:
            raise DefinitionError("calibration", faults)
        object.__setattr__(self, "y", np.asarray(self.y).astype(np.bool_))
        if not self.both:
            positives = int(self.y.sum())
            raise CohortError(
                f"a calibrator needs both outcomes; the calibrate slice has {positives:,} "
                f"positives and {len(self) - positives:,} negatives. Give it more cutoffs."
            )

    @classmethod
    def of(
        cls,
        margins: Floats,
        y: Values,
        customers: Values | None = None,
        *,
        periods: Ints | None = None,
        cutoffs: Ints | None = None,
        levels: Values | None = None,
        weights: Floats | None = None,
    ) -> Seen:
        """Fill what is left out: a customer for each row, one period and cutoff, weights of 1."""
        found = np.asarray(margins, dtype=np.float64)
        zeros = np.zeros(found.shape, dtype=np.int64)
        return cls(
            found,
            np.asarray(y),
            np.arange(found.size).reshape(found.shape) if customers is None else customers,
            zeros if periods is None else periods,
            zeros if cutoffs is None else cutoffs,
            np.full(found.shape, None, dtype=object) if levels is None else levels,
            np.ones(found.shape) if weights is None else weights,
        )

    def __len__(self) -> int:
        return len(self.margins)

    @property
    def both(self) -> bool:
        """Whether there are positives and negatives."""
        return bool(0 < self.y.sum() < len(self.y))

    @property
    def rarer(self) -> int:
        """Rows of the rarer outcome."""
        positives = int(self.y.sum())
        return min(positives, len(self) - positives)


def joined(parts: list[Seen]) -> Seen:
    """Join the periods of several origins, oldest first, and number them anew."""
    made = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("margins", "y", "customers", "cutoffs", "levels", "weights")
    }
    sizes = [len(part) for part in parts]
    return Seen(**made, periods=np.repeat(np.arange(len(parts)), sizes))


def parted(seen: Seen, seed: int) -> Iterator[tuple[Bools, Bools]]:
    """Part rows into those to fit on and later ones to judge on.

    Several periods: each is judged by a fit on all before it. One period: five folds by customer,
    and where it has several cutoffs, the later half of them is judged by a fit on the earlier half
    of other customers, because label windows of neighbouring cutoffs overlap.

    Yields
    ------
    (n,) bool, (n,) bool
    """
    periods = np.unique(seen.periods)
    if len(periods) > 1:
        for period in periods[1:]:
            yield seen.periods < period, seen.periods == period
        return
    codes = np.unique(seen.customers, return_inverse=True)[1]
    folds = np.random.default_rng(seed).permutation(int(codes.max()) + 1)[codes] % FOLDS
    cutoffs = np.unique(seen.cutoffs)
    # Only ranks of cutoffs matter here.
    rank = np.searchsorted(cutoffs, seen.cutoffs)
    first = rank < len(cutoffs) / 2
    early, late = (first, ~first) if len(cutoffs) > 1 else (~first | first, ~first | first)
    for fold in range(FOLDS):
        yield early & (folds != fold), late & (folds == fold)
