"""A catalogue, written from the contracts of tables alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from features.arguments import Kind, listed
from features.builders import (
    CONTRACT,
    TABLE,
    Tabled,
    concentration,
    count,
    distinct,
    earliest,
    entropy,
    largest,
    latest,
    mean,
    named_table,
    novel,
    slope,
    smallest,
    spread,
    total,
    usual,
)
from features.conditions import Where
from features.errors import DefinitionError
from features.feature import Feature
from features.recipes import (
    acceleration,
    against_past,
    expected,
    expected_spend,
    lags,
    lateness,
    overdue,
    p_alive,
    ratio,
    rfm,
    share,
    trend,
)
from features.rhythms import (
    active_days,
    days_between,
    days_since,
    days_since_first,
    irregularity,
    longest_gap,
    streak,
)
from features.tables import AttributeTable, EventTable, Table

_WEEKS: int = 4

_FOCUS: Final = Kind(
    "a pair of a table and conditions",
    'write pairs such as focus=[(purchases, {"line": "COFFEE"})]',
    lambda value: isinstance(value, tuple | list) and len(value) == 2 and TABLE.fits(value[0]),
)


def suggested(
    tables: Sequence[Table],
    windows: Sequence[float],
    focus: Sequence[tuple[Tabled, Where]] = (),
) -> list[Feature]:
    """Return the features to make of tables; see `Catalogue.suggest`."""
    made: list[Feature] = []
    tables = listed("catalogue", tables, CONTRACT)
    for table in tables:
        if isinstance(table, AttributeTable):
            made += _of_attributes(table)
        elif isinstance(table, EventTable):
            made += _of_events(table, tuple(windows))
    made += _between(tables, windows)
    known = {table.name: table for table in tables}
    for tabled, where in listed("catalogue", focus, _FOCUS):
        name = named_table(tabled)
        if name not in known:
            fault = f"focus is on table '{name}'; known are {sorted(known)}"
            raise DefinitionError("catalogue", [fault])
        made += _of_focus(known[name], where, windows)
    return made


def _of_focus(table: Table, where: Where, windows: Sequence[float]) -> Iterator[Feature]:
    longest = windows[-1]
    yield days_since(table, where=where)
    yield days_since_first(table, where=where)
    yield days_between(table, where=where)
    yield lateness(table, where=where)
    yield overdue(table, where=where)
    yield irregularity(table, longest, where=where)
    yield p_alive(table, where=where)
    yield count(table, where=where)
    for days in windows:
        yield count(table, days, where=where)
        yield active_days(table, days, where=where)
        yield ratio(count(table, days, where=where), count(table, days))
    for days in windows[:-1]:
        yield trend(table, days, where=where)
        yield against_past(table, days, longest, where=where)
    for column in table.measures:
        yield total(table, column, longest, where=where)
        yield mean(table, column, longest, where=where)
        yield latest(table, column, where=where)


def _of_attributes(table: AttributeTable) -> Iterator[Feature]:
    for column in (*table.measures, *table.categories):
        yield latest(table, column)
    if table.occurred_at is not None:
        yield days_since(table)
        yield count(table)
        for column in table.measures:
            yield earliest(table, column)


def _of_events(table: EventTable, windows: tuple[float, ...]) -> Iterator[Feature]:
    shortest, longest = windows[0], windows[-1]
    yield from _rhythm(table, windows)
    yield from lags(table, shortest, _WEEKS)
    for column in table.measures:
        yield from _amount(table, column, windows)
    for column in table.categories:
        yield from _kinds(table, column, windows)
    yield usual(table, "@weekday", longest)
    yield usual(table, "@hour", longest)
    yield share(table, "@weekday", ["sat", "sun"], longest)
    yield entropy(table, "@weekday", longest)
    for column in table.measures:
        yield latest(table, column)
    yield p_alive(table)
    yield expected(table, windows[len(windows) // 2])
    if table.measures:
        money = next(iter(table.measures))
        yield from rfm(table, money, longest)
        yield expected_spend(table, money)


def _rhythm(table: EventTable, windows: tuple[float, ...]) -> Iterator[Feature]:
    longest = windows[-1]
    yield days_since(table)
    yield days_since_first(table)
    yield count(table)
    yield days_between(table)
    yield days_between(table, longest)
    yield longest_gap(table, longest)
    yield irregularity(table, longest)
    yield lateness(table, longest)
    yield overdue(table, longest)
    yield streak(table, 7)
    for days in windows:
        yield count(table, days)
        yield active_days(table, days)
        yield trend(table, days)
    for days in windows[:-1]:
        yield against_past(table, days, longest)
        yield acceleration(table, days)


def _amount(table: EventTable, column: str, windows: tuple[float, ...]) -> Iterator[Feature]:
    longest = windows[-1]
    yield total(table, column)
    for days in windows:
        yield total(table, column, days)
        yield mean(table, column, days)
        yield largest(table, column, days)
        yield trend(table, days, of=column)
    yield smallest(table, column, longest)
    yield spread(table, column, longest)
    yield slope(table, column, longest)
    yield ratio(latest(table, column), mean(table, column, longest))


def _kinds(table: EventTable, column: str, windows: tuple[float, ...]) -> Iterator[Feature]:
    longest = windows[-1]
    for days in windows:
        yield distinct(table, column, days)
    for days in windows[:-1]:
        yield novel(table, column, days)
    yield distinct(table, column)
    yield entropy(table, column, longest)
    yield concentration(table, column, longest)


def _between(tables: Sequence[Table], windows: Sequence[float]) -> Iterator[Feature]:
    """Compare kinds of events: refunds to purchases, coupons redeemed to coupons received."""
    kinds = [table for table in tables if isinstance(table, EventTable)]
    for one, other in combinations(kinds, 2):
        yield ratio(count(other, windows[-1]), count(one, windows[-1]))
