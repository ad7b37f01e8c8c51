"""The latent side of the bank: work, distress and satisfaction, moved once in 30 days.

Every customer has a due day of his own, every 30 days. On it, work and distress move, an
instalment falls due, and arrears are counted; between two due days whatever is owed is paid, each
day with a chance that distress sets. Premiums are paid on the same day, unless the policy lapses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values

MONTH: Final = 30
"""Days from one due day to the next."""

PAYS: Final = np.array([0.75, 0.35, 0.12, 0.035, 0.008])
"""Chance a day that what is owed is paid, by level of distress."""

WORSENS: Final = np.array([0.02, 0.05, 0.07, 0.10, 0.0])
HEALS: Final = np.array([0.0, 0.12, 0.10, 0.08, 0.05])
JOBLESS_TIMES: Final = 6.0  # how much faster distress grows without work
LOSES, FINDS = 0.012, 0.14  # work, a month

SOURS: Final = np.array([0.03, 0.05, 0.06, 0.0])
SWEETENS: Final = np.array([0.0, 0.06, 0.05, 0.04])
LAPSES: Final = np.array([0.001, 0.004, 0.025, 0.12])
"""Chance of lapse on a due day, by level of dissatisfaction."""

ORPHAN_TIMES, JOBLESS_LAPSE_TIMES = 3.0, 2.0
LEAVES, REPLACED = 0.0012, 0.012  # an agent's desk, a day
DEFAULT: Final = 3
"""Instalments that are overdue at a due day when a loan is in default."""


@dataclass(frozen=True, eq=False)
class Clients:
    """What never changes about each customer, all (n,).

    Parameters
    ----------
    due : int64
        First due day, 0 to 29.
    fragile : float64
        Multiple of the chance that distress grows.
    risky_job : float64
        Multiple of the chance to lose work.
    opens, closes : int64
        First and last instalment of the loan, as months; none when ``closes < opens``.
    insured : int64
        Month of the first premium; past the end for those without a policy.
    desk : int64
        Desk of the agent.
    """

    due: Ints
    fragile: Floats
    risky_job: Floats
    opens: Ints
    closes: Ints
    insured: Ints
    desk: Ints

    def has_loan(self, month: Ints) -> Bools:
        """Tell whose instalment falls due in a month of each, if the loan stands."""
        return (self.opens <= month) & (month <= self.closes)


@dataclass(frozen=True, eq=False)
class Standing:
    """The state of every customer, each (n,): after a due day's events."""

    jobless: Values
    distress: Values
    sour: Values
    owed: Values
    broken: Values
    lapsed: Values

    @classmethod
    def fresh(cls, distress: Values, sour: Values) -> Standing:
        """Return the state of customers who owe nothing."""
        none = np.zeros(len(distress), np.bool_)
        return cls(none, distress, sour, np.zeros(len(none), np.int64), none, none)


def draw_clients(random: np.random.Generator, customers: int, months: int, desks: int) -> Clients:
    """Draw the static traits of customers."""
    n = customers
    opens = random.integers(-24, months - 3, n)
    loan = random.random(n) < 0.8
    policy = random.random(n) < 0.7
    return Clients(
        due=random.integers(0, MONTH, n),
        fragile=np.exp(random.normal(-0.2, 0.7, n)),
        risky_job=random.choice([0.5, 1.0, 2.5], n, p=[0.4, 0.4, 0.2]),
        opens=opens,
        closes=np.where(loan, opens + random.integers(18, 61, n), opens - 1),
        insured=np.where(policy, np.maximum(random.integers(-40, months, n), 0), months + 999),
        desk=random.integers(0, desks, n),
    )


def work_moves(who: Clients) -> Floats:
    """Return transitions of work, (n, 2, 2): at work, jobless."""
    loses = np.minimum(LOSES * who.risky_job, 0.5)
    finds = np.full(len(loses), FINDS)
    return np.stack([np.stack([1 - loses, loses], 1), np.stack([finds, 1 - finds], 1)], axis=1)


def distress_moves(who: Clients) -> Floats:
    """Return transitions of distress, (n, 2, 5, 5), by work in the month that begins."""
    factor = who.fragile[:, None] * np.array([1.0, JOBLESS_TIMES])
    up = np.minimum(WORSENS * factor[:, :, None], 0.7)
    return _ladder(up, np.broadcast_to(HEALS / np.array([1.0, 3.0])[:, None], up.shape))


def sour_moves() -> Floats:
    """Return transitions of dissatisfaction, (4, 4)."""
    return _ladder(SOURS, SWEETENS)


def lapse_chances() -> Floats:
    """Return the chance of lapse on a due day, (4, 2, 2): dissatisfaction, jobless, orphan."""
    work, agent = np.array([1.0, JOBLESS_LAPSE_TIMES]), np.array([1.0, ORPHAN_TIMES])
    return np.asarray(np.minimum(LAPSES[:, None, None] * work[:, None] * agent, 0.9))


def desk_moves(days: int) -> Floats:
    """Return transitions of a desk over some days, (2, 2): staffed, vacant."""
    day = np.array([[1 - LEAVES, LEAVES], [REPLACED, 1 - REPLACED]])
    return np.asarray(np.linalg.matrix_power(day, days))


def vacancies(random: np.random.Generator, vacant: Bools, days: int) -> Bools:
    """Draw on which days each desk stands empty, from the day before on, (desks, days)."""
    path = np.empty((days, len(vacant)), np.bool_)
    for day in range(days):
        chance = random.random(len(vacant))
        vacant = np.where(vacant, chance >= REPLACED, chance < LEAVES)
        path[day] = vacant
    return path.T


def pick(random: np.random.Generator, chances: Floats) -> Ints:
    """Draw a state for each row of (n, states) chances."""
    edges = chances.cumsum(axis=1)
    return np.asarray((random.random(len(edges))[:, None] > edges[:, :-1]).sum(axis=1))


def _ladder(up: Floats, down: Floats) -> Floats:
    """Return a chain that climbs or falls one step, (..., s, s)."""
    size = up.shape[-1]
    steps = np.arange(size)
    moves = np.zeros((*up.shape, size))
    moves[..., steps[:-1], steps[1:]] = up[..., :-1]
    moves[..., steps[1:], steps[:-1]] = down[..., 1:]
    moves[..., steps, steps] = 1 - moves.sum(axis=-1)
    return moves
