"""Isotonic calibration: linear between knots, level outside them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from features.arrays import Bools, Floats
from features.errors import DefinitionError


@dataclass(frozen=True)
class Knots:
    """Linear between knots, level outside them.

    Parameters
    ----------
    margins : tuple of float
        Of the knots; they rise. At least one.
    probabilities : tuple of float
        In (0, 1); they never fall.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    margins: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        faults = []
        if len(self.margins) != len(self.probabilities) or not self.margins:
            sizes = f"{len(self.margins)} and {len(self.probabilities)}"
            faults.append(f"knots need as many margins as probabilities, 1 or more, got {sizes}")
        knots, told = self._arrays
        if not (np.isfinite(knots).all() and (np.diff(knots) > 0).all()):
            faults.append("margins of knots must be finite and rise")
        if not (((told > 0) & (told < 1)).all() and (np.diff(told) >= 0).all()):
            faults.append("probabilities of knots must lie in (0, 1) and never fall")
        if faults:
            raise DefinitionError("calibrator", faults)

    def apply(self, margins: Floats) -> Floats:
        """Return the probability of each margin."""
        knots, told = self._arrays
        if len(knots) == 1:
            return np.full(margins.shape, told[0])
        # Not numpy.interp, whose compiled loop may fuse multiply and add on some processors.
        inside = np.clip(margins, knots[0], knots[-1])
        right = np.clip(np.searchsorted(knots, inside, side="left"), 1, len(knots) - 1)
        left = right - 1
        part = (inside - knots[left]) / (knots[right] - knots[left])
        between = told[left] + part * (told[right] - told[left])
        # Rounding must not carry a value past the next knot: ranks would change.
        return np.minimum(between, told[right])

    def apply_one(self, margin: float) -> float:
        """Return what `apply` gives for one margin, bit for bit."""
        knots, told = self.margins, self.probabilities
        if len(knots) == 1:
            return told[0]
        inside = min(max(margin, knots[0]), knots[-1])
        right = min(max(bisect_left(knots, inside), 1), len(knots) - 1)
        left = right - 1
        part = (inside - knots[left]) / (knots[right] - knots[left])
        return min(told[left] + part * (told[right] - told[left]), told[right])

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats]:
        return np.array(self.margins), np.array(self.probabilities)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {name: list(values) for name, values in asdict(self).items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Knots:
        """Read back what ``to_json`` wrote."""
        return cls(tuple(map(float, value["margins"])), tuple(map(float, value["probabilities"])))


def fit_isotonic(margins: Floats, y: Bools, weights: Floats | None = None) -> Knots:
    """Pool adjacent violators, inside ``[1/(n+2), 1-1/(n+2)]``, where weights sum to ``n``."""
    # Imported here, because serving must not pack it.
    from sklearn.isotonic import IsotonicRegression

    edge = 1 / ((len(y) if weights is None else float(weights.sum())) + 2)
    fitted = IsotonicRegression(y_min=edge, y_max=1 - edge)
    fitted.fit(margins, y.astype(np.float64), sample_weight=weights)
    # sklearn's plateaus may fall by a last bit.
    told = np.maximum.accumulate(fitted.y_thresholds_)
    return Knots(tuple(map(float, fitted.X_thresholds_)), tuple(map(float, told)))
