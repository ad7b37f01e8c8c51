"""Straight lines through the log-odds: identity, shift, tempered and sigmoid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from features.arrays import Bools, Floats
from features.errors import DefinitionError
from training.calibration.newton import logistic, smoothed
from training.calibration.sigmoid import sigmoid, sigmoid_one

SPREAD: Final = 0.2
"""How far slopes of boosters that stop in time lie from 1, as a standard deviation."""

_FURTHEST: Final = 1e300  # a slope of 0 times an infinite margin would be NaN


@dataclass(frozen=True)
class Line:
    """``sigmoid(intercept + slope * margin)``.

    Parameters
    ----------
    slope : float
        0 or more, so that calibration never turns a ranking round.
    intercept : float
        In log-odds.

    Raises
    ------
    DefinitionError
        When they are not.
    """

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.slope < math.inf and math.isfinite(self.intercept)):
            line = f"{self.intercept} + {self.slope} * margin"
            raise DefinitionError(
                "calibrator", [f"slope must be 0 or more, and both finite, got {line}"]
            )

    def apply(self, margins: Floats) -> Floats:
        """Return the probability of each margin."""
        return sigmoid(self.intercept + self.slope * np.clip(margins, -_FURTHEST, _FURTHEST))

    def apply_one(self, margin: float) -> float:
        """Return what `apply` gives for one margin, bit for bit."""
        return sigmoid_one(self.intercept + self.slope * min(max(margin, -_FURTHEST), _FURTHEST))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Line:
        """Read back what ``to_json`` wrote; identity may leave both out."""
        return cls(float(value.get("slope", 1.0)), float(value.get("intercept", 0.0)))


def fit_identity(margins: Floats, y: Bools, weights: Floats | None = None) -> Line:
    """Leave the margins as they are."""
    return Line()


def fit_shift(margins: Floats, y: Bools, weights: Floats | None = None) -> Line:
    """Move all log-odds by what makes the mean right; the slope stays 1."""
    ones = np.ones((len(margins), 1))
    return Line(1.0, float(logistic(ones, smoothed(y, weights), margins, weights)[0]))


def fit_tempered(
    margins: Floats, y: Bools, weights: Floats | None = None, around: float = 1.0
) -> Line:
    """Fit a line whose slope is drawn towards another, the more so the fewer rows tell.

    The slope of highest posterior density, by a normal prior of standard deviation `SPREAD`; the
    intercept is free. With thousands of rows of the rarer outcome it is that of `fit_sigmoid`.

    Parameters
    ----------
    margins, y, weights
        Rows.
    around : float
        Slope that it is drawn to, 0 or more.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> margins = random.normal(-2, 1, 20_000)
    >>> timid = random.random(20_000) < 1 / (1 + np.exp(-1.5 * margins))
    >>> [round(fit_tempered(margins[:rows], timid[:rows]).slope, 2) for rows in (300, 20_000)]
    [1.19, 1.51]
    """
    design = np.column_stack([np.ones(len(margins)), margins])
    drawn = np.array([0.0, SPREAD**-2])
    intercept, beyond = logistic(design, smoothed(y, weights), around * margins, weights, drawn)
    if not around + beyond > 0:
        return fit_sigmoid(margins, y, weights)
    return Line(float(around + beyond), float(intercept))


def fit_sigmoid(margins: Floats, y: Bools, weights: Floats | None = None) -> Line:
    """Fit Platt's line with his smoothed targets (Platt, 1999; Newton as Lin, Lin, Weng, 2007)."""
    targets = smoothed(y, weights)
    design = np.column_stack([np.ones(len(margins)), margins])
    intercept, slope = logistic(design, targets, weights=weights)
    if not slope > 0:
        mean = float(np.average(targets, weights=weights))
        return Line(0.0, float(np.log(mean / (1 - mean))))
    return Line(float(slope), float(intercept))
