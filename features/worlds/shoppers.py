"""The latent side of the retailer: who its customers are, and how their state moves.

Every customer shops as a Poisson process whose rate follows a mood (regular, cooling, gone), the
season and, for two weeks, a mailing. A basket holds coffee with a probability that drifts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.worlds.calendar import Calendar, arrivals

MOODS: Final = np.array([1.0, 0.35, 0.0])
"""Rate of shopping when regular, cooling and gone."""

OFTEN: Final = np.array([0.8, 0.38, 0.16, 0.07, 0.03, 0.012])
"""Usual baskets a day of those who said daily, twice a week, ..., seldom."""

COFFEE: Final = np.array([0.01, 0.15, 0.6])
"""Share of baskets with coffee, by level of taste."""

VIEWS: Final = np.array([0.03, 0.35, 0.9])
"""Share of visits that look at coffee, by level of taste."""

COMES: Final = np.array([0.97, 0.45, 0.0])
"""Chance that a usual visit takes place when regular, cooling and gone."""

WARM, QUIT = 0.004, 0.006  # a day, out of cooling: back to regular, and away for good
DRIFT: Final = 0.01
MONTH: Final = 28
MAIL_DAY, MAIL_DAYS = 14, 14  # first day of a campaign within its 28, and how long it works


@dataclass(frozen=True, eq=False)
class Shoppers:
    """What never changes about each customer, all (n,).

    Parameters
    ----------
    said : int64
        How often they said they would come, see `OFTEN`.
    rate : float64
        Baskets a day when regular.
    habit, phase : int64
        Days from one usual visit to the next, and where in that rhythm the first day lies.
    cool : float64
        Chance a day to begin cooling.
    joined : int64
        First day as a customer.
    random_arm : bool
        Mailed by the toss of a coin; the others are mailed by rule.
    mail : float64
        Chance of each mailing.
    sensitivity : float64
        Share of purchases at a discount.
    response : float64
        What a mailing adds to the rate, as a multiple of it.
    club, young : bool
        Visible traits.
    """

    said: Ints
    rate: Floats
    habit: Ints
    phase: Ints
    cool: Floats
    joined: Ints
    random_arm: Bools
    mail: Floats
    sensitivity: Floats
    response: Floats
    club: Bools
    young: Bools


@dataclass(frozen=True, eq=False)
class Paths:
    """States on each day from ``first`` on, all (n, days): mood, taste, and whether mailed."""

    first: int
    mood: Values
    taste: Values
    mailed: Values

    def before(self, day: int) -> tuple[Values, Values, Values]:
        """Return the three states at the end of the day before."""
        place = day - self.first - 1
        return self.mood[:, place], self.taste[:, place], self.mailed[:, place]


def draw_shoppers(random: np.random.Generator, customers: int, days: int) -> Shoppers:
    """Draw the static traits of customers."""
    n = customers
    said = random.choice(len(OFTEN), n, p=[0.08, 0.2, 0.3, 0.2, 0.14, 0.08])
    rate = OFTEN[said] * np.exp(random.normal(0, 0.25, n))
    young, sensitivity = random.random(n) < 0.3, random.beta(1.5, 3.0, n)
    # Good customers join the club and are mailed by rule: who is mailed buys more anyway.
    club = random.random(n) < np.clip(rate * 2.5, 0.05, 0.9)
    random_arm = random.random(n) < 0.5
    return Shoppers(
        said=said,
        rate=rate,
        habit=random.choice([3, 4, 5], n),
        phase=random.integers(0, 7, n),
        cool=np.clip(0.0008 * np.exp(random.normal(0, 0.3, n) + 0.6 * young - 0.5 * club), 0, 0.02),
        joined=np.where(random.random(n) < 0.65, 0, random.integers(0, days, n)),
        random_arm=random_arm,
        mail=np.where(random_arm, 0.5, np.where(club, 0.9, 0.15)),
        sensitivity=sensitivity,
        response=0.9 * sensitivity + 0.35 * young - 0.1,
        club=club,
        young=young,
    )


def walk(
    random: np.random.Generator,
    who: Shoppers,
    state: tuple[Values, Values, Values],
    first: int,
    days: int,
) -> Paths:
    """Move every customer's state day by day, from the state at the end of the day before."""
    mood, taste, mailed = (each.copy() for each in state)
    n = len(mood)
    moods = np.empty((days, n), np.uint8)
    tastes, mails = np.empty((days, n), np.uint8), np.empty((days, n), np.bool_)
    for place, day in enumerate(range(first, first + days)):
        chance = random.random(n, dtype=np.float32)
        customer = day > who.joined
        cools = customer & (mood == 0) & (chance < who.cool)
        cooling = customer & (mood == 1)
        mood[cooling & (chance < WARM)] = 0
        mood[cooling & (chance >= WARM) & (chance < WARM + QUIT)] = 2
        mood[cools] = 1
        if day % MONTH == 0:
            turn = random.random(n)
            step = (turn > 1 - DRIFT).astype(np.int8) - (turn < DRIFT)
            taste = np.clip(taste.astype(np.int8) + step, 0, len(COFFEE) - 1).astype(np.uint8)
        if day % MONTH == MAIL_DAY:
            mailed = (random.random(n) < who.mail) & (day >= who.joined)
        elif day % MONTH == (MAIL_DAY + MAIL_DAYS) % MONTH:
            mailed = np.zeros(n, np.bool_)
        moods[place], tastes[place], mails[place] = mood, taste, mailed
    return Paths(first, moods.T, tastes.T, mails.T)


def baskets(
    random: np.random.Generator, who: Shoppers, paths: Paths, weights: Floats
) -> tuple[Ints, Ints, Bools]:
    """Draw purchases: owner, day counted from ``paths.first``, and whether coffee is in it.

    Parameters
    ----------
    weights : (days,) float64
        Season of the days of the paths.
    """
    most = 1 + max(0.0, float(who.response.max()))

    def times(owner: Ints, day: Ints) -> Floats:
        lift = np.where(paths.mailed[owner, day], 1 + who.response[owner], 1.0)
        here = paths.first + day >= who.joined[owner]
        return np.asarray(MOODS[paths.mood[owner, day]] * lift * here, dtype=np.float64)

    owner, day = arrivals(random, who.rate, weights, most, times)
    return owner, day, random.random(len(owner)) < COFFEE[paths.taste[owner, day]]


def no_basket(
    who: Shoppers,
    paths: Paths,
    calendar: Calendar,
    day: int,
    window: tuple[int, int],
    *,
    coffee: bool = False,
    forced: bool | None = None,
) -> Floats:
    """Return the chance that no basket falls on the days of a window, by dynamic programming.

    Backward over days, exact for the chains of `walk` and the Poisson counts of `baskets`.

    Parameters
    ----------
    day : int
        The state is that of the end of the day before.
    window : (int, int)
        First day, and the day after the last.
    coffee : bool
        Only baskets with coffee count.
    forced : bool, optional
        Mailed on ``day`` or surely not, and no other mailing inside the window.

    Returns
    -------
    (n,) float64
    """
    n = len(who.rate)
    share = COFFEE if coffee else np.ones(1)
    lifts = np.column_stack([np.ones(n), 1 + who.response])
    # Axes: customer, mailed, mood, taste.
    rate = who.rate[:, None, None, None] * lifts[:, :, None, None]
    rate = rate * MOODS[:, None] * share
    value = np.ones(rate.shape)
    cool, mail = who.cool[:, None, None], who.mail[:, None, None]
    for each in reversed(range(day, window[1])):
        here = each >= who.joined
        if each >= window[0]:
            value *= np.exp(-rate * (calendar.season[each] * here)[:, None, None, None])
        moves = (each > who.joined)[:, None, None]
        regular, cooling, gone = (value[:, :, mood] for mood in range(3))
        cooled = np.where(moves, (1 - cool) * regular + cool * cooling, regular)
        kept = WARM * regular + (1 - WARM - QUIT) * cooling + QUIT * gone
        value = np.stack([cooled, np.where(moves, kept, cooling), gone], axis=2)
        if coffee and each % MONTH == 0:
            value = value @ _drift().T
        if forced is None and each % MONTH == MAIL_DAY:
            chance = mail * here[:, None, None]
            mixed = chance * value[:, 1] + (1 - chance) * value[:, 0]
            value = np.stack([mixed, mixed], axis=1)
        elif forced is None and each % MONTH == (MAIL_DAY + MAIL_DAYS) % MONTH:
            value = np.stack([value[:, 0], value[:, 0]], axis=1)
    mood, taste, mailed = (state.astype(np.int64) for state in paths.before(day))
    mailed = mailed if forced is None else np.full(n, int(forced))
    return np.asarray(value[np.arange(n), mailed, mood, taste if coffee else 0])


def _drift() -> Floats:
    size = len(COFFEE)
    matrix = np.eye(size) * (1 - 2 * DRIFT) + DRIFT * (np.eye(size, k=1) + np.eye(size, k=-1))
    matrix[0, 0] += DRIFT
    matrix[-1, -1] += DRIFT
    return np.asarray(matrix)
