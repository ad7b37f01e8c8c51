"""A retailer with real churn, drifting tastes, and mailings of which half are randomised."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from features.arrays import Bools, Floats, Ints, Values
from features.instants import DAY, iso
from features.tables import AttributeTable, EventTable
from features.worlds.calendar import MINUTE, Calendar, calendar
from features.worlds.columns import dated, decimals, levels
from features.worlds.shoppers import (
    COMES,
    MAIL_DAY,
    MAIL_DAYS,
    MONTH,
    VIEWS,
    Paths,
    Shoppers,
    baskets,
    draw_shoppers,
    no_basket,
    walk,
)
from features.worlds.world import Oracle, Question, World

DAYS: Final = 728
CATEGORIES: Final = ("COFFEE", "BAKERY", "DAIRY", "DELI", "DRUGS", "FLOWERS", "FROZEN", "PRODUCE")
SAID: Final = ("DAILY", "TWICE A WEEK", "WEEKLY", "FORTNIGHTLY", "MONTHLY", "SELDOM")
CHURN: Final = Question("churn", "silent", "purchases", horizon=56, active=182, gap=7)
COFFEE: Final = Question(
    "coffee",
    "bought",
    "purchases",
    horizon=28,
    active=182,
    where={"category": "COFFEE"},
)
_WEEK: Final = (0.8, 0.8, 0.9, 1.0, 1.3, 1.6, 0.6)
_HOURS: Final = (
    *[0.05] * 7,
    0.5,
    *[1.0] * 4,
    1.3,
    1.0,
    1.0,
    1.2,
    1.6,
    2.0,
    1.8,
    1.2,
    0.6,
    *[0.2] * 3,
)


def retailer(customers: int = 5_000, seed: int = 1) -> World:
    """Make a retailer of two years: purchases, visits, mailings, returns, members.

    Parameters
    ----------
    customers : int
        Customers, of whom some join late and some never come.
    seed : int
        The same seed makes the same world.

    Returns
    -------
    World
        Questions ``churn`` (no purchase in 56 days, from 7 days after the cutoff on) and
        ``coffee`` (coffee bought in 28 days); treatment ``mailing``, whose effect is on a purchase
        within 14 days. All are exact, see `features.worlds.shoppers`.

    Examples
    --------
    >>> world = retailer(customers=200, seed=3)
    >>> truth = world.truth("churn", [world.calendar.begins + 364 * DAY])
    >>> truth.values.shape, bool(((truth.values > 0) & (truth.values <= 1)).all())
    ((200, 1), True)
    """
    people, moving, buying, telling = np.random.default_rng(seed).spawn(4)
    days = calendar(DAYS, _WEEK, _HOURS, year=0.3)
    who = draw_shoppers(people, customers, DAYS)
    start = people.choice(3, customers, p=[0.5, 0.3, 0.2]).astype(np.uint8)
    still = np.zeros(customers, np.uint8)
    paths = walk(moving, who, (still, start, still.astype(np.bool_)), 0, DAYS)
    ids = 10_000 + np.arange(customers)
    sources = {
        **_bought(buying, telling, who, paths, days, ids),
        "visits": _visits(telling, who, paths, days, ids),
        "mailings": _mailings(who, paths, days, ids),
        "members": _members(telling, who, days, ids),
    }

    def churn(day: int) -> Floats:
        return no_basket(who, paths, days, day, (day + 7, day + 63))

    def coffee(day: int) -> Floats:
        return 1 - no_basket(who, paths, days, day, (day, day + 28), coffee=True)

    def uplift(day: int) -> Floats:
        window = (day, day + MAIL_DAYS)
        missed = [no_basket(who, paths, days, day, window, forced=each) for each in (False, True)]
        return missed[0] - missed[1]

    def again(day: int, random: np.random.Generator, gap: int, horizon: int) -> tuple[Ints, Bools]:
        future = walk(random, who, paths.before(day), day, gap + horizon)
        weights = days.season[day : day + gap + horizon]
        owner, when, has_coffee = baskets(random, who, future, weights)
        return owner[when >= gap], has_coffee[when >= gap]

    def churn_again(day: int, random: np.random.Generator) -> Bools:
        return ~_marked(again(day, random, 7, 56)[0], customers)

    def coffee_again(day: int, random: np.random.Generator) -> Bools:
        owner, has_coffee = again(day, random, 0, 28)
        return _marked(owner[has_coffee], customers)

    return World(
        name="retailer",
        tables=_contracts(days),
        sources=sources,
        questions=(CHURN, COFFEE),
        customers=ids,
        calendar=days,
        oracles={"churn": Oracle(churn, churn_again), "coffee": Oracle(coffee, coffee_again)},
        uplifts={"mailing": uplift},
    )


def _contracts(days: Calendar) -> tuple[EventTable | AttributeTable, ...]:
    end = iso(days.ends)
    return (
        EventTable(
            "purchases",
            customer="customer",
            occurred_at="at",
            timezone="UTC",
            measures={"amount": "money(2)", "discount": "money(2)"},
            categories=["category", "store"],
            complete_until=end,
        ),
        EventTable(
            "visits",
            customer="customer",
            occurred_at="at",
            timezone="UTC",
            categories=["channel", "category"],
            complete_until=end,
        ),
        EventTable(
            "mailings",
            customer="customer",
            occurred_at="at",
            timezone="UTC",
            categories=["action", "arm"],
            complete_until=end,
        ),
        EventTable(
            "returns",
            customer="customer",
            occurred_at="at",
            known_at="known_at",
            timezone="UTC",
            measures={"amount": "money(2)"},
            categories=["reason"],
        ),
        AttributeTable(
            "members",
            customer="customer",
            occurred_at="joined_at",
            timezone="UTC",
            categories=["age", "club", "often"],
        ),
    )


def _bought(
    buying: np.random.Generator,
    telling: np.random.Generator,
    who: Shoppers,
    paths: Paths,
    days: Calendar,
    ids: Ints,
) -> dict[str, pa.Table]:
    owner, day, coffee = baskets(buying, who, paths, days.season)
    at = days.moments(telling, day)
    category = np.where(coffee, 0, _tastes(telling, owner, day / days.days, len(ids)))
    # A basket may hold more lines than the first, of other categories and at the same time.
    more = np.flatnonzero(telling.random(len(owner)) < 0.25)
    lines = np.concatenate([np.arange(len(owner)), more])
    extra = 1 + telling.integers(0, len(CATEGORIES) - 1, len(more))
    category = np.concatenate([category, extra])
    m = len(lines)
    amount = np.minimum(np.exp(telling.normal(2.3, 0.9, m)), 5_000)
    amount *= np.where(paths.mood[owner[lines], day[lines]] == 1, 0.85, 1.0)
    cheap = telling.random(m) < who.sensitivity[owner[lines]]
    home = telling.zipf(1.8, len(ids)) % 40
    away = np.where(telling.random(m) < 0.8, home[owner[lines]], telling.integers(0, 40, m))
    purchases = pa.table(
        {
            "customer": ids[owner[lines]],
            "at": dated(at[lines]),
            "amount": decimals(amount),
            "discount": decimals(np.where(cheap, amount * 0.2, 0.0)),
            "category": levels(category, CATEGORIES),
            "store": levels(away, [f"S{n:02}" for n in range(40)], telling, absent=0.02),
        }
    )
    chance = np.where(paths.mood[owner[lines], day[lines]] == 1, 0.12, 0.04)
    back = np.flatnonzero(telling.random(m) < chance)
    returned = (
        at[lines[back]] + telling.integers(DAY // MINUTE, 20 * DAY // MINUTE, len(back)) * MINUTE
    )
    known = returned + telling.integers(0, 3 * DAY // MINUTE, len(back)) * MINUTE
    seen = np.flatnonzero(known < days.ends)
    returns = pa.table(
        {
            "customer": ids[owner[lines[back[seen]]]],
            "at": dated(returned[seen]),
            "known_at": dated(known[seen]),
            "amount": decimals(amount[back[seen]]),
            "reason": levels(
                telling.integers(0, 3, len(seen)), ["FAULT", "SIZE", "TASTE"], telling, absent=0.2
            ),
        }
    )
    return {"purchases": purchases, "returns": returns}


def _tastes(random: np.random.Generator, owner: Ints, time: Floats, customers: int) -> Ints:
    """Draw categories other than coffee from tastes that move from one mix to another."""
    mixes = random.dirichlet(np.full(len(CATEGORIES) - 1, 0.7), (2, customers)).cumsum(axis=2)
    late = (random.random(len(owner)) < time).astype(np.int64)
    drawn = random.random(len(owner))[:, None] > mixes[late, owner][:, :-1]
    return np.asarray(1 + drawn.sum(axis=1))


def _visits(
    random: np.random.Generator, who: Shoppers, paths: Paths, days: Calendar, ids: Ints
) -> pa.Table:
    usual = (np.arange(days.days) + who.phase[:, None]) % who.habit[:, None] == 0
    usual &= np.arange(days.days) >= who.joined[:, None]
    owner, day = np.nonzero(usual)
    kept = random.random(len(owner), dtype=np.float32) < COMES[paths.mood[owner, day]]
    owner, day = owner[kept], day[kept]
    channel = levels(random.integers(0, 3, len(owner)), ["APP", "SHOP", "WEB"], random, absent=0.02)
    at = dated(days.moments(random, day))
    looks = random.random(len(owner), dtype=np.float32) < VIEWS[paths.taste[owner, day]]
    viewed = np.where(looks, 0, 1 + random.integers(0, len(CATEGORIES) - 1, len(owner)))
    return pa.table(
        {
            "customer": ids[owner],
            "at": at,
            "channel": channel,
            "category": levels(viewed, CATEGORIES),
        }
    )


def _mailings(who: Shoppers, paths: Paths, days: Calendar, ids: Ints) -> pa.Table:
    starts = np.arange(MAIL_DAY, days.days, MONTH)
    mailed = paths.mailed[:, starts]
    # Whom the coin held out is recorded; whom the rule leaves out is not.
    eligible = (starts >= who.joined[:, None]) & (mailed | who.random_arm[:, None])
    owner, campaign = np.nonzero(eligible)
    at = days.begins + starts[campaign] * DAY + 9 * 60 * MINUTE
    return pa.table(
        {
            "customer": ids[owner],
            "at": dated(at),
            "action": levels(mailed[owner, campaign].astype(np.int64), ["HELD OUT", "MAILED"]),
            "arm": levels(who.random_arm[owner].astype(np.int64), ["RULE", "COIN"]),
        }
    )


def _members(random: np.random.Generator, who: Shoppers, days: Calendar, ids: Ints) -> pa.Table:
    earlier = -random.integers(1, 1_500, len(ids))
    day = np.where(who.joined > 0, who.joined, earlier)
    older = 1 + random.integers(0, 2, len(ids))
    return pa.table(
        {
            "customer": ids,
            "joined_at": dated(days.begins + day * DAY),
            "age": levels(
                np.where(who.young, 0, older), ["18-29", "30-54", "55+"], random, absent=0.05
            ),
            "club": levels(who.club.astype(np.int64), ["NO", "YES"]),
            "often": levels(who.said, SAID, random, absent=0.02),
        }
    )


def _marked(owner: Values, customers: int) -> Bools:
    return np.bincount(owner, minlength=customers) > 0
