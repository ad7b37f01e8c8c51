"""Rows of a checked source as they are read: instants, exact numbers and texts."""

from __future__ import annotations

import duckdb

from features.columns import staged
from features.connection import quoted
from features.contract import readings
from features.instants import micros
from features.reading import Raw
from features.tables import Table, is_register


def columns_typed(table: Table) -> dict[str, str]:
    """Return measures and categories with their columns in `type_rows`."""
    columns = [*table.measures, *table.categories]
    return {column: f"x{place}" for place, column in enumerate(columns)}


def type_rows(connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw) -> str:
    """Read a checked source into a temporary table, and return its name.

    Returns
    -------
    str
        Name of a table with ``customer`` as text; ``occurred_at`` and ``known_at`` in UTC
        microseconds, null where the source is static, equal in a register; measures in minor units
        and categories as text, under the names of `columns_typed`.
    """
    found = readings(table, raw)
    named = columns_typed(table)
    chosen = {"occurred_at": "NULL::BIGINT", "known_at": "NULL::BIGINT"}
    for part, reading in found.items():
        if part.role == "customer":
            chosen["customer"] = f"({reading.value})::VARCHAR"
        elif part.role in ("occurred_at", "known_at"):
            chosen[part.role] = reading.value
        elif part.role == "measure":
            chosen[named[part.column]] = reading.value
        elif part.role == "category":
            chosen[named[part.column]] = f"({reading.value})::VARCHAR"
    if table.known_at is None and table.occurred_at is not None:
        chosen["known_at"] = f"{chosen['occurred_at']} + {micros(table.lag)}"
    if is_register(table):
        chosen["occurred_at"] = chosen["known_at"]
    listed = ", ".join(f"{value} AS {name}" for name, value in chosen.items())
    name = f"{raw.view}_typed"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS "  # noqa: S608  generated names
        f"SELECT {listed} FROM {staged(quoted(raw.view), found.values())}"
    )
    return quoted(name)
