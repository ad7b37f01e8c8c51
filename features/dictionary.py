"""The data dictionary: what every table holds, and what every feature says, as JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from features.catalogue import Catalogue
from features.faults import Part, parts_of
from features.feature import Feature, Tally
from features.instants import plain
from features.needs import columns_needed, fields_of
from features.ready.table import LabelledTable
from features.tables import AttributeTable, EventTable, Table, is_register, measure


def dictionary(catalogue: Catalogue, tables: Sequence[Table]) -> dict[str, Any]:
    """Describe tables and features.

    Parameters
    ----------
    catalogue : Catalogue
        The features.
    tables : sequence of Table
        All tables that they read.

    Returns
    -------
    dict
        ``tables``: for each ``name``, ``kind``, ``description``, ``owner``, ``known`` (when a row
        counts as known), ``complete_until``, ``fresh_within`` in days, and ``columns``, each with
        ``name``, ``role``, ``type`` and ``unit``. ``features``: for each what
        `Catalogue.dictionary` tells, with ``sources`` (``table.column``, in the order in which
        they are read) and ``owner`` (of its table, empty when none is declared).

    Examples
    --------
    >>> from features.builders import total
    >>> visits = EventTable("visits", "id", "at", measures={"spend": "money(2)"}, owner="shops")
    >>> told = dictionary(Catalogue([total(visits, "spend", 28)]), [visits])
    >>> told["features"][0]["sources"], told["features"][0]["owner"]
    (['visits.spend'], 'shops')
    """
    owners = {table.name: table.owner for table in tables}
    told = catalogue.dictionary(tables)
    return {
        "tables": [_table(table) for table in tables],
        "features": [
            {**row, "sources": sources_of(each), "owner": owners.get(each.table, "")}
            for each, row in zip(catalogue, told, strict=True)
        ],
    }


def sources_of(feature: Feature) -> list[str]:
    """Return the columns that a feature and its conditions read, each once.

    A feature that reads no column, such as a number of events, names its table.

    Examples
    --------
    >>> from features.builders import count, total
    >>> from features.recipes import ratio
    >>> sources_of(ratio(total("visits", "spend", 28), count("visits", 28)))
    ['visits.spend', 'visits']
    """
    return list(dict.fromkeys(_sources(feature)))


def _sources(feature: Feature) -> Iterator[str]:
    for each in feature.inputs:
        yield from _sources(each)
    if isinstance(feature, Tally):
        added = {link.name: link for link in feature.links}
        columns = [feature.column, *(condition.column for condition in feature.where)]
        read = [f"{feature.table}.{column}" for column in columns if column and column not in added]
        read += [f"{feature.table}.{link.by}" for link in feature.links if link.by]
        for link in feature.links:
            for table, held in sorted(columns_needed(fields_of(link.board)).items()):
                read += [f"{table}.{column}" for column in sorted(held)] or [table]
        yield from read or [feature.table]


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "kind": _kind(table),
        "description": table.description,
        "owner": table.owner,
        "known": known_words(table),
        "complete_until": table.complete_until,
        "fresh_within": table.fresh_within,
        "columns": list(_columns(table, parts_of(table))),
    }


def _kind(table: Table) -> str:
    if isinstance(table, EventTable):
        return "events"
    if isinstance(table, AttributeTable):
        return "changes of attributes" if table.occurred_at else "attributes without history"
    return table.kind


def known_words(table: Table) -> str:
    """Say when a row counts as known.

    Examples
    --------
    >>> known_words(EventTable("visits", customer="id", occurred_at="at", lag=1.5))
    '1.5 days after at'
    """
    if table.occurred_at is None and not is_register(table):
        return "always: the values of today are taken for those of every cutoff"
    if table.known_at is not None:
        return f"at {table.known_at}"
    return f"{plain(table.lag)} days after {table.occurred_at}" if table.lag else "when it happens"


def _columns(table: Table, parts: Iterable[Part]) -> Iterator[dict[str, str]]:
    zone = f"times without a zone are those of {table.timezone}" if table.timezone else ""
    for part in parts:
        if not part.column:
            continue
        role, kind, unit = part.role.replace("_", " "), "whole number or text", ""
        if part.role in ("occurred_at", "known_at"):
            kind, unit = "time", zone or "with a zone"
        elif isinstance(table, LabelledTable) and part.role == "measure":
            # As they came: nothing is summed, so that no scale is declared.
            kind, unit = "number", table.measures[part.column]
        elif part.role == "measure":
            held = measure(table, part.column)
            kind = f"number, {held.scale} decimals" if held.scale else "whole number"
            unit = held.unit
        elif part.role in ("withdrawn", "given"):
            kind = "true or false"
        elif part.role == "category":
            kind, unit = "name or id", "level"
        elif part.column == table.event_id:
            role = "customer" if part.role == "customer" else "event id"
            role += ", several versions" if table.versions else ", unique"
        yield {"name": part.column, "role": role, "type": kind, "unit": unit}
