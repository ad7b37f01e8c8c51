"""Rows in which one fact is otherwise, with the facts that move along, as far as they can be so."""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from features.aggregators import AGGREGATES
from features.arrays import Floats
from features.feature import Derived, Feature, Tally
from training.reasons.bounds import Bound, Facts, bounds_of
from training.reasons.hidden import shift, tell
from training.reasons.occasions import Occasions, measure_of, tallies_of


@dataclass(frozen=True, eq=False)
class World:
    """What the inputs of a model say of the same events.

    Parameters
    ----------
    inputs : tuple of Feature or None
        The definition of each column; None for one that has none, such as a target rate, and for
        texts. What has none is bound to nothing.
    """

    inputs: tuple[Feature | None, ...]

    @cached_property
    def tallies(self) -> tuple[Tally, ...]:
        """Every tally that an input is, or is made of."""
        known = (each for each in self.inputs if each is not None)
        found = (tally for each in known for tally in tallies_of(each))
        return tuple(dict.fromkeys(each for each in found if each.aggregate.name != "given"))

    @cached_property
    def places(self) -> dict[Tally, int]:
        """Where each tally stands among them."""
        return {tally: place for place, tally in enumerate(self.tallies)}

    @cached_property
    def own(self) -> dict[int, int]:
        """Place of the tally that an input is, by column."""
        return {
            column: self.places[measure_of(each)]
            for column, each in enumerate(self.inputs)
            if isinstance(each, Tally) and measure_of(each) in self.places
        }

    @cached_property
    def composed(self) -> dict[int, tuple[Derived, frozenset[int]]]:
        """Inputs that are made of others, with the places of their tallies, by column."""
        return {
            column: (each, frozenset(self.places[leaf] for leaf in tallies_of(each)))
            for column, each in enumerate(self.inputs)
            if isinstance(each, Derived)
        }

    @cached_property
    def visible(self) -> frozenset[int]:
        """Places of the tallies that are inputs."""
        return frozenset(self.own.values())

    @cached_property
    def reads(self) -> tuple[Occasions, ...]:
        """Events of each tally."""
        return tuple(Occasions.of(tally) for tally in self.tallies)

    @cached_property
    def bounds(self) -> dict[int, list[Bound]]:
        """Bounds by the tallies that they are about."""
        found: dict[int, list[Bound]] = {place: [] for place in range(len(self.tallies))}
        for bound in bounds_of(self.tallies):
            for place in bound.places:
                found[place].append(bound)
        return found

    def facts(self, row: Floats) -> list[float | None]:
        """Return the tallies of a row: inputs, and what shares and the like tell of others."""
        found: list[float | None] = [None] * len(self.tallies)
        for column, place in self.own.items():
            found[place] = float(row[column])
        for column, (each, _) in self.composed.items():
            tell(each, float(row[column]), found, self.places)
        return found

    def leads(self, column: int) -> bool:
        """Tell whether other inputs may move along with one."""
        moving = self.inputs[column]
        if not isinstance(moving, Tally):
            return moving is not None
        if moving.aggregate.name in ("count", "total", "days_since"):
            return True
        place = self.own.get(column)
        return any(place in leaves for _, leaves in self.composed.values())

    def moved(self, row: Floats, before: Facts, column: int, value: float) -> Floats | None:
        """Move one input, and with it what cannot stay; None where that cannot be.

        Parameters
        ----------
        row : (columns,) float64
            What the model reads.
        before : sequence
            Its `facts`.
        column : int
            The input.
        value : float
            Its value then.

        Returns
        -------
        (columns,) float64 or None
            Counts and totals move those of all events that hold theirs; a later last event is one
            event more; ratios are taken anew.
        """
        moving, after = self.inputs[column], row.copy()
        after[column] = value
        if moving is None or (isinstance(moving, Tally) and column not in self.own):
            return after
        facts = list(before)
        if isinstance(moving, Tally):
            self._follow(facts, self.own[column], value)
        else:
            changed = shift(moving, value, facts, self.places, self.visible)
            if changed is None or changed == row[column]:
                return None
            after[column] = changed
        touched = {place for place, fact in enumerate(facts) if not _same(fact, before[place])}
        if not self._possible(before, facts, touched):
            return None
        for other, place in self.own.items():
            if other != column and place in touched:
                after[other] = facts[place]
        for other in self.composed:
            if other != column and not self._renewed(other, facts, touched, after):
                return None
        return after

    def _possible(self, before: Facts, facts: Facts, touched: Set[int]) -> bool:
        """What held of the facts must hold of the moved ones: returns may make totals fall."""
        return all(
            bound.kept(facts) or not bound.kept(before)
            for place in touched
            for bound in self.bounds[place]
        )

    def _renewed(self, column: int, facts: Facts, touched: Set[int], after: Floats) -> bool:
        """Take a feature made of others anew; False where nobody can and it would not stay."""
        each, leaves = self.composed[column]
        fitted = each.operation.fit is not None
        if not fitted and leaves.isdisjoint(touched):
            return True
        if not fitted and all(facts[place] is not None for place in leaves):
            after[column] = self._value(each, facts)
            return True
        if not fitted:
            # The unknown leaf is free, but for what is known of it.
            return False
        return not any(
            self.reads[place].within(self.reads[leaf]) for place in touched for leaf in leaves
        )

    def _value(self, each: Feature, facts: Facts) -> float:
        if isinstance(each, Tally):
            found = facts[self.places[measure_of(each)]]
            return math.nan if found is None else found
        given = [np.array([self._value(part, facts)]) for part in each.inputs]
        return float(each.operation.compute(*given)[0])

    def _follow(self, facts: list[float | None], place: int, value: float) -> None:
        was, name = facts[place], self.tallies[place].aggregate.name
        mine = self.reads[place]
        if was is None:
            return
        averages = [each for each in self._averages if _averaged(facts, *each)]
        facts[place] = value
        if name in ("count", "total"):
            self._rise(facts, place, value - was)
            if name == "count" and value > was:
                self._recent(facts, mine, mine.oldest)
        elif name == "days_since" and value < was:
            # A later last event is one more event.
            self._recent(facts, mine, value)
            for other, theirs in enumerate(self.reads):
                fact = facts[other]
                is_count = self.tallies[other].aggregate.name == "count" and fact is not None
                if is_count and mine.narrower(theirs) and theirs.holds(value):
                    facts[other] = (fact or 0.0) + 1
        for mean, total, number in averages:
            over, under = facts[total], facts[number]
            if mean != place and over is not None and under:
                facts[mean] = over / under

    def _rise(self, facts: list[float | None], place: int, by: float) -> None:
        for other in self._wider[place]:
            fact = facts[other]
            if fact is not None:
                facts[other] = fact + by

    @cached_property
    def _wider(self) -> tuple[tuple[int, ...], ...]:
        """For each tally, the same of all events that hold its own."""

        def holds(place: int, other: int) -> bool:
            mine, theirs = self.tallies[place], self.tallies[other]
            alike = (mine.aggregate.name, mine.column) == (theirs.aggregate.name, theirs.column)
            return other != place and alike and self.reads[place].within(self.reads[other])

        places = range(len(self.tallies))
        return tuple(tuple(each for each in places if holds(place, each)) for place in places)

    def _recent(self, facts: list[float | None], mine: Occasions, day: float) -> None:
        """Bring the days since the last of events that hold some down to those of the latest."""
        for other, theirs in enumerate(self.reads):
            fact = facts[other]
            dated = self.tallies[other].aggregate.name == "days_since" and mine.narrower(theirs)
            if dated and fact is not None and fact > day and theirs.holds(day):
                facts[other] = day

    @cached_property
    def _averages(self) -> list[tuple[int, int, int]]:
        found = []
        for place, tally in enumerate(self.tallies):
            total, count = (
                self.places.get(replace(tally, aggregate=AGGREGATES[name], column=column))
                for name, column in (("total", tally.column), ("count", ""))
            )
            if tally.aggregate.name == "mean" and total is not None and count is not None:
                found.append((place, total, count))
        return found


def _averaged(facts: Facts, mean: int, total: int, number: int) -> bool:
    """Tell whether a mean is the total over the number: it is not where amounts are unknown."""
    part, over, under = facts[mean], facts[total], facts[number]
    if part is None or over is None or not under:
        return False
    return abs(part * under - over) <= 1e-6 * max(1.0, abs(over))


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or (math.isnan(one) and math.isnan(other))
