"""Which events a feature reads, and which of two features reads events of the other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from features.conditions import Condition
from features.feature import Feature, Tally

_UP: Final = ("at_least", "above")
_DOWN: Final = ("at_most", "below")


@dataclass(frozen=True)
class Occasions:
    """Events of one table that answer some conditions, in one stretch of the past.

    Parameters
    ----------
    table : str
        Name of the table.
    where : tuple of Condition
        All of them hold.
    newest, oldest : float
        Days ago: events of more than ``newest`` up to ``oldest`` days ago.
    """

    table: str
    where: tuple[Condition, ...]
    newest: float
    oldest: float

    @classmethod
    def of(cls, tally: Tally) -> Occasions:
        """Return the events that a tally reads."""
        window = tally.window
        oldest = math.inf if window.days is None else window.lag + window.days
        return cls(tally.table, tally.where, window.lag, oldest)

    def narrower(self, other: Occasions) -> bool:
        """Tell whether all of these answer the conditions of others, whenever they were."""
        return self.table == other.table and all(
            any(_implies(mine, theirs) for mine in self.where) for theirs in other.where
        )

    def within(self, other: Occasions) -> bool:
        """Tell whether all of these are among others.

        Examples
        --------
        >>> from features.builders import count
        >>> late, ever = Occasions.of(count("visits", 14)), Occasions.of(count("visits"))
        >>> late.within(ever), ever.within(late)
        (True, False)
        """
        inside = other.newest <= self.newest and self.oldest <= other.oldest
        return inside and self.narrower(other)

    def apart(self, other: Occasions) -> bool:
        """Tell whether no event can be among both."""
        if self.oldest <= other.newest or other.oldest <= self.newest:
            return True
        return any(
            mine.column == theirs.column
            and mine.test == theirs.test == "in"
            and not set(mine.values) & set(theirs.values)
            for mine in self.where
            for theirs in other.where
        )

    def holds(self, days: float) -> bool:
        """Tell whether an event of so many days ago lies in the stretch."""
        return self.newest < days <= self.oldest


def measure_of(tally: Tally) -> Tally:
    """Return a tally without the name that it was given: what it measures."""
    return replace(tally, alias="", says="")


def tallies_of(feature: Feature) -> list[Tally]:
    """Return all tallies that a feature is made of, as measures."""
    if isinstance(feature, Tally):
        return [measure_of(feature)]
    return [tally for each in feature.inputs for tally in tallies_of(each)]


def _implies(mine: Condition, theirs: Condition) -> bool:
    if mine == theirs:
        return True
    if mine.column != theirs.column:
        return False
    if mine.test == theirs.test == "in":
        return set(mine.values) <= set(theirs.values)
    if mine.test == theirs.test == "not_in":
        return set(mine.values) >= set(theirs.values)
    for tests, sign in ((_UP, 1), (_DOWN, -1)):
        if mine.test in tests and theirs.test in tests:
            first, second = float(mine.values[0]) * sign, float(theirs.values[0]) * sign
            strict = theirs.test in ("above", "below") and mine.test not in ("above", "below")
            return first > second if strict else first >= second
    return False
