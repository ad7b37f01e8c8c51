"""How hyperparameters are searched: the table ``[search]`` of train.toml."""

from __future__ import annotations

from dataclasses import dataclass

from features.errors import DefinitionError
from training.search.duration import seconds


@dataclass(frozen=True)
class Search:
    """Settings of the search.

    Parameters
    ----------
    budget : str
        Longest time of the search of one task, such as ``10m`` or ``1h30m``; it takes the place of
        the number of trials. Empty: as many trials as the config says.
    most : int
        Most trials of a search that has a budget.
    stop_early : bool
        Give up a trial that lies behind the median of those before it.
    grace : int
        Trials that run to their end before any is given up.
    champion : bool
        Try the champion's hyperparameters second, where there is one.
    members : int
        The model is the mean of so many of the best trials: what one of them wins by is often luck.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    budget: str = ""
    most: int = 1_000
    stop_early: bool = True
    grace: int = 4
    champion: bool = True
    members: int = 3

    def __post_init__(self) -> None:
        faults = [
            f"{name} must be 1 or more, got {getattr(self, name)}"
            for name in ("most", "grace", "members")
            if getattr(self, name) < 1
        ]
        if self.budget:
            try:
                seconds(self.budget)
            except DefinitionError as error:
                faults += [f"budget: {fault}" for fault in error.faults]
        if faults:
            raise DefinitionError("search", faults)

    @property
    def seconds(self) -> float | None:
        """Seconds of the budget, or None."""
        return seconds(self.budget) if self.budget else None
