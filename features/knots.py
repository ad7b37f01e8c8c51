"""Rows of an identity table that cannot be followed, found while the table is checked."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from features.aliases import Link, follow
from features.columns import Reading
from features.faults import Fault, Part
from features.registers import Identities
from features.tables import Table


def links_of(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    readings: Mapping[Part, Reading],
    ids: str = "VARCHAR",
) -> list[Link]:
    """Read the links of an identity table.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the source is open.
    rows : str
        Relation with ``n``, the number of each row, ``known_at`` as an instant, and what the
        readings need.
    readings : mapping of Part to Reading
        How columns are read.
    ids : str
        DuckDB type of customer ids.
    """
    values = {part.role: reading.value for part, reading in readings.items()}
    void = values.get("withdrawn", "FALSE")
    return [
        Link(int(row), alias, None if gone else customer, int(known_at))
        for row, alias, customer, known_at, gone in connection.execute(
            f"SELECT n, ({values['alias']})::{ids}, ({values['customer']})::{ids}, known_at, "  # noqa: S608
            f"{void} FROM {rows}"
        ).fetchall()
        if alias is not None and customer is not None and known_at is not None
    ]


def knots(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    rows: str,
    readings: Mapping[Part, Reading],
) -> dict[tuple[Fault, Part], list[int]]:
    """Find rows that contradict others, or close a circle; none in a table without links.

    Parameters
    ----------
    connection, rows, readings
        As for `links_of`. Rows with other faults may be among them.
    table : Table
        Contract.

    Returns
    -------
    dict of (Fault, Part) to list of int
        Numbers of the rows, ascending.
    """
    parts = {part.role: part for part in readings}
    if not isinstance(table, Identities) or not {"alias", "customer", "known_at"} <= parts.keys():
        return {}
    # A link to itself has a fault of its own.
    links = [e for e in links_of(connection, rows, readings) if e.alias != e.customer]
    wrong = follow(links).wrong
    return {(fault, parts["alias"]): sorted(found) for fault, found in wrong.items()}


def self_links(table: Table, readings: Mapping[Part, Reading]) -> dict[Part, str]:
    """Return the SQL predicate of rows that link an id to itself, by the column at fault."""
    found = {part.role: (part, reading.value) for part, reading in readings.items()}
    if not isinstance(table, Identities) or not {"alias", "customer"} <= found.keys():
        return {}
    (part, alias), (_, customer) = found["alias"], found["customer"]
    void = found["withdrawn"][1] if "withdrawn" in found else "FALSE"
    same = f"({alias})::VARCHAR = ({customer})::VARCHAR AND NOT ({void})"
    return {part: f"coalesce({same}, FALSE)"}
