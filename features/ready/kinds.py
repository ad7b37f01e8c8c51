"""How the columns of a ready-made table are read: what they are declared to be, or hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import duckdb

from features.columns import WHOLE
from features.connection import quoted
from features.errors import Violation
from features.reading import Raw
from features.ready.table import LabelledTable

Kind = Literal["number", "category", "since"]

_FRACTIONS: Final = ("FLOAT", "DOUBLE")
_NOTHING: Final = '"NULL"'
"""The type of a column without any value."""

_ODD: Final = 0.05
"""Part of the filled cells that may be no numbers where a column of a text file holds numbers."""

_MONTH: Final = "'^[0-9]{4}-?(0[1-9]|1[0-2])$'"


@dataclass(frozen=True)
class Reading:
    """A column in SQL.

    Parameters
    ----------
    column : str
        Column of the table.
    kind : str
        What it becomes.
    value : str
        SQL of the value: DOUBLE or VARCHAR, null where the cell is empty.
    fault : str
        SQL predicate of a cell that cannot be read so.
    """

    column: str
    kind: Kind
    value: str
    fault: str = "FALSE"


def reading(
    connection: duckdb.DuckDBPyConnection, table: LabelledTable, raw: Raw, column: str
) -> Reading | Violation:
    """Say how a column that is there is read; a violation when nobody can tell.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the view.
    table : LabelledTable
        What is declared.
    raw : Raw
        The opened source.
    column : str
        Column.
    """
    cell, kind = quoted(raw.cells[column]), raw.kinds[column]
    if kind.startswith("ENUM"):
        cell, kind = f"{cell}::VARCHAR", "VARCHAR"
    text = f"nullif(trim({cell}::VARCHAR), '')"
    if column in table.since:
        moment = f"epoch_us({moment_sql(cell, kind)})"
        days = f"({moment_sql_of_row(table, raw)} - {moment}) / 86400000000.0"
        return Reading(column, "since", days, f"{text} IS NOT NULL AND {moment} IS NULL")
    if column in table.categories:
        named = _named(cell, kind, text, raw.is_written(column))
        return Reading(column, "category", _truths(named))
    declared = column in table.numbers
    if kind == _NOTHING and not declared:
        remedy = "leave_out: nothing is there to learn from"
        return Violation(column, "numbers or names", "empty cells only", f"list it in {remedy}")
    if kind in (*WHOLE, "BOOLEAN", _NOTHING) or kind.startswith("DECIMAL"):
        return Reading(column, "number", f"{cell}::DOUBLE")
    if kind in _FRACTIONS:
        value = f"CASE WHEN isnan({cell}) THEN NULL ELSE {cell}::DOUBLE END"
        return Reading(column, "number", value, f"isinf({cell})")
    if kind == "VARCHAR":
        number = Reading(
            column,
            "number",
            f"TRY_CAST({text} AS DOUBLE)",
            f"{text} IS NOT NULL AND NOT coalesce(isfinite(TRY_CAST({text} AS DOUBLE)), FALSE)",
        )
        if truth := _truth(connection, raw, column, text):
            return truth
        # Only files of text have no types; elsewhere somebody chose text.
        if declared or (raw.is_written(column) and _mostly(connection, raw, text, number.fault)):
            # Where a few cells of many are no numbers, they are named: mended, or declared.
            return number
        date = f"{text} IS NOT NULL AND {moment_sql(cell, kind)} IS NULL"
        if not raw.is_written(column) or _any(connection, raw, date):
            return Reading(column, "category", _truths(text))
        kind = "DATE"
    if kind.startswith(("DATE", "TIME")):
        remedy = "list it in leave_out, or in since, to read the days from it to the row's time"
        return Violation(column, "numbers or names", "dates", remedy)
    came = f"the type {kind}"
    return Violation(column, "numbers or names", came, "cast the column, or list it in leave_out")


def _named(cell: str, kind: str, text: str, written: bool) -> str:
    """Return SQL of a level's name: whole numbers have one, whatever type holds them.

    Where a single cell is empty, pandas makes fractions of whole numbers.
    """
    if kind in _FRACTIONS:
        whole = f"isfinite({cell}) AND {cell} = trunc({cell}) AND abs({cell}) < 1e15"
        return f"CASE WHEN {whole} THEN {cell}::BIGINT::VARCHAR ELSE {text} END"
    if written:
        return f"regexp_replace({text}, '^(-?[0-9]+)[.]0+$', '\\1')"
    return text


def _truths(text: str) -> str:
    """Return SQL of a level's name in which true and false are one, however they are written."""
    return f"CASE WHEN lower({text}) IN ('true', 'false') THEN lower({text}) ELSE {text} END"


def _truth(
    connection: duckdb.DuckDBPyConnection, raw: Raw, column: str, text: str
) -> Reading | None:
    """Return how true and false are read where a file of text holds nothing else; else None.

    They are the numbers that a column of a type makes of them: 1 and 0.
    """
    said = f"lower({text})"
    other = f"{text} IS NOT NULL AND {said} NOT IN ('true', 'false')"
    if not raw.is_written(column) or _any(connection, raw, other):
        return None
    value = f"CASE {said} WHEN 'true' THEN 1.0::DOUBLE WHEN 'false' THEN 0.0::DOUBLE END"
    return Reading(column, "number", value)


def _mostly(connection: duckdb.DuckDBPyConnection, raw: Raw, text: str, fault: str) -> bool:
    """Tell whether so few filled cells are no numbers that the column must be one of numbers."""
    asked = f"SELECT count({text}), count(*) FILTER ({fault}) FROM {quoted(raw.view)}"  # noqa: S608
    filled, odd = connection.execute(asked).fetchall()[0]
    return bool(odd <= _ODD * filled)


def moment_sql(cell: str, kind: str) -> str:
    """Return SQL of a cell as an instant in a session in UTC; null where it is none."""
    if kind.startswith(("DATE", "TIME")):
        return f"{cell}::TIMESTAMPTZ"
    text = f"trim({cell}::VARCHAR)"
    month = f"left({text}, 4) || '-' || right({text}, 2) || '-01'"
    return (
        f"CASE WHEN regexp_full_match({text}, {_MONTH}) THEN TRY_CAST({month} AS TIMESTAMPTZ) "
        f"ELSE TRY_CAST({text} AS TIMESTAMPTZ) END"
    )


def moment_sql_of_row(table: LabelledTable, raw: Raw) -> str:
    """Return SQL of the time of a row in microseconds; null where there is none."""
    if table.time not in raw.cells:
        return "NULL::BIGINT"
    return f"epoch_us({moment_sql(quoted(raw.cells[table.time]), raw.kinds[table.time])})"


def _any(connection: duckdb.DuckDBPyConnection, raw: Raw, fault: str) -> bool:
    asked = f"SELECT count(*) FILTER ({fault}), count(*) FROM {quoted(raw.view)}"  # noqa: S608
    faults, rows = connection.execute(asked).fetchall()[0]
    return bool(faults) or not rows
