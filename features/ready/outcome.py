"""The label of a ready-made table as a yes or a no."""

from __future__ import annotations

from typing import Final

import duckdb

from features.connection import literal, quoted
from features.errors import Violation
from features.reading import Raw
from features.ready.table import LabelledTable

_SHOWN: Final = 5
_PLAIN: Final = ({"true", "false"}, {"1", "0"}, {"1.0", "0.0"})


def outcome_sql(
    connection: duckdb.DuckDBPyConnection, table: LabelledTable, raw: Raw
) -> tuple[str, list[Violation]]:
    """Return SQL of the label as true or false, and what is wrong with it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the view.
    table : LabelledTable
        Names the label and what is a yes.
    raw : Raw
        The opened source.

    Returns
    -------
    str
        Right only where nothing is wrong.
    list of Violation
        Absent outcomes, more or fewer than two values, or a yes that is none of them.
    """
    column, cell = table.label, f"{quoted(raw.cells[table.label])}::VARCHAR"
    asked = (
        f"SELECT nullif(trim({cell}), '') AS value, count(*) AS rows "  # noqa: S608
        f"FROM {quoted(raw.view)} GROUP BY value ORDER BY rows DESC, value"
    )
    counts = dict(connection.execute(asked).fetchall())
    absent = counts.pop(None, 0) + counts.pop("nan", 0)
    faults = []
    if absent:
        came = f"{absent:,} that have none"
        remedy = "leave out rows whose outcome is not known yet; they are never taken for a no"
        faults.append(Violation(column, "an outcome in every row", came, remedy))
    if not counts:
        return "FALSE", faults
    shown = ", ".join(f"{value} ({rows:,} rows)" for value, rows in [*counts.items()][:_SHOWN])
    shown += f" and {len(counts) - _SHOWN:,} more" if len(counts) > _SHOWN else ""
    if len(counts) != 2:
        remedy = (
            "a model needs rows of both outcomes; bring those of the other one too"
            if len(counts) == 1
            else "make the outcome a yes or a no in the table, one label for each question"
        )
        faults.append(Violation(column, "two values", shown, remedy))
        return "FALSE", faults
    yes = _yes(table, set(counts))
    if yes is None:
        if table.positive is None:
            first = min(counts, key=counts.__getitem__)
            expected, remedy = "true and false, or 1 and 0", f"say positive={first!r} or the other"
        else:
            expected = f"the value {table.positive!r} that is declared positive"
            remedy = "declare one of the two"
        faults.append(Violation(column, expected, shown, remedy))
        return "FALSE", faults
    return f"trim({cell}) = {literal(yes)}", faults


def _yes(table: LabelledTable, values: set[str]) -> str | None:
    lower = {each.lower(): each for each in values}
    if table.positive is None:
        return lower[max(lower)] if set(lower) in _PLAIN else None
    wanted = str(table.positive)
    if isinstance(table.positive, bool):
        # However it is written: pandas writes True.
        return lower.get(wanted.lower())
    # A whole number may stand in a column of fractions.
    return next((each for each in (wanted, f"{wanted}.0") if each in values), None)
