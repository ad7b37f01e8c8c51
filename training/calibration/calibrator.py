"""From a booster's margin to a probability that means what it says.

A bundle carries a calibrator as JSON and serving applies it, so this module needs numpy alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np

from features.arrays import Floats
from features.errors import BundleError, DefinitionError
from training.calibration.beta import Beta
from training.calibration.isotonic import Knots
from training.calibration.line import Line
from training.calibration.venn_abers import Steps

Kind = Literal["identity", "shift", "tempered", "sigmoid", "beta", "isotonic", "venn_abers"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""From the simplest, which learns nothing, to the freest."""

_AS_IS: Final = Line()

Curve: TypeAlias = Line | Beta | Knots | Steps
"""The function of each kind."""

_CURVES: Final[Mapping[Kind, type[Line | Beta | Knots | Steps]]] = {
    "identity": Line,
    "shift": Line,
    "tempered": Line,
    "sigmoid": Line,
    "beta": Beta,
    "isotonic": Knots,
    "venn_abers": Steps,
}


@dataclass(frozen=True)
class Calibrator:
    """A rising function from margins (log-odds of a booster) to probabilities.

    Parameters
    ----------
    kind : {"identity", "shift", "tempered", "sigmoid", "beta", "isotonic", "venn_abers"}
        ``identity``: ``sigmoid(margin)``, as the booster says. ``shift``: all log-odds moved
        alike. ``sigmoid``: ``sigmoid(intercept + slope * margin)``. ``tempered``: the same, with a
        slope that few rows draw only a little away from 1. ``beta``: a slope for low and
        one for high probabilities. ``isotonic``: linear between knots. ``venn_abers``: steps, with
        an interval for each margin.
    curve : Line, Beta, Knots or Steps
        The function.
    rows : int
        Rows it was fitted on.

    Raises
    ------
    DefinitionError
        With every fault.

    Examples
    --------
    >>> half = Calibrator("sigmoid", Line(slope=0.5))
    >>> half.apply(np.array([-2.0, 0.0, 2.0])).round(3)
    array([0.269, 0.5  , 0.731])
    >>> Calibrator.from_json(half.to_json()) == half
    True
    """

    kind: Kind
    curve: Curve = _AS_IS
    rows: int = 0

    def __post_init__(self) -> None:
        faults = []
        if self.kind not in KINDS:
            faults.append(f"kind must be one of {list(KINDS)}, got {self.kind!r}")
        elif not isinstance(self.curve, _CURVES[self.kind]):
            wanted, came = _CURVES[self.kind].__name__, type(self.curve).__name__
            faults.append(f"a calibrator of kind '{self.kind}' needs a {wanted}, got a {came}")
        elif isinstance(self.curve, Line):
            if self.kind == "identity" and self.curve != _AS_IS:
                faults.append("identity has slope 1 and intercept 0")
            if self.kind == "shift" and self.curve.slope != 1:
                faults.append(f"shift has slope 1, got {self.curve.slope}")
        if self.rows < 0:
            faults.append(f"rows must be 0 or more, got {self.rows}")
        if faults:
            raise DefinitionError("calibrator", faults)

    def apply(self, margins: Floats) -> Floats:
        """Return probabilities, each made of its own margin alone.

        Every step is elementwise, and IEEE 754 fixes its last bit: one row equals many, on every
        machine; see `training.calibration.basic`.

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
        return self.curve.apply(_numbers(margins))

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
        return self.curve.apply_one(margin)

    def interval(self, margins: Floats) -> tuple[Floats, Floats] | None:
        """Return the lower and the upper probability of each margin; None but for Venn-Abers.

        Raises
        ------
        DefinitionError
            When a margin is NaN.
        """
        found = _numbers(margins)
        return self.curve.interval(found) if isinstance(self.curve, Steps) else None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; floats survive ``json.dumps`` to the bit."""
        return {"kind": self.kind, "rows": self.rows, **self.curve.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Calibrator:
        """Read back what ``to_json`` wrote.

        Raises
        ------
        BundleError
            When the value is no calibrator.
        """
        try:
            kind: Kind = value["kind"]
            return cls(kind, _CURVES[kind].from_json(value), int(value["rows"]))
        except (KeyError, TypeError, ValueError, AttributeError, DefinitionError) as fault:
            raise BundleError(
                f"expected a calibrator with kind, rows and its numbers, came {str(value)[:200]} "
                f"({fault!r}); export the bundle again"
            ) from fault


def _numbers(margins: Floats) -> Floats:
    found = np.asarray(margins, dtype=np.float64)
    if np.isnan(found).any():
        row = int(np.flatnonzero(np.isnan(found))[0])
        raise DefinitionError("margins", [f"expected numbers, came NaN in row {row}"])
    return found
