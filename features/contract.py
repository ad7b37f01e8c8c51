"""Whether a source keeps the contract of its table: every violation, found in one pass."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches

import duckdb

from features.columns import Reading, read_column
from features.errors import ContractError, Violation
from features.faults import Fault, Part, parts_of, violation
from features.findings import findings
from features.instants import instant, iso
from features.reading import Raw, Source, connected, open_source, unreadable
from features.tables import EventTable, Table
from features.zones import clock


@dataclass(frozen=True)
class Checked:
    """What a source that keeps its contract holds.

    Parameters
    ----------
    rows : int
        Rows.
    first, last : int or None
        UTC microseconds of the first and the last event; None for a static table.
    complete_until : int or None
        Instant up to which labels are mature: the declared one, or else that of the last event.
        Label windows are half-open, so a window that ends there asks for nothing at that instant,
        of which the table may hold a part only. None for attributes, which make no labels.
    """

    rows: int
    first: int | None
    last: int | None
    complete_until: int | None


def check(
    table: Table,
    source: Source,
    *,
    now: int | None = None,
    memory: str = "2GiB",
    folder: str | os.PathLike[str] | None = None,
) -> Checked:
    """Hold a source against the contract of its table.

    Parameters
    ----------
    table : Table
        Contract.
    source : str, path, pandas.DataFrame, polars.DataFrame or pyarrow.Table
        Where the table lies.
    now : int, optional
        Instant after which nothing can have happened, UTC microseconds; the clock when left out.
    memory : str
        Memory limit.
    folder : path, optional
        Where temporary files go.

    Returns
    -------
    Checked

    Raises
    ------
    ContractError
        With every violation: missing columns, types, empty ids and times, times without a zone or
        in mixed zones or in the future, cells that cannot be read, NaN and infinity, too many
        decimals, overflow, duplicates, events known before they happened, no rows.
    StateError
        When there is no such file.

    Examples
    --------
    >>> import pyarrow as pa
    >>> visits = EventTable("visits", customer="id", occurred_at="at")
    >>> check(visits, pa.table({"id": [1], "at": ["2020-01-01T00:00Z"]})).rows
    1
    """
    with connected(memory, folder) as connection:
        return check_raw(connection, table, open_source(connection, table, source, "raw"), now)


def check_raw(
    connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw, now: int | None = None
) -> Checked:
    """Check an opened source; see `check`."""
    moment = clock() if now is None else now
    try:
        result, violations = _inspect(connection, table, raw, moment)
    except duckdb.Error as error:
        raise unreadable(table, raw.label, error) from error
    if violations:
        raise ContractError(table.name, raw.label, violations)
    return result


def readings(table: Table, raw: Raw) -> dict[Part, Reading]:
    """Return how each column that is there is read."""
    return {
        part: read_column(
            table,
            part,
            raw.cells[part.column],
            raw.kinds[part.column],
            texts=raw.is_written(part.column),
        )
        for part in parts_of(table)
        if part.column in raw.cells
    }


def _inspect(
    connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw, now: int
) -> tuple[Checked, list[Violation]]:
    found = readings(table, raw)
    whole = [_missing(part, raw) for part in parts_of(table) if part not in found]
    whole += [
        violation(Fault.WRONG_TYPE, table, part, came=reading.wrong)
        for part, reading in found.items()
        if reading.wrong is not None
    ]
    sound = {part: reading for part, reading in found.items() if reading.wrong is None}
    whole += _promises(table, now)
    if not raw.cells:
        return Checked(0, None, None, None), whole
    facts, violations = findings(connection, table, raw, sound, now)
    if facts["rows"] == 0:
        nothing = Violation(
            "(all)",
            "at least one row",
            "an empty table",
            "check the export; or leave the table out",
        )
        return Checked(0, None, None, None), [*whole, nothing]
    declared = instant(table.complete_until) if table.complete_until else facts.get("last")
    until = declared if isinstance(table, EventTable) else None
    checked = Checked(facts["rows"], facts.get("first"), facts.get("last"), until)
    return checked, whole + violations


def _missing(part: Part, raw: Raw) -> Violation:
    lower = {name.lower(): name for name in raw.there}
    near = [lower[name] for name in get_close_matches(part.column.lower(), lower, n=3)]
    came = f"no such column among {', '.join(raw.there) or 'no columns at all'}"
    remedy = f"is {' or '.join(near)} meant? " if near else ""
    remedy += "name the column in the table's definition as in the source"
    return Violation(part.column, f"a column with {part.role.replace('_', ' ')}", came, remedy)


def _promises(table: Table, now: int) -> list[Violation]:
    until = instant(table.complete_until) if table.complete_until else None
    if until is None or until <= now:
        return []
    expected, remedy = f"an instant up to now, {iso(now)}", "nobody holds events that are to come"
    return [Violation("complete_until", expected, iso(until), remedy)]
