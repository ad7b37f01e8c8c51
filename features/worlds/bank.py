"""A bank that insures: loans whose arrears show before default, and policies that lapse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.conditions import at_least
from features.worlds.banktables import Told, contracts, told
from features.worlds.borrowers import (
    DEFAULT,
    MONTH,
    Clients,
    Standing,
    draw_clients,
    vacancies,
)
from features.worlds.calendar import calendar
from features.worlds.months import (
    Moves,
    due_day,
    no_default,
    no_lapse,
    paid_after,
    settle,
    stacked,
)
from features.worlds.world import Oracle, Question, World

MONTHS: Final = 32
DAYS: Final = MONTH * MONTHS
DESKS_FOR: Final = 60  # customers of one agent
QUESTIONS: Final = (
    Question(
        "default",
        "first",
        "arrears",
        horizon=90,
        active=31,
        where={"stage": at_least(DEFAULT)},
        members="instalments",
    ),
    Question("lapse", "first", "lapses", horizon=90, active=31, members="premiums"),
)
_HOURS: Final = (*[0.1] * 7, 1.0, *[2.0] * 9, *[1.0] * 5, 0.5, 0.2)


@dataclass(frozen=True, eq=False)
class _Lives:
    """Everything latent: states after each due day (column 0: before the first), and desks."""

    who: Clients
    states: dict[str, Values]
    paid: Ints  # days from each due day to the payment, (n, months + 1)
    vacant: Bools  # (desks, days)

    def at(self, day: int) -> tuple[Standing, Ints, Ints, Bools]:
        """Return state, month of the next due day, days until it, and who is orphan."""
        # The state is that of the end of the day before.
        month = (day - 1 - self.who.due) // MONTH + 1
        days = self.who.due + month * MONTH - day
        each = np.arange(len(month))
        parts = {name: values[each, month] for name, values in self.states.items()}
        paid = self.paid[each, month] < MONTH - days
        orphan = self.vacant[self.who.desk, day - 1]
        return settle(Standing(**parts), paid), month, days, orphan


def bank(customers: int = 5_000, seed: int = 1) -> World:
    """Make a bank of 32 months of 30 days: loans, policies, agents; ids are texts.

    Parameters
    ----------
    customers : int
        Customers, of whom some have neither a loan nor a policy.
    seed : int
        The same seed makes the same world.

    Returns
    -------
    World
        Questions ``default`` (three instalments overdue at a due day, first in 90 days) and
        ``lapse`` (first in 90 days). Both are exact, see `features.worlds.months`. Customers of
        one agent become orphans together; each one's probability is still his own.

    Examples
    --------
    >>> from features.instants import DAY
    >>> world = bank(customers=200, seed=3)
    >>> truth = world.truth("default", [world.calendar.begins + 365 * DAY])
    >>> truth.customers[0], truth.values.shape
    ('C-000000', (200, 1))
    """
    people, living, desking, telling = np.random.default_rng(seed).spawn(4)
    days = calendar(DAYS, [1.0] * 7, _HOURS)
    desks = max(1, customers // DESKS_FOR)
    who = draw_clients(people, customers, MONTHS, desks)
    moves = Moves.of(who)
    vacant = vacancies(desking, np.zeros(desks, np.bool_), DAYS)
    distress = people.choice(5, customers, p=[0.62, 0.2, 0.1, 0.06, 0.02])
    sour = people.choice(4, customers, p=[0.6, 0.25, 0.1, 0.05])
    states, seen = [Standing.fresh(distress, sour)], []
    paid = [np.zeros(customers, np.int64)]
    for month in range(MONTHS):
        before = settle(states[-1], paid[-1] < MONTH)
        orphan = vacant[who.desk, who.due + month * MONTH]
        drawn = due_day(living, who, moves, before, np.full(customers, month), orphan)
        seen.append(drawn)
        states.append(drawn.state)
        paid.append(paid_after(living, drawn.state))
    lives = _Lives(who, stacked(states), np.column_stack(paid), vacant)
    ids = np.array([f"C-{n:06}" for n in range(customers)], dtype=np.object_)
    sources = told(telling, Told(who, seen, lives.paid[:, 1:], vacant, days, ids))

    def default(day: int) -> Floats:
        state, month, ahead, _ = lives.at(day)
        chance = 1 - no_default(who, moves, state, month, ahead, 90 // MONTH)
        return np.where(state.broken, np.nan, chance)

    def lapse(day: int) -> Floats:
        state, month, ahead, orphan = lives.at(day)
        chance = 1 - no_lapse(who, moves, state, orphan, month, ahead, 90 // MONTH)
        return np.where(state.lapsed, np.nan, chance)

    def again(day: int, random: np.random.Generator, dues: int) -> Standing:
        state, month, ahead, _ = lives.at(day)
        later = vacancies(random, vacant[:, day - 1], dues * MONTH)
        state = settle(state, paid_after(random, state) < ahead)
        for due in range(dues):
            orphan = later[who.desk, ahead + due * MONTH]
            state = due_day(random, who, moves, state, month + due, orphan).state
            state = settle(state, paid_after(random, state) < MONTH)
        return state

    def default_again(day: int, random: np.random.Generator) -> Bools:
        return again(day, random, 90 // MONTH).broken & ~lives.at(day)[0].broken

    def lapse_again(day: int, random: np.random.Generator) -> Bools:
        return again(day, random, 90 // MONTH).lapsed & ~lives.at(day)[0].lapsed

    return World(
        name="bank",
        tables=contracts(days),
        sources=sources,
        questions=QUESTIONS,
        customers=ids,
        calendar=days,
        oracles={"default": Oracle(default, default_again), "lapse": Oracle(lapse, lapse_again)},
    )
