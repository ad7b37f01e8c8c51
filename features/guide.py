"""The page about every kind of feature, made from their definitions: ``docs/features.md``.

``python -m features.guide`` prints it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from features.aggregators import AGGREGATES
from features.boards import answers, groups, items, mates, of_usual, people
from features.builders import (
    count,
    distinct,
    largest,
    latest,
    mean,
    smallest,
    tally,
    total,
)
from features.conditions import at_least
from features.derived import PRESENT
from features.feature import Derived, Feature
from features.lending import (
    delinquency,
    months_since_worst,
    peak_utilisation,
    share_at_most,
    utilisation,
)
from features.multihot import How, multi_hot
from features.recipes import (
    acceleration,
    against_past,
    band,
    difference,
    expected,
    expected_spend,
    overdue,
    p_alive,
    ratio,
    share,
    trend,
)
from features.tables import EventTable
from features.wording import described
from features.written import of_suggest

_TABLE = EventTable(
    "visits",
    customer="client",
    occurred_at="at",
    timezone="Europe/Berlin",
    measures={"spend": "money(2)"},
    categories=["branch"],
)

_HEAD = """\
# Features

Made from the definitions by `make docs`; a test holds the two equal.

A feature is a value with a computed name. Windows are `[cutoff - days, cutoff)`, or all of the
past; an event exactly at the cutoff is future, and so is one that was not known before it. `lag=`
moves a window back, `where=` says which events count, `.named()` gives another name. Below,
`visits` is an event table with a measure `spend` and a category `branch`.
"""

_KINDS = """\
## What a table can be asked

| builder | reads | says | unit | null |
|---|---|---|---|---|
"""

_MADE = """\
## What is made of other features

| name of the example | says | unit | null | learns |
|---|---|---|---|---|
"""

_LOANS = EventTable(
    "loans",
    customer="client",
    occurred_at="at",
    timezone="Europe/Berlin",
    measures={
        "days_late": "int",
        "overdue": "money(2)",
        "balance": "money(2)",
        "limit": "money(2)",
    },
)

_LENT = """\
## What a lender asks

`delinquency(loans, "days_late", 364, of="overdue")` writes the rows down to the utilisation in one
line; each has a function of its own (`current_stage`, `worst_stage`, `months_since_worst`,
`months_since_late`, `on_time_share`, `ageing`). For stages of arrears the bands are `bands=(1, 2,
3)`. A band holds what is at least its beginning and below that of the next, whatever decimals the
lateness has; with what is below the first, the bands sum to the whole. No contract tells which
measure is a lateness or a limit, so `Catalogue.suggest` makes none of these: add them to it.

| name of the example | says | unit | null | learns |
|---|---|---|---|---|
"""

_CALENDAR = """\
## The calendar

Every table with times has the categories `@hour` (`00` to `23`), `@weekday` (`mon` to `sun`) and
`@month` (`01` to `12`), read by the clocks of the zone that its contract declares. They go wherever
a category goes: `share(visits, "@weekday", ["sat", "sun"], 91)`, `usual(visits, "@hour")`,
`count(visits, 28, where={"@month": "12"})`.
"""

_OTHERS = """\
## What is known of others

A board publishes features of items, people or groups; what it says of the one whom an event names
is a column of that event, and goes wherever a measure goes. A row reads the last board published at
or before its cutoff (`every=` days apart, one by default). Who is on no board is read as somebody
without events. All customers must be at hand: a server has
them, Spark and kept vectors refuse such features. Below, `calls` names a `callee`, `homes` gives a
`home`, `policies` name an `agent`, and `departures` are events of agents, by the same ids.

| written | says |
|---|---|
"""


def guide() -> str:
    """Return the page as Markdown."""
    parts = [
        _HEAD,
        _KINDS + "\n".join(_rows()) + "\n",
        _MADE + "\n".join(_told(examples(), _TABLE)) + "\n",
        _LENT + "\n".join(_told(lent(), _LOANS)) + "\n",
        _CALENDAR,
        _OTHERS + "\n".join(_of_others()) + "\n",
        of_suggest(_TABLE),
    ]
    return "\n".join(parts)


def _rows() -> Iterator[str]:
    for each in AGGREGATES.values():
        if each.column == "board":
            continue
        column = {"measure": "spend", "category": "branch", "any": "branch"}.get(each.column, "")
        feature = tally(each, _TABLE, 91, 0, None, column)
        told = described(feature, {"visits": _TABLE})
        reads = {"": "events", "any": "a measure or category"}.get(each.column, f"a {each.column}")
        unit = each.unit.replace("{unit}", "unit of the measure") or "unit of the column"
        yield f"| `{each.name}` | {reads} | {told['description']} | {unit} | {told['null']} |"


def examples() -> list[Derived]:
    """Return a feature of every operation."""
    return [
        share(_TABLE, "branch", "north", 91),
        trend(_TABLE, 28),
        acceleration(_TABLE, 28),
        against_past(_TABLE, 28, 364),
        overdue(_TABLE, 364),
        Derived(PRESENT, (count(_TABLE, 91, where={"branch": "north"}),)),
        difference(total(_TABLE, "spend", 28), total(_TABLE, "spend", 28, where={"branch": "n"})),
        band(count(_TABLE, 364), (0.5, 0.8)),
        share_at_most(_TABLE, "spend", 0, 91),
        months_since_worst(_TABLE, "spend", 364),
        p_alive(_TABLE),
        expected(_TABLE, 90),
        expected_spend(_TABLE, "spend"),
        *(multi_hot(_TABLE, "branch", 8, 91, how=how) for how in get_args(How)),
    ]


def lent() -> list[Feature]:
    """Return what a lender asks, once each."""
    return [
        *delinquency(_LOANS, "days_late", 364, of="overdue"),
        utilisation(_LOANS, "balance", "limit"),
        peak_utilisation(_LOANS, "balance", "limit", 364),
    ]


def _told(features: Iterable[Feature], table: EventTable) -> Iterator[str]:
    for feature in features:
        told = described(feature, {table.name: table})
        learns = "yes" if isinstance(feature, Derived) and feature.operation.fit else ""
        says = told["description"]
        yield f"| `{feature.name}` | {says} | {told['unit']} | {told['null']} | {learns} |"


def others() -> dict[str, Feature]:
    """Return an example of every board, by how it is written."""
    calls = EventTable("calls", "client", "at", categories=["callee"])
    popular = items(_TABLE, "branch", [distinct(_TABLE, "client", 28), trend(_TABLE, 28)])
    home = latest("homes", "home")
    homes = groups(home, [("total", total(_TABLE, "spend", 91))])
    everyone = groups(None, [("mean", count(_TABLE, 28))])
    inside, answered = mates(home, "callee"), answers(calls, "callee", 91)
    closed = people("branch", [count("closures")])
    agents = people("agent", [count("departures")])
    usual_count = latest(_TABLE, everyone["visits_count_28d_mean"])
    return {
        'popular = items(visits, "branch", [distinct(visits, "client", 28), '
        "trend(visits, 28)])`<br>"
        '`mean(visits, popular["visits_client_distinct_28d"], 91)': mean(
            _TABLE, popular["visits_client_distinct_28d"], 91
        ),
        'largest(visits, popular["visits_trend_28d"], 91)': largest(
            _TABLE, popular["visits_trend_28d"], 91
        ),
        'closed = people("branch", [count(closures)])`<br>'
        '`of_usual(visits, closed["closures_count_ever"], 364)': of_usual(
            _TABLE, closed["closures_count_ever"], 364
        ),
        'homes = groups(latest(homes, "home"), [("total", total(visits, "spend", 91))])`<br>'
        '`latest(homes, homes["visits_spend_total_91d_total"])': latest(
            "homes", homes["visits_spend_total_91d_total"]
        ),
        'latest(homes, homes["members"])': latest("homes", homes["members"]),
        'everyone = groups(None, [("mean", count(visits, 28))])`<br>'
        '`ratio(count(visits, 28), latest(visits, everyone["visits_count_28d_mean"]))': ratio(
            count(_TABLE, 28), usual_count
        ),
        'inside = mates(latest(homes, "home"), by="callee")`<br>`mean(calls, inside, 91)': mean(
            calls, inside, 91
        ),
        'distinct(calls, "callee", 91, where={inside: 1})': distinct(
            calls, "callee", 91, where={inside: 1}
        ),
        'answered = answers(calls, "callee", 91)`<br>'
        '`distinct(calls, "callee", 91, where={answered: at_least(1)})': distinct(
            calls, "callee", 91, where={answered: at_least(1)}
        ),
        'agents = people("agent", [count(departures)])`<br>'
        '`smallest(policies, agents["departures_count_ever"], 364).named("orphan")': smallest(
            "policies", agents["departures_count_ever"], 364
        ).named("orphan"),
    }


def _of_others() -> Iterator[str]:
    for written, feature in others().items():
        yield f"| `{written}` | {feature.description} |"


if __name__ == "__main__":
    print(guide(), end="")
