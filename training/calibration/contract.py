"""What a model promises of its probabilities: overall and for each segment, until a date.

A bundle carries a contract as JSON and each answer states it, so this module needs numpy alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final, Literal, get_args

from features.errors import BundleError, DefinitionError

State = Literal["calibrated", "drifting", "uncertified"]
STATES: Final[tuple[State, ...]] = get_args(State)


@dataclass(frozen=True)
class Clause:
    """What was seen of some rows.

    Parameters
    ----------
    segment : str or None
        Level of the category that parts the rows; None for all rows.
    state : {"calibrated", "drifting", "uncertified"}
        ``calibrated``: rows enough, and outcomes as told, but for what sampling allows or the
        limits permit. ``drifting``: rows enough, and outcomes not as told. ``uncertified``: too
        few rows of the rarer outcome.
    rows, positives : int
        How many.
    predicted, observed : float
        Mean probability, and rate of positives.
    ece, ece_low, ece_high : float or None
        Expected calibration error with its interval; None when it is not defined.
    """

    segment: str | None
    state: State
    rows: int
    positives: int
    predicted: float
    observed: float
    ece: float | None = None
    ece_low: float | None = None
    ece_high: float | None = None

    def __post_init__(self) -> None:
        faults = []
        if self.state not in STATES:
            faults.append(f"state must be one of {list(STATES)}, got {self.state!r}")
        if not 0 <= self.positives <= self.rows:
            faults.append(f"positives must be 0 to {self.rows}, got {self.positives}")
        faults += [
            f"{name} must be from 0 to 1, got {value}"
            for name in ("predicted", "observed", "ece", "ece_low", "ece_high")
            if (value := getattr(self, name)) is not None and not 0 <= value <= 1
        ]
        if faults:
            raise DefinitionError("clause of a calibration contract", faults)


@dataclass(frozen=True)
class Contract:
    """The calibration contract of a model.

    Parameters
    ----------
    overall : Clause
        Of all rows.
    until : str
        Outcomes up to this instant were looked at, ISO 8601.
    rate : float
        Base rate that the scores are made for, in (0, 1).
    by : str
        Feature whose levels are the segments; empty when there are none.
    segments : tuple of Clause
        One for each level that was seen.
    least, within : int and float
        Limits; see `training.calibration.settings.Calibration`.

    Examples
    --------
    >>> seen = Clause(None, "calibrated", 900, 90, 0.1, 0.1, 0.01, 0.0, 0.02)
    >>> north = Clause("north", "uncertified", 30, 2, 0.1, 0.07)
    >>> contract = Contract(seen, "2024-01-01T00:00:00Z", 0.1, "region", (north,))
    >>> contract.of("north"), contract.of("moon"), contract.of(None)
    ('uncertified', 'uncertified', 'uncertified')
    >>> Contract.from_json(contract.to_json()) == contract
    True
    """

    overall: Clause
    until: str
    rate: float
    by: str = ""
    segments: tuple[Clause, ...] = ()
    least: int = 50
    within: float = 0.1

    def __post_init__(self) -> None:
        if not (math.isfinite(self.rate) and 0 < self.rate < 1):
            raise DefinitionError(
                "calibration contract", [f"rate must be above 0 and below 1, got {self.rate}"]
            )

    def of(self, level: str | None) -> State:
        """Return the state of a row: that of its segment, or of all rows where none are parted."""
        if not self.by:
            return self.overall.state
        return self._states.get(level, "uncertified")

    @cached_property
    def _states(self) -> dict[str | None, State]:
        return {each.segment: each.state for each in self.segments}

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; ``state`` repeats that of all rows for who reads no further."""
        segments = [asdict(each) for each in self.segments]
        return {"state": self.overall.state, **asdict(self), "segments": segments}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Contract:
        """Read back what ``to_json`` wrote.

        Raises
        ------
        BundleError
            When the value is no contract.
        """
        try:
            segments = tuple(Clause(**each) for each in value["segments"])
            known = {name: each for name, each in value.items() if name != "state"}
            parts = {**known, "overall": Clause(**value["overall"]), "segments": segments}
            return cls(**parts)
        except (KeyError, TypeError, ValueError, DefinitionError) as fault:
            raise BundleError(
                f"expected a calibration contract, came {str(value)[:200]} ({fault!r}); train again"
            ) from fault
