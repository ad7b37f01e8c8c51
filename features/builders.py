"""The functions that write features down: one for each thing to ask of the past."""

from __future__ import annotations

from typing import Final, TypeAlias

from features.aggregates import amounts, kinds, series
from features.aggregates.aggregate import Aggregate
from features.arguments import COLUMN, DAYS, DELAY, MAPPING, Kind, or_none, require
from features.conditions import Where, conditions
from features.errors import DefinitionError
from features.feature import Tally
from features.links import Linked
from features.ready.table import LabelledTable
from features.registers import REGISTERS
from features.tables import AttributeTable, EventTable, Table
from features.windows import Window

Tabled: TypeAlias = Table | str

CONTRACT: Final = Kind(
    "a table",
    "give the EventTable or AttributeTable itself",
    lambda value: isinstance(value, (EventTable, AttributeTable, LabelledTable, *REGISTERS)),
)

TABLE: Final = Kind(
    "a table or its name",
    "give the EventTable or AttributeTable itself, or its name in quotes",
    lambda value: isinstance(value, str) or CONTRACT.fits(value),
)

_KINDS: Final = {
    "table": TABLE,
    "column": COLUMN,
    "days": or_none(DAYS),
    "lag": DELAY,
    "where": or_none(MAPPING),
}


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
        Events that count, by column: a value, several, or a bound: `at_least`, `at_most`,
        `above`, `below`, `between`.

    Examples
    --------
    >>> count("purchases", 28, where={"line": "COFFEE"}).name
    'purchases_line_coffee_count_28d'
    """
    return tally(amounts.COUNT, table, days, lag, where)


def total(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Sum a measure, in its declared unit; 0 without events."""
    return tally(amounts.TOTAL, table, days, lag, where, column)


def mean(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Average the values of a measure that are not absent."""
    return tally(amounts.MEAN, table, days, lag, where, column)


def largest(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Take the largest value of a measure."""
    return tally(amounts.LARGEST, table, days, lag, where, column)


def smallest(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Take the smallest value of a measure."""
    return tally(amounts.SMALLEST, table, days, lag, where, column)


def distinct(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Count the distinct levels of a category; absent values are no level."""
    return tally(kinds.DISTINCT, table, days, lag, where, column)


def latest(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Read a column as of the cutoff: its value at the last visible row."""
    return tally(series.LATEST, table, days, lag, where, column)


def median(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Take the median of a measure."""
    return tally(amounts.MEDIAN, table, days, lag, where, column)


def spread(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Take the standard deviation of a measure, of all values and not of a sample."""
    return tally(amounts.SPREAD, table, days, lag, where, column)


def novel(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Count the levels of a category that a customer never had before the window."""
    return tally(kinds.NOVEL, table, days, lag, where, column)


def entropy(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Measure how evenly events fall on the levels of a category, in nats; 0 for one level."""
    return tally(kinds.ENTROPY, table, days, lag, where, column)


def concentration(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Sum the squared shares of a category's levels (Herfindahl): 1 for a single level."""
    return tally(kinds.CONCENTRATION, table, days, lag, where, column)


def usual(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Take the most frequent level of a category, the most recent among equals."""
    return tally(kinds.USUAL, table, days, lag, where, column)


def earliest(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Read a column at the first event of the window."""
    return tally(series.EARLIEST, table, days, lag, where, column)


def slope(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Fit a line through a measure over time, and take its slope in units a day."""
    return tally(series.SLOPE, table, days, lag, where, column)


def days_below_zero(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Count the days on which a measure, standing until its next value, was below 0."""
    return tally(series.DAYS_BELOW_ZERO, table, days, lag, where, column)


def tally(
    aggregate: Aggregate,
    table: Tabled,
    days: float | None = None,
    lag: float = 0,
    where: Where | None = None,
    column: str = "",
) -> Tally:
    """Write down any aggregate, one of the reader's own too.

    Parameters
    ----------
    aggregate : Aggregate
        What is made of the events of a window.
    table, days, lag, where
        As for `count`.
    column : str
        Column that the aggregate reads; left out, it reads none.

    Raises
    ------
    DefinitionError
        When an argument is none of what it must be.
    """
    if not isinstance(aggregate, Aggregate):
        fault = f"expected an Aggregate, got {aggregate!r}; a builder such as count makes its own"
        raise DefinitionError("feature", [fault])
    what = f"feature '{aggregate.name}'"
    require(what, _KINDS, table=table, column=column, days=days, lag=lag, where=where)
    # A board's column is a name with a link behind it: the one is kept apart from the other.
    named = [column, *sorted(each for each in where or {} if isinstance(each, Linked))]
    return Tally(
        aggregate,
        named_table(table),
        Window(days, lag),
        str(column),
        conditions(where),
        links=tuple(dict.fromkeys(each.link for each in named if isinstance(each, Linked))),
    )


def named_table(table: Tabled) -> str:
    """Return the name of a table, of which the name may stand instead.

    Raises
    ------
    DefinitionError
        When it is neither.
    """
    require("feature", {"table": TABLE}, table=table)
    return table if isinstance(table, str) else table.name
