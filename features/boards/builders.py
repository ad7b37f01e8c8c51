"""The functions that write boards down, and give the columns that can be read of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from features.aggregates.kinds import OF_USUAL
from features.board_faults import refuse
from features.builders import Tabled, named_table, tally
from features.conditions import Where
from features.errors import DefinitionError
from features.feature import Derived, Feature, Tally
from features.links import (
    Answers,
    Board,
    Groups,
    How,
    Items,
    Link,
    Linked,
    Mates,
    People,
)
from features.tables import Table


class Columns:
    """The columns that a board adds to events, by field.

    Parameters
    ----------
    by : str
        Category that holds the name of the one the board is asked about.
    board : Board
        What is published.
    """

    def __init__(self, by: str, board: Board) -> None:
        self.by = by
        self.board = board

    def __iter__(self) -> Iterator[Linked]:
        return (self[field] for field in self.fields)

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields that can be read."""
        return self.board.names

    def __getitem__(self, field: str) -> Linked:
        return Linked(Link(self.by, self.board, field))

    def named_by(self, column: str) -> Columns:
        """Ask the same board about the one that another category names."""
        return Columns(column, self.board)


def items(table: Table, column: str, fields: Iterable[Feature], *, every: float = 1) -> Columns:
    """Publish what all customers together did with each item.

    Parameters
    ----------
    table : EventTable
        Events that name items.
    column : str
        Category that names them.
    fields : iterable of Feature
        Features of that table, made for each item of all its events. The customer of an event is a
        category of it, so `distinct(table, table.customer)` counts buyers.
    every : float
        Days from one board to the next; boards come at whole multiples since 1970, 00:00 UTC.

    Returns
    -------
    Columns
        Columns of every table that names items in that category.

    Examples
    --------
    >>> from features import EventTable, count, mean
    >>> bought = EventTable("bought", "id", "at", categories=["product"])
    >>> popular = items(bought, "product", [count(bought, 28)])
    >>> mean(bought, popular["bought_count_28d"], 91).name
    'bought_product_bought_count_28d_mean_91d'
    """
    if isinstance(table, str):
        fault = (
            f"expected the table itself, which says whose its events are; got its name {table!r}"
        )
        raise DefinitionError("board of items", [fault])
    made = _features("items", fields)
    return Columns(column, Items(table.name, column, table.customer, made, every))


def people(by: str, fields: Iterable[Feature], *, every: float = 1) -> Columns:
    """Publish features of each person, or of anything else that has rows of its own.

    Parameters
    ----------
    by : str
        Category of events that names the person, by the id that is the customer of the features'
        tables: a contact, a referrer, an agent.
    fields : iterable of Feature
        Features.
    every : float
        As for `items`.

    Examples
    --------
    >>> from features import count, smallest
    >>> agents = people("agent", [count("departures")])
    >>> orphan = smallest("policies", agents["departures_count_ever"], 364)
    >>> orphan.named("orphan", "1 or more when every agent of the year's policies has left").name
    'orphan'
    """
    return Columns(by, People(_features("people", fields), every))


def groups(
    member: Feature | None,
    fields: Sequence[tuple[str, Feature]] = (),
    *,
    every: float = 1,
) -> Columns:
    """Publish what the members of a group are together: a household, a company, an account.

    Parameters
    ----------
    member : Feature or None
        Text that names the group of a customer, as ``latest(households, "household")``: who
        belongs is read as of the board; whoever stands in a table without times belongs once an
        event was known. None makes one group of everyone of whom an event was known.
    fields : sequence of (how, feature)
        What to make of the members' features: their ``total``, ``mean``, ``largest`` or
        ``smallest`` value; null ones are left out. The number of ``members`` is always there.
    every : float
        As for `items`.

    Examples
    --------
    >>> from features import latest, total
    >>> spend = total("bought", "paid", 91)
    >>> homes = groups(latest("homes", "home"), [("total", spend)])
    >>> latest("homes", homes["bought_paid_total_91d_total"]).name
    'homes_home_bought_paid_total_91d_total_latest_ever'
    """
    by = "" if member is None else _member("groups", member).column
    pairs = [each if isinstance(each, tuple | list) else ("", each) for each in fields]
    if any(len(pair) != 2 or not isinstance(pair[0], str) or not pair[0] for pair in pairs):
        fault = 'expected fields as pairs, as ("mean", count("visits", 28)), got one without a word'
        raise DefinitionError("board of groups", [fault])
    pooled = _features("groups", [each for _, each in pairs])
    hows = [cast(How, how) for how, _ in pairs]
    return Columns(by, Groups(member, tuple(zip(hows, pooled, strict=True)), every))


def mates(member: Feature, by: str, *, every: float = 1) -> Linked:
    """Tell whether the one an event names belongs to the customer's own group.

    The column is 1 or 0, and null for a customer without a group.

    Parameters
    ----------
    member : Feature
        As for `groups`.
    by : str
        Category of events that names another customer.
    every : float
        As for `items`.

    Examples
    --------
    >>> from features import distinct, latest, mean
    >>> inside = mates(latest("members", "circle"), "counterpart")
    >>> mean("calls", inside, 28).name
    'calls_counterpart_same_circle_mean_28d'
    >>> distinct("calls", "counterpart", 28, where={inside: 1}).name
    'calls_counterpart_same_circle_1_counterpart_distinct_28d'
    """
    board = Mates(_member("mates", member), every)
    return Linked(Link(by, board, board.names[0]))


def of_usual(
    table: Tabled,
    column: Linked,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Read what a board says of the one whom a customer's events name most often.

    Parameters
    ----------
    table : Table or str
        Events.
    column : Linked
        Column of a board, by a category of the table.
    days, lag, where
        Events that count, as for `count`.

    Examples
    --------
    >>> from features import count
    >>> withdrawn = people("product", [count("withdrawals")])
    >>> main = of_usual("bought", withdrawn["withdrawals_count_ever"], 364)
    >>> main.named("main_product_withdrawn", "1 when the product bought most is no more").null
    'nobody is named in the window, or nothing is known of the most frequent one'
    """
    return tally(OF_USUAL, table, days, lag, where, column)


def answers(table: Tabled, by: str, days: float, *, every: float = 1) -> Linked:
    """Count the events in which the one an event names turned to the customer.

    Parameters
    ----------
    table : EventTable or str
        Events that name another customer.
    by : str
        Category that names them.
    days : float
        Stretch before the board in which answers count.
    every : float
        As for `items`.

    Examples
    --------
    >>> from features import EventTable, at_least, distinct
    >>> calls = EventTable("calls", "id", "at", categories=["counterpart"])
    >>> answered = answers(calls, "counterpart", 28)
    >>> distinct(calls, "counterpart", 28, where={answered: at_least(1)}).name
    'calls_counterpart_answers_28d_ge_1_counterpart_distinct_28d'
    """
    board = Answers(named_table(table), by, days, every)
    return Linked(Link(by, board, board.names[0]))


def _features(what: str, fields: Iterable[Feature]) -> tuple[Feature, ...]:
    """Return features as a tuple; one alone is taken for a list by mistake."""
    if isinstance(fields, Tally | Derived):
        refuse(
            what, [f"expected a list of features, got '{fields.name}' alone; put it in brackets"]
        )
    found = tuple(fields)
    strange = [each for each in found if not isinstance(each, Tally | Derived)]
    refuse(what, [f"expected features, got {each!r}" for each in strange])
    return found


def _member(what: str, member: Feature) -> Tally:
    """Return the feature that names somebody's group, which must read a column."""
    if not isinstance(member, Tally) or not member.column:
        came = repr(member) if not isinstance(member, Tally | Derived) else f"'{member.name}'"
        wanted = "a feature that reads a category, as latest(homes, 'home')"
        refuse(what, [f"expected {wanted}, got {came}"])
    return cast(Tally, member)
