"""Whether a source keeps the contract of its table: every violation, found in one pass."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import duckdb

from features.aside import Aside, require_balance
from features.columns import Reading, read_column
from features.errors import ContractError, Violation
from features.faults import Fault, Part, parts_of, violation
from features.findings import facts_of, findings, times_of
from features.instants import instant, iso
from features.reading import Raw, Source, connected, open_source, unreadable
from features.sieve import Sieve, sift
from features.tables import EventTable, Table, is_register
from features.zones import clock


@dataclass(frozen=True)
class Checked:
    """What a source that keeps its contract holds.

    Parameters
    ----------
    rows : int
        Rows that are used, those of erased customers among them when a table is checked alone.
    first, last : int or None
        UTC microseconds of the first and the last event; None for a static table.
    complete_until : int or None
        Instant up to which labels are mature: the declared one, or else that of the last event.
        Label windows are half-open, so a window that ends there asks for nothing at that instant,
        of which the table may hold a part only. None for attributes, which make no labels.
    aside : Aside or None
        What was set aside; None when nothing may be.
    erased : int
        Rows of customers who asked to be forgotten; they are not used.
    """

    rows: int
    first: int | None
    last: int | None
    complete_until: int | None
    aside: Aside | None = None
    erased: int = 0


def check(
    table: Table,
    source: Source,
    *,
    now: int | None = None,
    memory: str = "2GiB",
    folder: str | os.PathLike[str] | None = None,
    quarantine: bool = False,
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
    quarantine : bool
        Set aside rows that break the contract by themselves, instead of refusing the table.

    Returns
    -------
    Checked

    Raises
    ------
    ContractError
        With every violation: missing columns, types, empty ids and times, times without a zone or
        in mixed zones or in the future, cells that cannot be read, NaN and infinity, too many
        decimals, overflow, duplicates, events known before they happened, no rows. With
        ``quarantine``, of what concerns a whole column or leaves no row.
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
        raw = open_source(connection, table, source, "raw")
        if quarantine:
            return sound_raw(connection, table, raw, now)[1]
        return check_raw(connection, table, raw, now)


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


def sound_raw(
    connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw, now: int | None = None
) -> tuple[Sieve, Checked]:
    """Set aside the rows of an opened source that break the contract by themselves.

    Raises
    ------
    ContractError
        When a column is missing, of a wrong type or written with several offsets, or no row is
        left; in the last case with every violation.
    StateError
        When the source changes while it is read.
    """
    moment = clock() if now is None else now
    found, whole = _columns(table, raw, moment)
    if whole:
        raise ContractError(table.name, raw.label, whole)
    try:
        sieve = sift(connection, table, raw, found, moment)
        if not sieve.aside.used and not is_register(table):
            check_raw(connection, table, raw, moment)
        facts = facts_of(connection, sieve.sound, found, times_of(found), [], moment)
    except duckdb.Error as error:
        raise unreadable(table, raw.label, error) from error
    require_balance(sieve.aside, facts["rows"])
    return sieve, _checked(table, facts, sieve.aside)


def without_erased(
    table: Table, checked: Checked, rows: int, first: int | None, last: int | None
) -> Checked:
    """Take rows of erased customers out of what a source holds.

    Parameters
    ----------
    table : Table
        Contract.
    checked : Checked
        Of all rows.
    rows : int
        Rows of erased customers.
    first, last : int or None
        The first and last event of the others.
    """
    if not rows:
        return checked
    aside = None if checked.aside is None else replace(checked.aside, erased=rows)
    facts = {"rows": checked.rows - rows, "first": first, "last": last}
    return replace(_checked(table, facts, aside), erased=rows)


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
    sound, whole = _columns(table, raw, now)
    if not raw.cells:
        return Checked(0, None, None, None), whole
    facts, violations = findings(connection, table, raw, sound, now)
    # A register may be empty: nobody has asked yet.
    if facts["rows"] == 0 and not is_register(table):
        nothing = Violation(
            "(all)",
            "at least one row",
            "an empty table",
            "check the export; or leave the table out",
        )
        return Checked(0, None, None, None), [*whole, nothing]
    return _checked(table, facts), whole + violations


def _columns(table: Table, raw: Raw, now: int) -> tuple[dict[Part, Reading], list[Violation]]:
    found = readings(table, raw)
    whole = [_missing(part, raw) for part in parts_of(table) if part not in found]
    whole += [
        violation(Fault.WRONG_TYPE, table, part, came=reading.wrong)
        for part, reading in found.items()
        if reading.wrong is not None
    ]
    sound = {part: reading for part, reading in found.items() if reading.wrong is None}
    return sound, whole + _promises(table, now)


def _checked(table: Table, facts: Mapping[str, Any], aside: Aside | None = None) -> Checked:
    declared = instant(table.complete_until) if table.complete_until else facts.get("last")
    until = declared if isinstance(table, EventTable) else None
    return Checked(facts["rows"], facts.get("first"), facts.get("last"), until, aside)


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
