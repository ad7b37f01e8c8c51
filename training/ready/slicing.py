"""How rows of a ready-made table are laid into slices."""

from __future__ import annotations

from dataclasses import dataclass

from features.errors import DefinitionError
from features.instants import instant


@dataclass(frozen=True)
class Slicing:
    """How the rows of a table that tells their time become slices.

    The slices stand in time order: train | stop | calibrate | test. Shares are of the rows before
    the test, but for ``test`` itself; rows of one instant stay together.

    Parameters
    ----------
    test : float
        Share of all rows that are tested on: the last ones.
    test_from : str
        ISO 8601: the first instant of the test, instead of a share.
    stop, calibrate : float
        Shares of the rows before the test.
    origins : int
        Rolling origins of the search, at most; each older one is stopped by as many rows.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    test: float = 0.2
    test_from: str = ""
    stop: float = 0.15
    calibrate: float = 0.15
    origins: int = 2

    def __post_init__(self) -> None:
        faults = [
            f"{name} must be above 0 and below 1, got {getattr(self, name)}"
            for name in ("test", "stop", "calibrate")
            if not 0 < getattr(self, name) < 1
        ]
        if not faults and self.stop + self.calibrate >= 1:
            faults.append("stop and calibrate must leave rows to train on; make them smaller")
        if self.test_from:
            try:
                instant(self.test_from)
            except DefinitionError as error:
                faults += [f"test_from: {fault}" for fault in error.faults]
        if self.origins < 1:
            faults.append(f"origins must be 1 or more, got {self.origins}")
        if faults:
            raise DefinitionError("slicing", faults)
