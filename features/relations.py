"""What to ask of others, from contracts: items, groups and people in touch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from features.boards import answers, groups, items, mates, people
from features.builders import Tabled, count, distinct, latest, mean, named_table
from features.conditions import at_least
from features.errors import DefinitionError
from features.feature import Feature
from features.names import slug
from features.recipes import ratio, trend
from features.rhythms import days_since
from features.tables import AttributeTable, EventTable, Table


def related(
    tables: Sequence[Table],
    windows: Sequence[float],
    contacts: Sequence[tuple[Tabled, str]] = (),
) -> list[Feature]:
    """Return the features that read boards; see `Catalogue.suggest`."""
    events = [table for table in tables if isinstance(table, EventTable)]
    attributes = [table for table in tables if isinstance(table, AttributeTable)]
    pairs = [each for each in contacts if isinstance(each, tuple | list) and len(each) == 2]
    named = {(named_table(table), column) for table, column in pairs}
    faults = [
        f'contacts are pairs of a table and a column, as (calls, "callee"); got {each!r}'
        for each in contacts
        if each not in pairs
    ]
    faults += [
        f"contacts are in '{column}' of '{name}', which is no category of an event table"
        for name, column in sorted(named)
        if not any(table.name == name and column in table.categories for table in events)
    ]
    if faults:
        raise DefinitionError("catalogue", faults)
    made: list[Feature] = []
    for table in events:
        for column in table.categories:
            if (table.name, column) in named:
                made += _of_contacts(table, column, windows, events, attributes)
            else:
                made += _of_items(table, column, windows)
    for each in attributes:
        for column in each.categories:
            made += _of_group(each, column, windows, events)
    return made


def _of_items(table: EventTable, column: str, windows: Sequence[float]) -> Iterator[Feature]:
    """Ask how popular, how sticky and how much on the rise the things are that a customer has."""
    month = windows[len(windows) // 2]
    buyers = distinct(table, table.customer, month)
    board = items(
        table,
        column,
        [
            buyers.named(f"{table.name}_customers"),
            ratio(count(table, month), buyers).named(f"{table.name}_repeats"),
            trend(table, month),
        ],
    )
    for field in board.fields:
        yield mean(table, board[field], windows[-1])


def _of_group(
    table: AttributeTable, column: str, windows: Sequence[float], events: Sequence[EventTable]
) -> Iterator[Feature]:
    """Compare a customer with those who share an attribute."""
    member = latest(table, column)
    month = windows[len(windows) // 2]
    board = groups(member, [("mean", count(each, month)) for each in events])
    yield latest(table, board["members"])
    for each, field in zip(events, board.fields[1:], strict=True):
        usual = latest(table, board[field])
        yield usual
        yield ratio(count(each, month), usual)


def _of_contacts(
    table: EventTable,
    column: str,
    windows: Sequence[float],
    events: Sequence[EventTable],
    attributes: Sequence[AttributeTable],
) -> Iterator[Feature]:
    """Ask who of those in touch turns to the customer too, belongs to his groups, and is active."""
    month = windows[len(windows) // 2]
    answered = answers(table, column, month)
    touched = distinct(table, column, month)
    yield ratio(distinct(table, column, month, where={answered: at_least(1)}), touched)
    board = people(column, [days_since(each).named(f"{each.name}_ago") for each in events])
    for field in board.fields:
        yield mean(table, board[field], month)
    called = Counter(slug(category) for each in attributes for category in each.categories)
    for each in attributes:
        for category in each.categories:
            member = latest(each, category)
            if called[slug(category)] > 1:
                member = member.named(f"{each.name}_{slug(category)}")
            inside = mates(member, column)
            yield mean(table, inside, month)
            yield distinct(table, column, month, where={inside: 1})
