"""The page about every kind of feature, made from their definitions: ``docs/features.md``.

``python -m features.guide`` prints it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from features.aggregators import AGGREGATES
from features.builders import count, tally, total
from features.delinquency import (
    delinquency,
    months_since_worst,
    peak_utilisation,
    share_at_most,
    utilisation,
)
from features.feature import Derived, Feature
from features.recipes import (
    acceleration,
    against_past,
    band,
    difference,
    expected,
    expected_spend,
    overdue,
    p_alive,
    share,
    trend,
)
from features.tables import EventTable
from features.wording import described

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
3)`. No contract tells which measure is a lateness, so `Catalogue.suggest` asks of every whole
number only what makes sense of any: the part that is at most 0, the days since one was above 0, and
the days since the largest.

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

_WRITTEN = """\
## A catalogue that writes itself

`Catalogue.suggest(tables, focus=[(purchases, {"line": "COFFEE"})])` writes all of this down from
the contracts. Features that learn (bands, P(alive), expected purchases and spend) are fitted on
events before the earliest cutoff of a training run, and carry what they learnt in their
definition. In training, features that are constant, too often null, unstable over time, or that say
what another says are left out; the report names each with the figure that decided. A feature of
your own is added in one line: `Catalogue.suggest(tables) + [count(visits, 3)]`.
"""


def guide() -> str:
    """Return the page as Markdown."""
    parts = [
        _HEAD,
        _KINDS + "\n".join(_rows()) + "\n",
        _MADE + "\n".join(_told(examples(), _TABLE)) + "\n",
        _LENT + "\n".join(_told(lent(), _LOANS)) + "\n",
        _CALENDAR,
        _WRITTEN,
    ]
    return "\n".join(parts)


def _rows() -> Iterator[str]:
    for each in AGGREGATES.values():
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
        difference(total(_TABLE, "spend", 28), total(_TABLE, "spend", 28, where={"branch": "n"})),
        band(count(_TABLE, 364), (0.5, 0.8)),
        share_at_most(_TABLE, "spend", 0, 91),
        months_since_worst(_TABLE, "spend", 364),
        p_alive(_TABLE),
        expected(_TABLE, 90),
        expected_spend(_TABLE, "spend"),
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


if __name__ == "__main__":
    print(guide(), end="")
