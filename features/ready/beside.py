"""Columns that no model reads, and rows are judged by: they are left out, and read all the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import duckdb

from features.errors import Violation
from features.reading import Raw
from features.ready.kinds import Reading, reading
from features.ready.table import LabelledTable

REMEDY: Final = "mend the cells, cast the column, or do not name it in [judging] of train.toml"


def left_out(table: LabelledTable, names: Iterable[str]) -> list[str]:
    """Return those of some names that are columns left out of the model.

    Parameters
    ----------
    table : LabelledTable
        What is declared.
    names : iterable of str
        What rows are judged by.

    Examples
    --------
    >>> calls = LabelledTable("calls", "y", time="at", leave_out=["sex", "duration"])
    >>> left_out(calls, ["sex", "age"])
    ['sex']
    """
    return [name for name in dict.fromkeys(names) if name in table.leave_out]


def readings(
    connection: duckdb.DuckDBPyConnection,
    table: LabelledTable,
    raw: Raw,
    columns: Sequence[str],
) -> tuple[list[Reading], list[Violation]]:
    """Say how columns that are left out are read, and name those that nobody can be judged by.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the view.
    table : LabelledTable
        What is declared.
    raw : Raw
        The opened source.
    columns : sequence of str
        From `left_out`.
    """
    found: list[Reading] = []
    faults = []
    for column in columns:
        if column not in raw.cells:
            came = f"no such column among {', '.join(raw.there)}"
            faults.append(Violation(column, "a column to judge by", came, REMEDY))
            continue
        each = reading(connection, table, raw, column)
        if isinstance(each, Violation):
            faults.append(replace(each, remedy=REMEDY))
        else:
            found.append(each)
    return found, faults
