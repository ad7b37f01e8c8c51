"""A business whose future is known in advance: tables as any user's, and the truth behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from features.arrays import Bools, Floats, Ints, Values
from features.errors import DefinitionError
from features.tables import Table
from features.worlds.calendar import Calendar

MOST_EFFECT_DAYS: Final = 28
"""Days within which the effect of a treatment is asked for, at most."""


@dataclass(frozen=True)
class Question:
    """What can be asked of a world, in the words of a task.

    Parameters
    ----------
    name, outcome, table : str
        Name of the task; ``"silent"``, ``"bought"`` or ``"first"``; table of the label's events.
    horizon, active : float
        Days of the label window; days before the cutoff in which members of the cohort have an
        event.
    gap : float
        Days between the cutoff and the label window.
    where : mapping
        Events of the label that count.
    members : str
        Table of the cohort's events; empty for that of the label.
    """

    name: str
    outcome: Literal["silent", "bought", "first"]
    table: str
    horizon: float
    active: float
    gap: float = 0
    where: Mapping[str, Any] = field(default_factory=dict)
    members: str = ""


@dataclass(frozen=True, eq=False)
class Truth:
    """A true value for every customer at every cutoff.

    Parameters
    ----------
    customers : (c,) int64 or object
        Ids, ascending.
    cutoffs : (k,) int64
        UTC microseconds, as they were asked.
    values : (c, k) float64
        NaN for a customer of whom nothing is asked at that cutoff: not at risk any more, or
        without the contract that the label is about.
    """

    customers: Values
    cutoffs: Ints
    values: Floats

    def at(self, customers: Values, cutoffs: Ints) -> Floats:
        """Return the values of rows, as those of a snapshot.

        Parameters
        ----------
        customers, cutoffs : (r,)
            Customer and cutoff of each row.

        Returns
        -------
        (r,) float64

        Raises
        ------
        DefinitionError
            When a customer or a cutoff is not here.
        """
        rows = np.searchsorted(self.customers, customers)
        order = np.argsort(self.cutoffs)
        columns = order[_places(self.cutoffs[order], cutoffs)]
        rows = np.minimum(rows, len(self.customers) - 1)
        faults = []
        if (self.customers[rows] != customers).any():
            faults.append("a customer of the rows is not of this world")
        if (self.cutoffs[columns] != cutoffs).any():
            faults.append("a cutoff of the rows was not asked of truth(); ask for all of them")
        if faults:
            raise DefinitionError("rows of a truth", faults)
        return self.values[rows, columns]


@dataclass(frozen=True, eq=False)
class Oracle:
    """What is known of one question.

    Parameters
    ----------
    chance : callable
        From the number of a day to the true probability of every customer, (c,) float64: given
        the latent state at the end of the day before.
    rerun : callable
        From the number of a day and a source of chance to outcomes, (c,) bool: one more future
        drawn from the same latent state, by the code that made the world.
    """

    chance: Callable[[int], Floats]
    rerun: Callable[[int, np.random.Generator], Bools]


@dataclass(frozen=True, eq=False)
class World:
    """Raw tables of a business, and what their generator knows.

    Parameters
    ----------
    name : str
        Lower-case name.
    tables : tuple of Table
        Contracts.
    sources : mapping of str to pyarrow.Table
        Rows of each table.
    questions : tuple of Question
        What the truth is known of.
    customers : (c,) int64 or object
        Every customer's id, ascending, those without any event too.
    calendar : Calendar
        First and last day.
    oracles : mapping of str to Oracle
        By question.
    uplifts : mapping of str to callable
        By treatment: from the number of a day to the change in probability, (c,) float64.
    """

    name: str
    tables: tuple[Table, ...]
    sources: Mapping[str, pa.Table]
    questions: tuple[Question, ...]
    customers: Values
    calendar: Calendar
    oracles: Mapping[str, Oracle] = field(repr=False)
    uplifts: Mapping[str, Callable[[int], Floats]] = field(default_factory=dict, repr=False)

    def question(self, name: str) -> Question:
        """Return a question by name.

        Raises
        ------
        DefinitionError
            With the names that are known.
        """
        for each in self.questions:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.questions)
        fault = f"expected one of {known}; got {name!r}"
        raise DefinitionError(f"question of world '{self.name}'", [fault])

    def truth(self, question: str, cutoffs: Sequence[int]) -> Truth:
        """Return the true probability of yes for every customer at every cutoff.

        It is conditional on the latent state at the end of the day before the cutoff: static
        traits, the state of every chain, and contracts. Given that state the future does not
        depend on the visible past, so no score made from the past ranks better on average.

        Parameters
        ----------
        question : str
            Name of a question.
        cutoffs : sequence of int
            UTC microseconds.

        Raises
        ------
        DefinitionError
            When the question is unknown, or the state at a cutoff.
        """
        ahead = _ahead(self.question(question))
        found = self._values(self.oracles[question].chance, cutoffs, ahead)
        # One minus a sum that rounds above one is no probability.
        return Truth(found.customers, found.cutoffs, np.clip(found.values, 0.0, 1.0))

    def effects(self, treatment: str, cutoffs: Sequence[int]) -> Truth:
        """Return what a treatment at each cutoff would truly change, in probability.

        Parameters
        ----------
        treatment : str
            Name of a treatment.
        cutoffs : sequence of int
            UTC microseconds.

        Raises
        ------
        DefinitionError
            When the treatment is unknown, or the state at a cutoff.
        """
        if treatment not in self.uplifts:
            fault = f"expected one of {', '.join(self.uplifts) or 'none'}; got {treatment!r}"
            raise DefinitionError(f"treatment of world '{self.name}'", [fault])
        return self._values(self.uplifts[treatment], cutoffs, MOST_EFFECT_DAYS)

    def rerun(self, question: str, cutoff: int, futures: int, seed: int = 0) -> Floats:
        """Draw futures anew from the latent state at a cutoff.

        Parameters
        ----------
        question : str
            Name of a question.
        cutoff : int
            UTC microseconds.
        futures, seed : int
            How many, and of which chance.

        Returns
        -------
        (c,) float64
            Share of the futures in which the answer is yes; its standard error is
            ``sqrt(p * (1 - p) / futures)``.
        """
        day = self.calendar.day(cutoff, _ahead(self.question(question)))
        random = np.random.default_rng(seed)
        yes = np.zeros(len(self.customers))
        for _ in range(futures):
            yes += self.oracles[question].rerun(day, random)
        return yes / futures

    def _values(
        self, value: Callable[[int], Floats], cutoffs: Sequence[int], ahead: float
    ) -> Truth:
        days = [self.calendar.day(each, ahead) for each in cutoffs]
        columns = [value(day) for day in days]
        asked = np.array(cutoffs, dtype=np.int64)
        return Truth(self.customers, asked, np.column_stack(columns))


def _ahead(question: Question) -> float:
    return question.gap + question.horizon


def _places(held: Ints, asked: Ints) -> Ints:
    return np.minimum(np.searchsorted(held, asked), len(held) - 1)
