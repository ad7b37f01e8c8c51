"""The functions that write features down: one for each thing to ask of the past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from features.aggregators import (
    COUNT,
    DAYS_BETWEEN,
    DAYS_SINCE,
    DISTINCT,
    LARGEST,
    LATEST,
    MEAN,
    SMALLEST,
    TOTAL,
    Aggregate,
)
from features.conditions import Scalar, Where, conditions
from features.derived import CONTRAST, RATIO
from features.feature import Derived, Feature, Tally, joined
from features.names import slug
from features.tables import Table
from features.windows import Window

Tabled: TypeAlias = Table | str


def count(
    table: Tabled, days: float | None = None, *, lag: float = 0, where: Where | None = None
) -> Tally:
    """Count events.

    Parameters
    ----------
    table : Table or str
        Table, or its name.
    days : float, optional
        Length of the window; left out, all of the past.
    lag : float
        Days between the end of the window and the cutoff.
    where : mapping, optional
        Events that count, by column: a value, several, `at_least` or `at_most`.

    Examples
    --------
    >>> count("purchases", 28, where={"line": "COFFEE"}).name
    'purchases_line_coffee_count_28d'
    """
    return _tally(COUNT, table, days, lag, where)


def total(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Sum a measure, in its declared unit; 0 without events."""
    return _tally(TOTAL, table, days, lag, where, column)


def mean(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Average the values of a measure that are not absent."""
    return _tally(MEAN, table, days, lag, where, column)


def largest(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Take the largest value of a measure."""
    return _tally(LARGEST, table, days, lag, where, column)


def smallest(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Take the smallest value of a measure."""
    return _tally(SMALLEST, table, days, lag, where, column)


def days_since(
    table: Tabled, days: float | None = None, *, lag: float = 0, where: Where | None = None
) -> Tally:
    """Measure recency: days from the last event to the cutoff."""
    return _tally(DAYS_SINCE, table, days, lag, where)


def days_between(
    table: Tabled, days: float | None = None, *, lag: float = 0, where: Where | None = None
) -> Tally:
    """Measure cadence: the median days between consecutive distinct times of events."""
    return _tally(DAYS_BETWEEN, table, days, lag, where)


def distinct(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Count the distinct levels of a category; absent values are no level."""
    return _tally(DISTINCT, table, days, lag, where, column)


def latest(table: Tabled, column: str, *, where: Where | None = None) -> Tally:
    """Read a column as of the cutoff: its value at the last visible row."""
    return _tally(LATEST, table, None, 0, where, column)


def share(
    table: Tabled,
    by: str,
    level: Scalar,
    days: float | None = None,
    *,
    of: str = "",
    lag: float = 0,
) -> Derived:
    """Take the part of events, or of a measure's sum, that falls on one level of a category.

    Parameters
    ----------
    table : Table or str
        Table, or its name.
    by, level : str and value
        Category and the level of it.
    days, lag
        Window, as for `count`.
    of : str
        Measure to sum; left out, events are counted.

    Examples
    --------
    >>> share("purchases", by="department", level="DELI", days=91).name
    'purchases_department_deli_share_91d'
    """
    where = {by: level}
    if of:
        part: Tally = total(table, of, days, lag=lag, where=where)
        whole: Tally = total(table, of, days, lag=lag)
    else:
        part, whole = count(table, days, lag=lag, where=where), count(table, days, lag=lag)
    name = [part.table, part.where[0].slug, slug(of), "share", part.window.label]
    return Derived(RATIO, (part, whole), joined(name))


def shares(
    table: Tabled,
    by: str,
    levels: Sequence[Scalar],
    days: float | None = None,
    *,
    of: str = "",
) -> tuple[Derived, ...]:
    """Make one `share` for each level."""
    return tuple(share(table, by, level, days, of=of) for level in levels)


def trend(table: Tabled, days: float, *, of: str = "", where: Where | None = None) -> Derived:
    """Compare the recent window with the one before it, from -1 (stopped) to 1 (new).

    The value is ``(recent - before) / (|recent| + |before|)`` of the count of events, or of the sum
    of the measure ``of``.

    Examples
    --------
    >>> trend("purchases", 28, of="sales_value").name
    'purchases_sales_value_trend_28d'
    """
    if of:
        recent: Tally = total(table, of, days, where=where)
        before: Tally = total(table, of, days, lag=days, where=where)
    else:
        recent = count(table, days, where=where)
        before = count(table, days, lag=days, where=where)
    slugs = [condition.slug for condition in recent.where]
    name = [recent.table, *slugs, slug(of), "trend", recent.window.label]
    return Derived(CONTRAST, (recent, before), joined(name))


def ratio(over: Feature, under: Feature) -> Derived:
    """Divide one feature by another; null where the second is null or 0.

    Examples
    --------
    >>> ratio(days_since("visits"), days_between("visits")).named("visits_lateness").name
    'visits_lateness'
    """
    return Derived(RATIO, (over, under))


def _tally(
    aggregate: Aggregate,
    table: Tabled,
    days: float | None,
    lag: float,
    where: Where | None,
    column: str = "",
) -> Tally:
    name = table if isinstance(table, str) else table.name
    return Tally(aggregate, name, Window(days, lag), column, conditions(where))
