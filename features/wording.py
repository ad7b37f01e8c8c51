"""What a feature is called, says and is measured in: the words of the data dictionary."""

from __future__ import annotations

from collections.abc import Mapping

from features.feature import Derived, Feature
from features.links import Answers, Groups, Items, Link, Mates, item_contract
from features.tables import EventTable, Table, measure


def described(feature: Feature, tables: Mapping[str, Table]) -> dict[str, str]:
    """Return name, description, unit, meaning of null, type and table of a feature.

    Parameters
    ----------
    feature : Feature
        The feature.
    tables : mapping of str to Table
        The tables it reads, by name.
    """
    return {
        "name": feature.name,
        "description": feature.description,
        "unit": unit_of(feature, tables),
        "null": feature.null or "never",
        "type": "text" if holds_text(feature, tables) else "number",
        "table": feature.table,
    }


def holds_text(feature: Feature, tables: Mapping[str, Table]) -> bool:
    """Tell whether the values of a feature are texts."""
    if isinstance(feature, Derived):
        return False
    if feature.aggregate.unit == "level":
        return True
    numbers = {*tables[feature.table].measures, *(link.name for link in feature.links)}
    is_category = feature.column not in numbers
    return feature.aggregate.column == "any" and is_category


def unit_of(feature: Feature, tables: Mapping[str, Table]) -> str:
    """Return the unit of a feature's values."""
    if isinstance(feature, Derived):
        unit = feature.operation.unit
        return unit.format(unit=unit_of(feature.inputs[0], tables))
    table, unit = tables[feature.table], feature.aggregate.unit or "{unit}"
    linked = {link.name: link for link in feature.links}
    if feature.column in linked:
        return unit.format(unit=_unit_of_link(linked[feature.column], tables))
    of_column = measure(table, feature.column).unit if feature.column in table.measures else "level"
    return unit.format(unit=of_column)


def _unit_of_link(link: Link, tables: Mapping[str, Table]) -> str:
    board = link.board
    if isinstance(board, Mates):
        return "1 for one of the same group, or 0"
    if isinstance(board, Answers):
        return "events"
    if isinstance(board, Groups):
        pooled = dict(zip(board.names[1:], board.fields, strict=True))
        return unit_of(pooled[link.field][1], tables) if link.field in pooled else "customers"
    if isinstance(board, Items):
        source = tables[board.table]
        if isinstance(source, EventTable):
            tables = {board.table: item_contract(board, source)}
    return unit_of(next(each for each in board.fields if each.name == link.field), tables)
