"""A calibrator for each segment that has rows enough, and the common one for all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from features.arrays import Floats, Values
from features.errors import BundleError
from training.calibration.calibrator import Calibrator


@dataclass(frozen=True)
class Segmented:
    """Calibrators by the level of a category.

    Parameters
    ----------
    by : str
        Name of the feature whose levels are the segments.
    own : mapping of str to Calibrator
        Calibrators of levels that have one of their own.

    Examples
    --------
    >>> import numpy as np
    >>> from training.calibration.line import Line
    >>> north = Segmented("region", {"north": Calibrator("shift", Line(1.0, 1.0))})
    >>> levels = np.array(["north", "south", None], dtype=object)
    >>> north.apply(Calibrator("identity"), np.zeros(3), levels).round(3).tolist()
    [0.731, 0.5, 0.5]
    """

    by: str
    own: Mapping[str, Calibrator] = field(default_factory=dict)

    def apply(self, common: Calibrator, margins: Floats, levels: Values) -> Floats:
        """Return probabilities, each by the calibrator of its level, or by the common one."""
        told = common.apply(margins)
        if len(told) == 1:
            calibrator = self.own.get(levels[0])
            return told if calibrator is None else calibrator.apply(margins)
        for level, calibrator in self.own.items():
            here = levels == level
            if here.any():
                told[here] = calibrator.apply(margins[here])
        return told

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        own = {level: calibrator.to_json() for level, calibrator in self.own.items()}
        return {"by": self.by, "own": own}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Segmented:
        """Read back what ``to_json`` wrote.

        Raises
        ------
        BundleError
            When the value is none.
        """
        try:
            own = {str(name): Calibrator.from_json(each) for name, each in value["own"].items()}
            if not isinstance(value["by"], str):
                raise TypeError("'by' is no text")
        except (KeyError, TypeError, AttributeError) as fault:
            raise BundleError(
                f"expected calibrators of segments with by and own, came {str(value)[:200]} "
                f"({fault!r}); export the bundle again"
            ) from fault
        return cls(value["by"], own)
