"""What features are made of: tallies, and the columns of tables that these read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from features.aggregators import NAMED, Aggregate
from features.calendar import CALENDAR
from features.derived import Operation
from features.errors import DefinitionError
from features.feature import Feature, Tally
from features.links import Answers, Board, Groups, Items, Mates, People
from features.operations import OPERATIONS

_OF_PEOPLE: Final = (People, Mates, Answers)


def walk(features: Iterable[Feature]) -> Iterator[Feature]:
    """Go through features and all that they are made of; boards are not gone into."""
    for each in features:
        yield each
        yield from walk(each.inputs)


def tallies_of(features: Iterable[Feature]) -> tuple[Tally, ...]:
    """Return every tally that features need, each once, in order."""
    return tuple(dict.fromkeys(each for each in walk(features) if isinstance(each, Tally)))


def columns_needed(features: Iterable[Feature]) -> dict[str, set[str]]:
    """Return, for each table that features and their boards read, the columns that they need.

    Examples
    --------
    >>> from features import EventTable, count, mean
    >>> from features.boards import items
    >>> bought = EventTable("bought", "id", "at", measures={"paid": "int"}, categories=["product"])
    >>> popular = items(bought, "product", [count(bought, 28)])
    >>> columns_needed([mean(bought, popular["bought_count_28d"], 91)])
    {'bought': {'product'}}
    """
    needed: dict[str, set[str]] = {}
    for tally in tallies_of(features):
        columns = needed.setdefault(tally.table, set())
        read = {tally.column, *(condition.column for condition in tally.where)}
        columns |= read - {link.name for link in tally.links} - {""} - CALENDAR.keys()
        for link in tally.links:
            columns |= {link.by} - {""}
            for table, more in _of_board(link.board).items():
                needed.setdefault(table, set()).update(more)
    return needed


def fields_of(board: Board) -> tuple[Feature, ...]:
    """Return the features that a board publishes, or sorts people by."""
    if isinstance(board, Answers):
        return ()
    if isinstance(board, Mates):
        return (board.member,)
    if isinstance(board, Groups):
        return (*([board.member] if board.member else []), *(each for _, each in board.fields))
    return board.fields


def naming_people(features: Iterable[Feature]) -> list[tuple[str, str]]:
    """Return the tables and categories by which features ask about people, each once."""
    links = ((each.table, link) for each in tallies_of(features) for link in each.links)
    found = ((table, link.by) for table, link in links if isinstance(link.board, _OF_PEOPLE))
    return list(dict.fromkeys(found))


def refuse_boards(features: Iterable[Feature], instead: str) -> None:
    """Refuse features that read boards, where only some customers are at hand.

    Parameters
    ----------
    features : iterable of Feature
        Features.
    instead : str
        What to do instead.

    Raises
    ------
    DefinitionError
        With every such feature.
    """
    faults = [
        f"'{each.name}' reads '{link.name}', which is made of all customers; {instead}"
        for each in tallies_of(features)
        for link in each.links[:1]
    ]
    if faults:
        raise DefinitionError("catalogue", faults)


def refuse_own_code(features: Iterable[Feature], what: str, keeper: str) -> None:
    """Refuse features of a user's own aggregates and operations, where only definitions are kept.

    Parameters
    ----------
    features : iterable of Feature
        Features.
    what : str
        What they are wanted for.
    keeper : str
        What holds definitions and no code.

    Raises
    ------
    DefinitionError
        With every such feature, those of boards included.

    Examples
    --------
    >>> from features import Aggregate, tally
    >>> mine = Aggregate("mine", lambda stream, column, asked, found: None, "Mine of {events}")
    >>> refuse_own_code([tally(mine, "visits", 28)], "task 'churn'", "a bundle")
    Traceback (most recent call last):
    features.errors.DefinitionError: task 'churn' is not well defined:
      - 'visits_mine_28d' is made by 'mine', which is code of your own, and a bundle holds \
definitions and no code: make it of the given builders, or compute it beforehand and declare it as \
a column of a table; `foretell vectors` and `foretell prove` take it as it is
    """
    faults = [
        f"'{each.name}' is made by '{_maker(each).name}', which is code of your own, and {keeper} "
        "holds definitions and no code: make it of the given builders, or compute it beforehand "
        "and declare it as a column of a table; `foretell vectors` and `foretell prove` take it "
        "as it is"
        for each in dict.fromkeys(_all(features))
        if _given(each) != _maker(each)
    ]
    if faults:
        raise DefinitionError(what, faults)


def _all(features: Iterable[Feature]) -> Iterator[Feature]:
    for each in walk(features):
        yield each
        for link in each.links if isinstance(each, Tally) else ():
            yield from _all(fields_of(link.board))


def _maker(feature: Feature) -> Aggregate | Operation:
    return feature.aggregate if isinstance(feature, Tally) else feature.operation


def _given(feature: Feature) -> Aggregate | Operation | None:
    """Return what a definition with the name of a feature's maker is read back as."""
    if isinstance(feature, Tally):
        return NAMED.get(feature.aggregate.name)
    return OPERATIONS.get(feature.operation.name)


def _of_board(board: Board) -> dict[str, set[str]]:
    if isinstance(board, Answers):
        return {board.table: {board.column}}
    found = columns_needed(fields_of(board))
    if isinstance(board, Items):
        # Of an item's events the customer is a column, but not of the table.
        found[board.table] = found.get(board.table, set()) - {board.customer} | {board.column}
    return found
