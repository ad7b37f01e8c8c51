"""Features that read boards, each with a slow reference of plain loops over rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from features import (
    Catalogue,
    at_least,
    count,
    distinct,
    latest,
    mean,
    smallest,
    total,
)
from features.boards import answers, groups, items, mates, of_usual, people
from features.feature import Feature
from features.instants import DAY
from features.tables import Table
from tests.helpers.network import (
    CALLS,
    CIRCLES,
    START,
    Network,
    Reference,
    counted,
    mean_of,
)

TABLES: Sequence[Table] = [CALLS, CIRCLES]
CUTOFFS = np.array([START + 40 * DAY, START + 75 * DAY + DAY // 3, START + 119 * DAY])

circle = latest(CIRCLES, "circle")
talk = total(CALLS, "seconds", 28)
topics = items(CALLS, "topic", [count(CALLS, 28), distinct(CALLS, "caller", 28)])
weekly = items(CALLS, "topic", [count(CALLS, 28).named("weekly")], every=7)
circles = groups(circle, [("total", talk), ("mean", count(CALLS, 28)), ("largest", talk)])
everyone = groups(None, [("mean", count(CALLS, 28)), ("smallest", talk)])
contacts = people("callee", [count(CALLS, 14), mean(CALLS, "seconds", 28)])
inside = mates(circle, "callee")
answered = answers(CALLS, "callee", 28)


def board(cutoff: int, every: int = 1) -> int:
    """Return when the board that is read was published."""
    return cutoff // (every * DAY) * every * DAY


def of_topics(net: Network, who: int, cutoff: int) -> float:
    mine = net.calls_of(who, cutoff, 56)
    return mean_of(
        len(net.topic(each.topic, board(cutoff), 28)) if each.topic else None for each in mine
    )


def of_weekly_topics(net: Network, who: int, cutoff: int) -> float:
    mine = net.calls_of(who, cutoff, 56)
    return mean_of(
        len(net.topic(each.topic, board(cutoff, 7), 28)) if each.topic else None for each in mine
    )


def of_popular_topics(net: Network, who: int, cutoff: int) -> float:
    mine = [each for each in net.calls_of(who, cutoff, 56) if each.topic]
    return sum(
        counted(one.caller for one in net.topic(each.topic, board(cutoff), 28)) >= 5
        for each in mine
    )


def members(net: Network, group: str | None, moment: int) -> list[int]:
    return [each for each in net.people if net.circle_of(each, moment) == group]


def talked(net: Network, who: int, moment: int) -> int:
    return sum(each.seconds or 0 for each in net.calls_of(who, moment, 28))


def in_circle(net: Network, who: int, cutoff: int) -> float:
    group = net.circle_of(who, cutoff)
    return len(members(net, group, board(cutoff))) if group else math.nan


def circle_talk(net: Network, who: int, cutoff: int) -> float:
    group, at = net.circle_of(who, cutoff), board(cutoff)
    mates_of = members(net, group, at) if group else []
    return sum(talked(net, each, at) for each in mates_of) if mates_of else math.nan


def circle_most(net: Network, who: int, cutoff: int) -> float:
    group, at = net.circle_of(who, cutoff), board(cutoff)
    mates_of = members(net, group, at) if group else []
    return max((talked(net, each, at) for each in mates_of), default=math.nan)


def everyones_calls(net: Network, who: int, cutoff: int) -> float:
    at = board(cutoff)
    there = [each for each in net.people if net.calls_of(each, at, 10_000)]
    if not net.calls_of(who, cutoff, 10_000):
        return math.nan
    return round(mean_of(len(net.calls_of(each, at, 28)) for each in there), 6)


def contacts_calls(net: Network, who: int, cutoff: int) -> float:
    mine = net.calls_of(who, cutoff, 28)
    known = {str(each): each for each in net.people}
    # Strangers have no calls.
    held = [known.get(each.callee, -1) for each in mine if each.callee]
    return min((len(net.calls_of(each, board(cutoff), 14)) for each in held), default=math.nan)


def inside_share(net: Network, who: int, cutoff: int) -> float:
    at = board(cutoff)
    own = net.circle_of(who, at)
    if own is None:
        return math.nan
    known = {str(each): net.circle_of(each, at) for each in net.people}
    return mean_of(known.get(each.callee or "") == own for each in net.calls_of(who, cutoff, 28))


def mates_in_touch(net: Network, who: int, cutoff: int) -> float:
    at = board(cutoff)
    own = net.circle_of(who, at)
    known = {str(each): net.circle_of(each, at) for each in net.people}
    mine = net.calls_of(who, cutoff, 28)
    return counted(e.callee for e in mine if own is not None and known.get(e.callee or "") == own)


def answering(net: Network, who: int, cutoff: int) -> float:
    mine = net.calls_of(who, cutoff, 28)
    return counted(
        each.callee for each in mine if net.answers(who, each.callee, board(cutoff), 28) >= 1
    )


def of_the_usual_topic(net: Network, who: int, cutoff: int) -> float:
    mine = [each for each in net.calls_of(who, cutoff, 56) if each.topic]
    # Events of one instant are in the order of knowing, then of what they say.
    mine.sort(
        key=lambda e: (
            e.at,
            e.known,
            e.callee or "",
            -1 if e.seconds is None else e.seconds,
            e.topic,
        )
    )
    if not mine:
        return math.nan
    times = Counter(each.topic for each in mine)
    last = {each.topic: place for place, each in enumerate(mine)}
    usual = max(times, key=lambda topic: (times[topic], last[topic]))
    return len(net.topic(usual, board(cutoff), 28))


CASES: Mapping[str, tuple[Feature, Reference]] = {
    "items": (mean(CALLS, topics["calls_count_28d"], 56), of_topics),
    "items by week": (mean(CALLS, weekly["weekly"], 56), of_weekly_topics),
    "usual": (of_usual(CALLS, topics["calls_count_28d"], 56), of_the_usual_topic),
    "condition": (
        count(CALLS, 56, where={topics["calls_caller_distinct_28d"]: at_least(5)}),
        of_popular_topics,
    ),
    "members": (latest(CIRCLES, circles["members"]), in_circle),
    "total": (latest(CIRCLES, circles[f"{talk.name}_total"]), circle_talk),
    "largest": (latest(CIRCLES, circles[f"{talk.name}_largest"]), circle_most),
    "everyone": (latest(CALLS, everyone["calls_count_28d_mean"]), everyones_calls),
    "people": (smallest(CALLS, contacts["calls_count_14d"], 28), contacts_calls),
    "mates": (mean(CALLS, inside, 28), inside_share),
    "mates in touch": (distinct(CALLS, "callee", 28, where={inside: 1}), mates_in_touch),
    "answers": (distinct(CALLS, "callee", 28, where={answered: at_least(1)}), answering),
}
CATALOGUE = Catalogue([count(CALLS, 28), *(feature for feature, _ in CASES.values())])
