"""The latent side of the telecom operator: moods, discount groups, and churn that spreads.

The state moves once a week. Who leaves raises the chance that his contacts leave, but only from
the fourth week after on: within a label window of four weeks nothing that happens inside it
spreads, so the truth is exact although customers infect one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints

WEEK: Final = 7
NEVER: Final = 10_000
"""Week of leaving of those who stay."""

MOODS: Final = np.array([0.3, 1.0, 6.0, 30.0])
"""Multiple of the chance to leave, by mood from content to angry."""

SOURS: Final = np.array([0.012, 0.02, 0.02, 0.0])
SWEETENS: Final = np.array([0.0, 0.02, 0.02, 0.02])
JOINS: Final = 0.006  # a discount group, a week
MEMBER_TIMES, EXPOSED_TIMES, MOST_EXPOSED = 0.5, 2.0, 3
SPREADS_FROM, SPREADS_TO = 4, 16  # weeks after a contact has left
MOST: Final = 0.6


@dataclass(frozen=True, eq=False)
class Subscribers:
    """What never changes: traits, (n,), and the graph of contacts, (edges,).

    Parameters
    ----------
    base : (n,) float64
        Chance to leave, a week, in the usual mood.
    prepaid, age : (n,) bool and int64
        Pays in advance; one of three ages.
    circle : (n,) int64
        Circle of acquaintances.
    calls : (n,) float64
        Calls a day.
    source, target : (edges,) int64
        Who calls whom, by source; whoever knows somebody is known by him.
    weight : (edges,) float64
        Part of the source's calls; sums to 1 for each source with contacts.
    """

    base: Floats
    prepaid: Bools
    age: Ints
    circle: Ints
    calls: Floats
    source: Ints
    target: Ints
    weight: Floats


@dataclass(frozen=True, eq=False)
class Week:
    """The state in one week, all (n,): mood, member of a discount group, week of leaving."""

    mood: Ints
    member: Bools
    left: Ints


def draw_subscribers(random: np.random.Generator, customers: int) -> Subscribers:
    """Draw traits and contacts: mostly within circles of a dozen, some far away."""
    n = customers
    many = np.minimum(1 + random.poisson(2.5, n), n - 1)
    source = np.repeat(np.arange(n), many)
    near = source // 12 * 12 + random.integers(0, 12, len(source))
    far = random.integers(0, n, len(source))
    target = np.where((random.random(len(source)) < 0.7) & (near < n), near, far)
    strength = np.exp(random.normal(0, 1.0, len(source)))
    apart = source != target
    # Both ways, each pair once.
    pairs = np.minimum(source, target)[apart] * n + np.maximum(source, target)[apart]
    pairs, place = np.unique(pairs, return_index=True)
    one, other, strength = pairs // n, pairs % n, strength[apart][place]
    source, target = np.concatenate([one, other]), np.concatenate([other, one])
    strength = np.concatenate([strength, strength])
    order = np.lexsort((target, source))
    source, target, strength = source[order], target[order], strength[order]
    whole = np.bincount(source, strength, n)
    prepaid, age = random.random(n) < 0.45, random.choice(3, n, p=[0.3, 0.4, 0.3])
    traits = np.where(prepaid, 2.2, 1.0) * np.array([1.8, 1.0, 0.5])[age]
    return Subscribers(
        base=0.0024 * np.exp(random.normal(0, 0.15, n)) * traits,
        prepaid=prepaid,
        age=age,
        circle=np.arange(n) // 12,
        calls=np.clip(0.3 * np.exp(random.normal(0, 0.9, n)), 0.01, 6.0),
        source=source,
        target=target,
        weight=strength / whole[source],
    )


def exposure(who: Subscribers, left: Ints, week: int) -> Ints:
    """Count the contacts of each customer whose leaving tells in a week, up to three."""
    ago = week - left
    tells = (ago >= SPREADS_FROM) & (ago <= SPREADS_TO)
    found = np.bincount(who.source[tells[who.target]], minlength=len(left))
    return np.minimum(found, MOST_EXPOSED)


def hazards(who: Subscribers, left: Ints, week: int) -> Floats:
    """Return the chance to leave in a week, (n, 4 moods, 2: outside or inside a group)."""
    spread = who.base * EXPOSED_TIMES ** exposure(who, left, week)
    group = np.array([1.0, MEMBER_TIMES])
    return np.asarray(np.minimum(spread[:, None, None] * MOODS[:, None] * group, MOST))


def next_week(random: np.random.Generator, who: Subscribers, state: Week, week: int) -> Week:
    """Draw the state in a week from that of the week before."""
    n = len(state.mood)
    turn = random.random(n)
    climbs, falls = turn < SOURS[state.mood], turn > 1 - SWEETENS[state.mood]
    mood = state.mood + climbs - falls
    member = state.member | (random.random(n) < JOINS)
    chance = hazards(who, state.left, week)[np.arange(n), mood, member.astype(np.int64)]
    leaves = (state.left == NEVER) & (random.random(n) < chance)
    return Week(mood, member, np.where(leaves, week, state.left))


def stays(who: Subscribers, state: Week, week: int, weeks: int) -> Floats:
    """Return the chance to stay through some weeks, by dynamic programming.

    Parameters
    ----------
    state : Week
        State in the week before ``week``.
    weeks : int
        At most four: later weeks depend on who leaves inside them.

    Returns
    -------
    (n,) float64
        Exact; also for those who left before, for whom it means nothing.
    """
    if weeks > SPREADS_FROM:
        raise ValueError(f"the truth is exact up to {SPREADS_FROM} weeks, got {weeks}")
    moves = np.diag(1 - SOURS - SWEETENS)
    moves += np.diag(SOURS[:-1], k=1) + np.diag(SWEETENS[1:], k=-1)
    joins = np.array([[1 - JOINS, JOINS], [0.0, 1.0]])
    # Axes: customer, mood, member.
    value = np.ones((len(state.mood), len(MOODS), 2))
    for each in reversed(range(week, week + weeks)):
        value = moves @ (value * (1 - hazards(who, state.left, each))) @ joins.T
    return np.asarray(value[np.arange(len(value)), state.mood, state.member.astype(np.int64)])
