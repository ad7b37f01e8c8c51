"""From a booster's margin to a probability that means what it says.

A bundle carries a calibrator as JSON and serving applies it, so this module needs numpy alone.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np

from features.arrays import Bools, Floats, Values
from features.errors import BundleError, CohortError, DefinitionError
from training.calibration.sigmoid import sigmoid, sigmoid_one

Kind = Literal["sigmoid", "isotonic", "identity"]

ISOTONIC_FROM: Final = 1_000
"""Rows of the rarer class below which "auto" does not consider isotonic regression."""

_KINDS: Final = ("sigmoid", "isotonic", "identity")


@dataclass(frozen=True)
class Calibrator:
    """A rising function from margins (log-odds of a booster) to probabilities.

    Parameters
    ----------
    kind : {"sigmoid", "isotonic", "identity"}
        ``sigmoid``: ``sigmoid(intercept + slope * margin)``. ``isotonic``: linear between knots,
        level outside them. ``identity``: ``sigmoid(margin)``, as the booster says.
    slope, intercept : float
        Of a sigmoid; slope 0 or more, so that calibration never turns a ranking round.
    margins, probabilities : tuple of float
        Knots of an isotonic calibrator: margins rise, probabilities never fall.
    rows : int
        Rows it was fitted on.

    Raises
    ------
    DefinitionError
        With every fault.

    Examples
    --------
    >>> half = Calibrator("sigmoid", slope=0.5)
    >>> half.apply(np.array([-2.0, 0.0, 2.0])).round(3)
    array([0.269, 0.5  , 0.731])
    >>> Calibrator.from_json(half.to_json()) == half
    True
    """

    kind: Kind
    slope: float = 1.0
    intercept: float = 0.0
    margins: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()
    rows: int = 0

    def __post_init__(self) -> None:
        faults = []
        if self.kind not in _KINDS:
            faults.append(f"kind must be one of {list(_KINDS)}, got {self.kind!r}")
        if not (0 <= self.slope < math.inf and math.isfinite(self.intercept)):
            line = f"{self.intercept} + {self.slope} * margin"
            faults.append(f"slope must be 0 or more, and both finite, got {line}")
        if len(self.margins) != len(self.probabilities):
            sizes = f"{len(self.margins)} and {len(self.probabilities)}"
            faults.append(f"knots need as many margins as probabilities, got {sizes}")
        if (self.kind == "isotonic") != bool(self.margins):
            faults.append("knots belong to an isotonic calibrator, and to no other")
        knots = np.array(self.margins)
        if not (np.isfinite(knots).all() and (np.diff(knots) > 0).all()):
            faults.append("margins of knots must be finite and rise")
        told = np.array(self.probabilities)
        if not (((told > 0) & (told < 1)).all() and (np.diff(told) >= 0).all()):
            faults.append("probabilities of knots must lie in (0, 1) and never fall")
        if faults:
            raise DefinitionError("calibrator", faults)

    def apply(self, margins: Floats) -> Floats:
        """Return probabilities, each made of its own margin alone.

        Every step is elementwise, and IEEE 754 fixes its last bit: one row equals many, on every
        machine; see `training.calibration.sigmoid`.

        Parameters
        ----------
        margins : (n,) float64
            Log-odds; infinities are taken.

        Returns
        -------
        (n,) float64
            Inside (0, 1), rising with the margin.

        Raises
        ------
        DefinitionError
            When a margin is NaN.
        """
        found = np.asarray(margins, dtype=np.float64)
        if np.isnan(found).any():
            row = int(np.flatnonzero(np.isnan(found))[0])
            raise DefinitionError("margins", [f"expected numbers, came NaN in row {row}"])
        if self.kind == "identity":
            return sigmoid(found)
        if self.kind == "sigmoid":
            # A slope of 0 times an infinite margin would be NaN.
            return sigmoid(self.intercept + self.slope * np.clip(found, -1e300, 1e300))
        knots, told = self._knots
        if len(knots) == 1:
            return np.full(found.shape, told[0])
        # Not numpy.interp, whose compiled loop may fuse multiply and add on some processors.
        inside = np.clip(found, knots[0], knots[-1])
        right = np.clip(np.searchsorted(knots, inside, side="left"), 1, len(knots) - 1)
        left = right - 1
        part = (inside - knots[left]) / (knots[right] - knots[left])
        between = told[left] + part * (told[right] - told[left])
        # Rounding must not carry a value past the next knot: ranks would change.
        return np.minimum(between, told[right])

    def apply_one(self, margin: float) -> float:
        """Return what `apply` gives for one margin, bit for bit, in a thirtieth of the time.

        Raises
        ------
        DefinitionError
            When the margin is NaN.

        Examples
        --------
        >>> Calibrator("identity").apply_one(0.0)
        0.5
        """
        if margin != margin:
            raise DefinitionError("margins", ["expected a number, came NaN"])
        if self.kind == "identity":
            return sigmoid_one(margin)
        if self.kind == "sigmoid":
            return sigmoid_one(self.intercept + self.slope * min(max(margin, -1e300), 1e300))
        knots, told = self.margins, self.probabilities
        if len(knots) == 1:
            return told[0]
        inside = min(max(margin, knots[0]), knots[-1])
        right = min(max(bisect_left(knots, inside), 1), len(knots) - 1)
        left = right - 1
        part = (inside - knots[left]) / (knots[right] - knots[left])
        return min(told[left] + part * (told[right] - told[left]), told[right])

    @cached_property
    def _knots(self) -> tuple[Floats, Floats]:
        return np.array(self.margins), np.array(self.probabilities)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; floats survive ``json.dumps`` to the bit."""
        value: dict[str, Any] = {"kind": self.kind, "rows": self.rows}
        if self.kind == "sigmoid":
            value |= {"slope": self.slope, "intercept": self.intercept}
        if self.kind == "isotonic":
            value |= {"margins": list(self.margins), "probabilities": list(self.probabilities)}
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Calibrator:
        """Read back what ``to_json`` wrote.

        Raises
        ------
        BundleError
            When the value is no calibrator.
        """
        try:
            return cls(
                value["kind"],
                float(value.get("slope", 1.0)),
                float(value.get("intercept", 0.0)),
                tuple(map(float, value.get("margins", ()))),
                tuple(map(float, value.get("probabilities", ()))),
                int(value["rows"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, DefinitionError) as fault:
            raise BundleError(
                f"expected a calibrator with kind, rows and its numbers, came {str(value)[:200]} "
                f"({fault!r}); export the bundle again"
            ) from fault


def fit_calibrator(
    margins: Floats,
    y: Values,
    kind: Kind | Literal["auto"] = "auto",
    *,
    customers: Values | None = None,
    seed: int = 0,
) -> Calibrator:
    """Fit a calibrator on rows later than those the model learnt from.

    Parameters
    ----------
    margins : (n,) float64
        The booster's log-odds, finite.
    y : (n,) bool
        Outcomes.
    kind : {"auto", "sigmoid", "isotonic", "identity"}
        ``sigmoid`` is Platt scaling with his smoothed targets (Platt, 1999, with the Newton method
        of Lin, Lin and Weng, 2007). ``isotonic`` is pool-adjacent-violators, kept inside
        ``[1/(n+2), 1-1/(n+2)]``. ``auto`` takes the sigmoid below `ISOTONIC_FROM` rows of the
        rarer outcome, and from there on isotonic if its log loss is lower in five folds.
    customers : (n,), optional
        Whose row it is, so that no customer is on both sides of a fold; left out, one row each.
    seed : int
        Of the folds.

    Raises
    ------
    DefinitionError
        When shapes differ, a margin is not finite, or the kind is unknown.
    CohortError
        When all outcomes are the same.

    Examples
    --------
    >>> margins = np.array([-2.0, -1.0, 1.0, 2.0] * 25)
    >>> fitted = fit_calibrator(margins, np.array([False, False, True, True] * 25))
    >>> fitted.kind, fitted.slope > 1
    ('sigmoid', True)
    """
    found, outcomes = np.asarray(margins, dtype=np.float64), np.asarray(y)
    owners = np.arange(len(found)) if customers is None else np.asarray(customers)
    faults = []
    if kind not in (*_KINDS, "auto"):
        faults.append(f"kind must be one of {['auto', *_KINDS]}, got {kind!r}")
    if found.ndim != 1 or outcomes.shape != found.shape or owners.shape != found.shape:
        shapes = f"{found.shape}, {outcomes.shape} and {owners.shape}"
        faults.append(f"margins, y and customers must be (n,) alike, got {shapes}")
    if not np.isfinite(found).all():
        faults.append(f"margins must be finite; {int((~np.isfinite(found)).sum())} are not")
    if not np.isin(outcomes, (0, 1)).all():
        faults.append("y must hold True and False (or 1 and 0) only")
    if faults:
        raise DefinitionError("calibration", faults)
    hits = outcomes.astype(np.bool_)
    positives = int(hits.sum())
    if not 0 < positives < len(hits):
        raise CohortError(
            f"a calibrator needs both outcomes; the calibrate slice has {positives:,} positives "
            f"and {len(hits) - positives:,} negatives. Give it more cutoffs."
        )
    if kind == "auto":
        enough = min(positives, len(hits) - positives) >= ISOTONIC_FROM
        kind = "isotonic" if enough and _prefers_isotonic(found, hits, owners, seed) else "sigmoid"
    if kind == "identity":
        return Calibrator("identity", rows=len(hits))
    return _platt(found, hits) if kind == "sigmoid" else _isotonic(found, hits)


def _platt(margins: Floats, y: Bools) -> Calibrator:
    # Imported here, because serving must not pack what judges models.
    from training.judge.reliability import cox

    positives = int(y.sum())
    high, low = (positives + 1) / (positives + 2), 1 / (len(y) - positives + 2)
    targets = np.where(y, high, low)
    intercept, slope = cox(targets, margins)
    if not slope > 0:
        mean = float(targets.mean())
        intercept, slope = float(np.log(mean / (1 - mean))), 0.0
    return Calibrator("sigmoid", slope, intercept, rows=len(y))


def _isotonic(margins: Floats, y: Bools) -> Calibrator:
    from sklearn.isotonic import IsotonicRegression

    edge = 1 / (len(y) + 2)
    fitted = IsotonicRegression(y_min=edge, y_max=1 - edge).fit(margins, y.astype(np.float64))
    knots = tuple(map(float, fitted.X_thresholds_))
    # sklearn's plateaus may fall by a last bit.
    told = tuple(map(float, np.maximum.accumulate(fitted.y_thresholds_)))
    return Calibrator("isotonic", margins=knots, probabilities=told, rows=len(y))


def _prefers_isotonic(margins: Floats, y: Bools, customers: Values, seed: int) -> bool:
    codes = np.unique(customers, return_inverse=True)[1]
    folds = np.random.default_rng(seed).permutation(int(codes.max()) + 1)[codes] % 5
    lost = {"sigmoid": 0.0, "isotonic": 0.0}
    for fold in range(5):
        inside, outside = folds != fold, folds == fold
        if not 0 < y[inside].sum() < inside.sum():
            return False
        for name, fit in (("sigmoid", _platt), ("isotonic", _isotonic)):
            told = fit(margins[inside], y[inside]).apply(margins[outside])
            lost[name] -= float(np.log(np.where(y[outside], told, 1 - told)).sum())
    return lost["isotonic"] < lost["sigmoid"]
