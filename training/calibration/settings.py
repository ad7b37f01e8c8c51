"""How a model is calibrated and certified: the table ``[calibration]`` of train.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from features.errors import DefinitionError
from training.calibration.calibrator import KINDS
from training.calibration.level import LEVELS

AUTO: Final = "auto"
"""Choose the kind by later rows."""


@dataclass(frozen=True)
class Calibration:
    """Settings of calibration.

    Parameters
    ----------
    kind : str
        ``auto``: tempered, sigmoid, beta, isotonic or Venn-Abers, as `choose` finds; or the kind of
        calibrator to fit, identity and shift among them; see `training.calibration.calibrator`.
    by : str
        Feature whose levels are calibrated and certified apart: a category among the inputs of
        the model, or one whose levels are encoded. Empty: all customers alike.
    periods : int
        Periods that a calibrator learns from at most, the calibrate slice being the last; each
        of the others costs a fit. A task that is split by customer has one.
    level : {"model", "periods"}
        Whose base rate scores have: that of the model, which has learnt from the calibrated
        periods in the end; or that of the periods, as the models that had not met them missed it.
        The same holds for each segment: with ``model`` its calibrator tells only how far its
        scores are too sure or too timid.
    least : int
        Rows of the rarer outcome that a segment needs for a calibrator of its own, and that any
        rows need to be certified.
    within : float
        Part of the rate of the rarer outcome that the expected calibration error may reach for
        sure, and still be called calibrated.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    kind: str = AUTO
    by: str = ""
    periods: int = 2
    level: str = "model"
    least: int = 50
    within: float = 0.1

    def __post_init__(self) -> None:
        faults = []
        if self.kind not in (AUTO, *KINDS):
            faults.append(f"kind must be one of {[AUTO, *KINDS]}, got {self.kind!r}")
        if self.periods < 1:
            faults.append(f"periods must be 1 or more, got {self.periods}")
        if self.level not in LEVELS:
            faults.append(f"level must be one of {[*LEVELS]}, got {self.level!r}")
        if self.least < 10:
            faults.append(f"least must be 10 or more, got {self.least}")
        if not 0 < self.within < 1:
            faults.append(f"within must be above 0 and below 1, got {self.within}")
        if faults:
            raise DefinitionError("calibration", faults)
