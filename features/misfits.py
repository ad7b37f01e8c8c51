"""What keeps a tally from being computed from given tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from features.calendar import CALENDAR
from features.feature import Derived, Tally
from features.links import Answers, Groups, Items, Link, Mates, item_contract
from features.multihot import expands
from features.needs import fields_of, tallies_of
from features.tables import EventTable, Table, is_register
from features.windows import Window
from features.wording import holds_text

_WANTED: Final = {
    "": "no",
    "measure": "a measure",
    "category": "a category",
    "any": "a measure or category",
    "board": "a board's",
}


def misfits(tally: Tally, tables: Mapping[str, Table]) -> Iterator[str]:
    """Tell what a tally asks of tables that they do not have; nothing when all is well."""
    table = tables.get(tally.table)
    if table is None:
        yield f"'{tally.name}' reads table '{tally.table}'; known are {sorted(tables)}"
        return
    if is_register(table):
        yield f"'{tally.name}' reads '{table.name}', which is about customers; no feature reads it"
        return
    added = [link.name for link in tally.links]
    kinds = {"measure": [*table.measures, *added], "category": [*table.categories]}
    if table.occurred_at is not None:
        kinds["category"] += CALENDAR
    kinds["board"] = added
    kinds["any"] = kinds["measure"] + kinds["category"]
    allowed = kinds.get(tally.aggregate.column, [""])
    if tally.column not in allowed:
        wanted = _WANTED[tally.aggregate.column]
        yield (
            f"'{tally.name}' needs {wanted} column of '{table.name}', got '{tally.column}'; known "
            f"are {allowed}"
        )
    for condition in tally.where:
        if condition.column not in kinds["any"]:
            yield (
                f"'{tally.name}' asks for '{condition.column}'; '{table.name}' declares "
                f"{kinds['any']}"
            )
        elif misfit := condition.misfit(is_measure=condition.column in kinds["measure"]):
            yield f"'{tally.name}': {misfit}"
    timed = tally.aggregate.timed or tally.window != Window(None)
    if timed and table.occurred_at is None:
        yield f"'{tally.name}' asks when, but '{table.name}' is static and has no times"
    for link in tally.links:
        yield from _misfits_of_link(tally.name, link, table, tables)


def _misfits_of_link(
    name: str, link: Link, table: Table, tables: Mapping[str, Table]
) -> Iterator[str]:
    if link.by and link.by not in table.categories:
        yield (
            f"'{name}' asks a board about the '{link.by}' of an event; categories of "
            f"'{table.name}' are {[*table.categories]}"
        )
    if link.name in (*table.measures, *table.categories):
        yield (
            f"'{name}' reads '{link.name}' of a board, and '{table.name}' has a column of that "
            "name; rename the field with .named()"
        )
    board, inner = link.board, tables
    if isinstance(board, Items | Answers):
        source = tables.get(board.table)
        if not isinstance(source, EventTable) or board.column not in source.categories:
            yield (
                f"'{name}' reads a board of '{board.column}' in '{board.table}', which is no "
                f"category of an event table; tables are {sorted(tables)}"
            )
            return
        if isinstance(board, Items):
            # The events of an item are of this one table.
            inner = {board.table: item_contract(board, source)}
    faults = [fault for each in tallies_of(fields_of(board)) for fault in misfits(each, inner)]
    yield from (f"'{name}' reads a board: {fault}" for fault in faults)
    if faults:
        return
    member = board.member if isinstance(board, Groups | Mates) else None
    if member is not None and not holds_text(member, inner):
        yield f"'{name}' reads groups by '{member.name}', which holds numbers; use a category"
    for each in fields_of(board):
        if each is not member and holds_text(each, inner):
            yield f"'{name}' reads '{each.name}' of a board, which holds texts; publish numbers"


def misread(feature: Derived, tables: Mapping[str, Table]) -> Iterator[str]:
    """Tell which inputs of a feature it cannot calculate with; tallies fit their tables."""
    for each in feature.inputs:
        if expands(each):
            yield f"'{feature.name}' calculates with '{each.name}', which becomes several features"
        elif holds_text(each, tables) and not expands(feature):
            yield f"'{feature.name}' calculates with the texts of '{each.name}'"
