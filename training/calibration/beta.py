"""Beta calibration: two slopes, one for low and one for high probabilities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from features.arrays import Bools, Floats
from features.errors import DefinitionError
from training.calibration.newton import logistic, smoothed
from training.calibration.sigmoid import sigmoid, sigmoid_one, softplus, softplus_one

_FURTHEST: Final = 1e300


@dataclass(frozen=True)
class Beta:
    """``1 / (1 + 1 / (exp(c) * s**a / (1 - s)**b))`` of ``s = sigmoid(margin)``.

    On the margin ``m`` its log-odds are ``c - a * softplus(-m) + b * softplus(m)``: slope ``a``
    far below 0 and ``b`` far above, so no logarithm of a rounded probability is taken (Kull,
    Silva Filho and Flach, 2017, section 4).

    Parameters
    ----------
    low, high : float
        The slopes ``a`` and ``b``; 0 or more.
    intercept : float
        The ``c``, in log-odds.

    Raises
    ------
    DefinitionError
        With every fault.

    Examples
    --------
    >>> same = Beta(1.0, 1.0, 0.0)  # both slopes 1: the margin itself
    >>> same.apply_one(0.0)
    0.5
    """

    low: float
    high: float
    intercept: float

    def __post_init__(self) -> None:
        faults = [
            f"slope '{name}' must be 0 or more and finite, got {value}"
            for name, value in (("low", self.low), ("high", self.high))
            if not 0 <= value < math.inf
        ]
        if not math.isfinite(self.intercept):
            faults.append(f"intercept must be finite, got {self.intercept}")
        if faults:
            raise DefinitionError("beta calibrator", faults)

    def apply(self, margins: Floats) -> Floats:
        """Return the probability of each margin."""
        inside = np.clip(margins, -_FURTHEST, _FURTHEST)
        below, above = self.low * softplus(-inside), self.high * softplus(inside)
        return sigmoid((self.intercept - below) + above)

    def apply_one(self, margin: float) -> float:
        """Return what `apply` gives for one margin, bit for bit."""
        inside = min(max(margin, -_FURTHEST), _FURTHEST)
        below, above = self.low * softplus_one(-inside), self.high * softplus_one(inside)
        return sigmoid_one((self.intercept - below) + above)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Beta:
        """Read back what ``to_json`` wrote."""
        return cls(float(value["low"]), float(value["high"]), float(value["intercept"]))


def fit_beta(margins: Floats, y: Bools, weights: Floats | None = None) -> Beta:
    """Fit both slopes and the intercept; a slope that would fall below 0 is held at 0.

    The targets are smoothed as for a sigmoid, so that outcomes which are parted stay finite.
    """
    targets = smoothed(y, weights)
    columns = {"low": -softplus(-margins), "high": softplus(margins)}
    used = list(columns)
    while True:
        design = np.column_stack([np.ones(len(margins)), *(columns[name] for name in used)])
        intercept, *slopes = map(float, logistic(design, targets, weights=weights))
        if all(slope >= 0 for slope in slopes):
            found = dict(zip(used, slopes, strict=True))
            return Beta(found.get("low", 0.0), found.get("high", 0.0), intercept)
        used.pop(min(range(len(used)), key=slopes.__getitem__))
