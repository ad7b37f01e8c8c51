"""A telecom operator whose customers know one another, and leave after one another."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from features.arrays import Bools, Floats, Ints
from features.instants import DAY
from features.tables import AttributeTable, EventTable
from features.worlds.calendar import MINUTE, Calendar, arrivals, calendar
from features.worlds.columns import dated, decimals, levels
from features.worlds.contracts import ledgers
from features.worlds.subscribers import (
    NEVER,
    WEEK,
    Subscribers,
    Week,
    draw_subscribers,
    next_week,
    stays,
)
from features.worlds.world import Oracle, Question, World

WEEKS: Final = 78
HORIZON: Final = 4  # weeks
CHURN: Final = Question("churn", "first", "port_outs", horizon=28, active=28, members="usage")
CALLS: Final = np.array([1.0, 0.9, 0.7, 0.4])
"""Multiple of the usual calls, by mood."""

DATA: Final = np.array([1.0, 0.75, 0.45, 0.2])
"""Multiple of the usual data, by mood."""

FAILURES: Final = np.array([0.2, 1.5, 5.0, 14.0])
"""Failed connections a week, by mood: what sours it."""

COMPLAINS: Final = np.array([0.004, 0.03, 0.18, 0.5])
"""Complaints a week, by mood."""

RECHARGES: Final = np.array([0.55, 0.45, 0.3, 0.15])
"""Recharges a week, by mood."""

_TO_A_RIVAL: Final = 0.4  # calls that go on to a contact who has left
_DAYS: Final = (1.0, 1.0, 1.0, 1.05, 1.2, 0.95, 0.8)
_HOURS: Final = (*[0.1] * 7, 0.6, *[1.0] * 9, *[1.6] * 4, 1.0, 0.5, 0.2)


def telecom(customers: int = 5_000, seed: int = 1) -> World:
    """Make an operator of 78 weeks: calls, usage, recharges, bills, complaints, groups.

    Parameters
    ----------
    customers : int
        Customers at the start; none join.
    seed : int
        The same seed makes the same world.

    Returns
    -------
    World
        Question ``churn`` (number taken to a rival within 28 days), exact at Mondays, see
        `features.worlds.subscribers`.

    Examples
    --------
    >>> world = telecom(customers=200, seed=3)
    >>> truth = world.truth("churn", [world.calendar.begins + 364 * DAY])
    >>> truth.values.shape
    (200, 1)
    """
    people, living, telling = np.random.default_rng(seed).spawn(3)
    days = calendar(WEEKS * WEEK, _DAYS, _HOURS, year=0.1, step=WEEK)
    who = draw_subscribers(people, customers)
    path = [_first(people, customers)]
    for week in range(WEEKS):
        path.append(next_week(living, who, path[-1], week))
    ids = 700_000 + np.arange(customers)

    def churn(day: int) -> Floats:
        state = path[day // WEEK]
        chance = 1 - stays(who, state, day // WEEK, HORIZON)
        return np.where(state.left == NEVER, chance, np.nan)

    def churn_again(day: int, random: np.random.Generator) -> Bools:
        state = path[day // WEEK]
        before = state.left
        for week in range(day // WEEK, day // WEEK + HORIZON):
            state = next_week(random, who, state, week)
        return np.asarray((state.left != NEVER) & (before == NEVER))

    return World(
        name="telecom",
        tables=_contracts(days),
        sources=_told(telling, who, path[1:], days, ids),
        questions=(CHURN,),
        customers=ids,
        calendar=days,
        oracles={"churn": Oracle(churn, churn_again)},
    )


def _first(random: np.random.Generator, customers: int) -> Week:
    mood = random.choice(4, customers, p=[0.6, 0.25, 0.1, 0.05])
    return Week(mood, random.random(customers) < 0.2, np.full(customers, NEVER))


def _contracts(days: Calendar) -> tuple[EventTable | AttributeTable, ...]:
    events = ledgers("customer", days)
    return (
        events("calls", {"seconds": "int"}, ("counterpart",)),
        events("usage", {"megabytes": "int", "failures": "int"}),
        events("recharges", {"amount": "money(2)"}),
        events("bills", {"amount": "money(2)"}),
        events("complaints", {}, ("topic",), known_at="known_at"),
        events("contact_losses", {}, ("counterpart",), known_at="known_at"),
        events("port_outs"),
        AttributeTable(
            "memberships",
            customer="customer",
            occurred_at="since",
            known_at="known_at",
            timezone="UTC",
            categories=["discount_group", "status"],
        ),
        AttributeTable("contracts", customer="customer", static=True, categories=["plan", "age"]),
    )


def _told(
    random: np.random.Generator,
    who: Subscribers,
    path: list[Week],
    days: Calendar,
    ids: Ints,
) -> dict[str, pa.Table]:
    n = len(ids)
    mood = np.stack([each.mood for each in path], axis=1)
    # The day of leaving is any of the week's; nothing is heard of the customer from then on.
    left = path[-1].left * WEEK + random.integers(0, WEEK, n)
    here = left[:, None] > np.arange(WEEKS) * WEEK + WEEK - 1

    def table(owner: Ints, at: Ints, **columns: pa.Array) -> pa.Table:
        return pa.table({"customer": ids[owner], "at": dated(at), **columns})

    def late(at: Ints, most: int) -> tuple[Ints, Ints]:
        known = at + random.integers(0, most * DAY // MINUTE, len(at)) * MINUTE
        return np.flatnonzero(known < days.ends), known

    def weekly(chance: Floats) -> tuple[Ints, Ints, Ints]:
        """Draw counts in weeks that are lived through: customer, week, time."""
        counts = random.poisson(chance * here)
        cells = np.repeat(np.arange(counts.size), counts.ravel())
        owner, week = np.divmod(cells, WEEKS)
        return owner, week, days.moments(random, week * WEEK + random.integers(0, WEEK, len(week)))

    made = {"calls": _calls(random, who, mood, left, days, ids)}
    owner, week = np.nonzero(here)
    usual = np.exp(random.normal(6.5, 0.8, n))
    noise = np.exp(random.normal(0, 0.25, len(owner)))
    data = usual[owner] * DATA[mood[owner, week]] * noise
    at = days.begins + (week + 1) * WEEK * DAY - MINUTE
    made["usage"] = table(
        owner,
        at,
        megabytes=pa.array(np.minimum(data, 10**6).astype(np.int64)),
        failures=pa.array(random.poisson(FAILURES[mood[owner, week]])),
    )

    owner, week, at = weekly(RECHARGES[mood] * who.prepaid[:, None])
    value = np.array([5.0, 10.0, 20.0, 50.0])[
        random.choice(4, len(owner), p=[0.4, 0.4, 0.15, 0.05])
    ]
    made["recharges"] = table(owner, at, amount=decimals(value))

    billed = here & ~who.prepaid[:, None] & (np.arange(WEEKS) % 4 == 3)
    owner, week = np.nonzero(billed)
    fee = random.choice([15.0, 25.0, 40.0], n)[owner] + random.gamma(0.7, 6.0, len(owner))
    made["bills"] = table(owner, days.begins + week * WEEK * DAY, amount=decimals(fee))

    owner, week, at = weekly(COMPLAINS[mood])
    seen, known = late(at, 3)
    topic = levels(random.integers(0, 3, len(seen)), ["BILL", "NETWORK", "SHOP"], random, 0.1)
    made["complaints"] = table(owner[seen], at[seen], known_at=dated(known[seen]), topic=topic)

    gone = np.flatnonzero(left < days.days)
    made["port_outs"] = table(gone, days.begins + left[gone] * DAY + 12 * 60 * MINUTE)

    edges = np.flatnonzero(left[who.target] < np.minimum(left[who.source], days.days))
    at = days.begins + left[who.target[edges]] * DAY + 12 * 60 * MINUTE
    seen, known = late(at, 9)
    lost = edges[seen]
    made["contact_losses"] = table(
        who.source[lost],
        at[seen],
        known_at=dated(known[seen]),
        counterpart=pa.array(ids[who.target[lost]]).cast(pa.string()),
    )
    made["memberships"] = _memberships(random, who, path, days, ids)
    plan = levels(who.prepaid.astype(np.int64), ["CONTRACT", "PREPAID"])
    age = levels(who.age, ["18-34", "35-59", "60+"], random, absent=0.03)
    made["contracts"] = pa.table({"customer": ids, "plan": plan, "age": age})
    return made


def _calls(
    random: np.random.Generator,
    who: Subscribers,
    mood: Ints,
    left: Ints,
    days: Calendar,
    ids: Ints,
) -> pa.Table:
    def times(edge: Ints, day: Ints) -> Floats:
        source, target = who.source[edge], who.target[edge]
        here = day < left[source]
        rival = np.where(day < left[target], 1.0, _TO_A_RIVAL)
        return np.asarray(CALLS[mood[source, day // WEEK]] * here * rival)

    rates = who.calls[who.source] * who.weight
    edge, day = arrivals(random, rates, days.season, 1.0, times)
    seconds = np.minimum(np.exp(random.normal(4.2, 1.2, len(edge))), 20_000).astype(np.int64)
    names = pa.array(ids).cast(pa.string())
    return pa.table(
        {
            "customer": ids[who.source[edge]],
            "at": dated(days.moments(random, day)),
            "counterpart": names.take(pa.array(who.target[edge])),
            # What was not answered has no length.
            "seconds": pa.array(seconds, mask=random.random(len(edge)) < 0.1),
        }
    )


def _memberships(
    random: np.random.Generator, who: Subscribers, path: list[Week], days: Calendar, ids: Ints
) -> pa.Table:
    member = np.stack([each.member for each in path], axis=1)
    owner = np.flatnonzero(member.any(axis=1) & (path[-1].left > member.argmax(axis=1)))
    week = member.argmax(axis=1)[owner]
    since = days.begins + week * WEEK * DAY
    known = since + np.where(week > 0, random.integers(0, 6, len(owner)), 0) * DAY
    names = [f"G{number:05}" for number in range(int(who.circle.max()) + 1)]
    return pa.table(
        {
            "customer": ids[owner],
            "since": dated(since),
            "known_at": dated(known),
            "discount_group": levels(who.circle[owner], names),
            "status": levels(np.zeros(len(owner), np.int64), ["MEMBER"]),
        }
    )
