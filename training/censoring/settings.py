"""How rows stand for those that were interrupted: the table ``[censoring]`` of train.toml."""

from __future__ import annotations

import math
from dataclasses import dataclass

from features.errors import DefinitionError


@dataclass(frozen=True)
class Censoring:
    """Settings of the weights of rows that were not interrupted.

    Parameters
    ----------
    strata : int
        Groups of customers who are interrupted about as often, at most; five take off nine tenths
        of what such a grouping can (Rosenbaum and Rubin, 1984, J. Am. Stat. Assoc. 79).
    most : float
        Largest weight: a row may stand for so many and no more. A lower one gives up some truth
        for less noise (Cole and Hernan, 2008, Am. J. Epidemiol. 168).

    Raises
    ------
    DefinitionError
        With every fault.
    """

    strata: int = 10
    most: float = 20.0

    def __post_init__(self) -> None:
        faults = []
        if self.strata < 1:
            faults.append(f"strata must be 1 or more, got {self.strata}")
        if not 1 <= self.most < math.inf:
            faults.append(f"most must be 1 or more and finite, got {self.most}")
        if faults:
            raise DefinitionError("censoring", faults)
