"""What is wrong with a ready-made table: columns that are absent, cells that cannot be read."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

import duckdb

from features.columns import WHOLE
from features.connection import quoted
from features.errors import Violation
from features.reading import Raw
from features.ready.kinds import Reading, moment_sql_of_row
from features.ready.table import LabelledTable

_SHOWN: Final = 3


def missing(table: LabelledTable, raw: Raw, labelled: bool) -> list[Violation]:
    """Name the columns that the contract asks for and the source lacks, and what is near them."""
    needed = dict.fromkeys(table.inputs, "a column")
    if labelled:
        needed |= {table.label: "the column of the label"}
        needed |= {name: "the column of customers" for name in [table.customer] if name}
    if labelled or table.since:
        needed |= {name: "the column of times" for name in [table.time] if name}
    lower = {name.lower(): name for name in raw.there}
    found = []
    for column, expected in needed.items():
        if column in raw.cells:
            continue
        near = [lower[name] for name in get_close_matches(column.lower(), lower, n=3)]
        remedy = f"is {' or '.join(near)} meant? " if near else ""
        remedy += "name it as the source does"
        came = f"no such column among {', '.join(raw.there) or 'no columns at all'}"
        found.append(Violation(column, expected, came, remedy))
    # A column that is left out need not be there when rows are scored.
    return found


def unread(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    column: Reading,
    remedy: str = "mend or empty the cells, or list the column in categories or leave_out",
) -> list[Violation]:
    """Tell which cells of a column cannot be read as what it holds."""
    if column.fault == "FALSE":
        return []
    expected = {"number": "finite numbers", "since": "dates"}[column.kind]
    return _cells(connection, raw, column.column, column.fault, expected, remedy)


def untimed(
    connection: duckdb.DuckDBPyConnection, table: LabelledTable, raw: Raw
) -> list[Violation]:
    """Tell which rows say no time."""
    fault = f"({moment_sql_of_row(table, raw)}) IS NULL"
    expected = "a date, a time or a month such as 2009-05 in every row"
    remedy = "write them as 2009-05-31, and fill in when a row stands that does not tell"
    return _cells(connection, raw, table.time, fault, expected, remedy)


def ids(
    connection: duckdb.DuckDBPyConnection, table: LabelledTable, raw: Raw
) -> tuple[str, list[Violation]]:
    """Return SQL of the ids of customers, and what is wrong with them."""
    cell, kind = quoted(raw.cells[table.customer]), raw.kinds[table.customer]
    absent = f"coalesce(trim({cell}::VARCHAR), '') = ''"
    remedy = "fill them in, or leave customer out, so that every row is somebody else"
    faults = _cells(connection, raw, table.customer, absent, "an id in every row", remedy)
    if kind in WHOLE:
        return f"{cell}::BIGINT", faults
    if kind != "VARCHAR" and not kind.startswith(("ENUM", "UUID")):
        expected, remedy = "whole numbers or text", "cast the column"
        faults.append(Violation(table.customer, expected, f"the type {kind}", remedy))
    return f"{cell}::VARCHAR", faults


def _cells(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    column: str,
    fault: str,
    expected: str,
    remedy: str,
) -> list[Violation]:
    """Tell how many cells are at fault, and the first of them."""
    cell = quoted(raw.cells[column])
    asked = (
        f"SELECT row_number() OVER () AS place, {cell}::VARCHAR AS cell, "  # noqa: S608
        f"({fault}) AS wrong FROM {quoted(raw.view)}"
    )
    shown = connection.execute(
        f"SELECT place, cell, count(*) OVER () FROM ({asked}) WHERE wrong "  # noqa: S608
        f"ORDER BY place LIMIT {_SHOWN}"
    ).fetchall()
    if not shown:
        return []
    examples = tuple(
        (int(place), "empty" if text is None else str(text)) for place, text, _ in shown
    )
    return [Violation(column, expected, "others", remedy, int(shown[0][2]), examples)]
