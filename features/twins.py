"""Rows that share an id which should be unique: which of them stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from features.carriers.order import tie_breakers
from features.columns import Reading
from features.connection import quoted
from features.faults import Part
from features.reading import Raw
from features.tables import EventTable, Table


@dataclass(frozen=True)
class Twins:
    """How twins are found, and which of them stays.

    Parameters
    ----------
    part : Part
        The column that is unique.
    key : str
        SQL expression of its value.
    order : str
        SQL order in which the first twin is the one that stays.
    keys : str
        Temporary table for the values that occur more than once.
    """

    part: Part
    key: str
    order: str
    keys: str

    def copies(self, connection: duckdb.DuckDBPyConnection, rows: str) -> str:
        """Return the query of the rows that do not stay; of equal ones the first by ``n`` does."""
        # Few values repeat: only their rows are sorted.
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {quoted(self.keys)} AS "  # noqa: S608  generated names
            f"SELECT {self.key} AS twin FROM ({rows}) GROUP BY ALL HAVING count(*) > 1"
        )
        return (
            f"SELECT * FROM (SELECT *, {self.key} AS twin FROM ({rows})) "  # noqa: S608
            f"SEMI JOIN {quoted(self.keys)} USING (twin) "
            f"QUALIFY row_number() OVER (PARTITION BY twin ORDER BY {self.order}, n) > 1"
        )


def twins_of(table: Table, raw: Raw, readings: Mapping[Part, Reading]) -> Twins | None:
    """Return how twins are found in rows with instants; None for a table without a unique column.

    Of twins the one that was known first stays; then the one that happened first, then the one
    whose customer and other columns, by name, come first; an empty cell comes last. What a row
    holds decides, never its place.
    """
    role = "event_id" if isinstance(table, EventTable) else "customer"
    part = next((each for each in readings if each.role == role), None)
    if part is None or table.event_id is None:
        return None
    times = [each.role for each in readings if each.role in ("known_at", "occurred_at")]
    customer = next(each for each in readings if each.role == "customer")
    columns = {each.column: each for each in readings}
    others = [customer, *(columns[column] for column in tie_breakers(table))]
    # As texts, so that a CSV file and a Parquet file with the same rows keep the same ones.
    values = [
        f"({readings[each].value}){'' if each.role == 'measure' else '::VARCHAR'}"
        for each in others
    ]
    order = ", ".join(f"{value} NULLS LAST" for value in [*sorted(times), *values])
    key = readings[part].value
    # Versions of one event differ in when they became known.
    key = f"({key}, known_at)" if table.versions else key
    return Twins(part, key, order, f"{raw.view}_twins")
