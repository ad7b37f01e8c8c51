"""Which rows of a source break its contract by themselves, and the rows that do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import duckdb

from features.aside import Aside, Reason, words
from features.columns import Reading
from features.connection import literal, quoted
from features.errors import ContractError
from features.faults import Fault, Part
from features.findings import (
    EARLY,
    TIMES,
    RowTest,
    example,
    facts_of,
    is_due,
    mixed_offsets,
    mixed_zones,
    timed,
    times_of,
)
from features.knots import knots, self_links
from features.reading import Raw
from features.tables import EventTable, Table
from features.twins import twins_of

_LONGEST_CELL: Final = 200


@dataclass(frozen=True)
class Sieve:
    """A source without the rows that break its contract by themselves.

    Parameters
    ----------
    sound : Raw
        The source, its view without those rows.
    aside : Aside
        How many rows were set aside, and why.
    lines : str
        Query of what was set aside: ``table``, ``file`` (null when there is one), ``row`` from 1,
        ``column``, ``reason``, ``value`` as text; a line for each fault of a row.
    faulty : str
        Temporary table that the query reads: number of the row ``n``, ``place``, ``cell``.
    """

    sound: Raw
    aside: Aside
    lines: str
    faulty: str


def sift(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    raw: Raw,
    readings: Mapping[Part, Reading],
    now: int,
) -> Sieve:
    """Part the rows of a source into sound ones and others.

    Of rows with one event id (of a static table: with one customer) the one that was known first
    stays; then the one that happened first, then the one whose columns come first by name and
    value. So what stays hangs on what the rows hold and not on their order.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the source is open.
    table : Table
        Contract.
    raw : Raw
        The source.
    readings : mapping of Part to Reading
        How every column of the contract is read.
    now : int
        Instant after which nothing can have happened, UTC microseconds.

    Raises
    ------
    ContractError
        When the times of a column are written with several offsets from UTC: no row is to blame.
    """
    times = times_of(readings)
    facts = facts_of(connection, raw, readings, times, [], now)
    if blameless := _offsets(table, facts, readings, times):
        found = [example(connection, table, raw, readings, times, each) for each in blameless]
        raise ContractError(table.name, raw.label, found)
    tests = row_tests(table, facts, readings, times, now)
    aside, sound = quoted(f"{raw.view}_aside"), f"{raw.view}_sound"
    numbered = f"(SELECT *, row_number() OVER () AS n FROM {quoted(raw.view)})"  # noqa: S608
    faulty = _faulty(raw, timed(numbered, readings, times), tests)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {aside} AS {faulty}")
    kept = f"(SELECT * FROM {numbered} ANTI JOIN {aside} USING (n))"  # noqa: S608
    twins = twins_of(table, raw, readings)
    if twins is not None:
        copies = twins.copies(connection, timed(kept, readings, times))
        cell = _cell(raw, twins.part)
        connection.execute(f"INSERT INTO {aside} SELECT n, {len(tests)}, {cell} FROM ({copies})")  # noqa: S608
        tests.append(RowTest(Fault.DUPLICATE, twins.part, "FALSE"))
    left = f"(SELECT * FROM {numbered} ANTI JOIN {aside} USING (n))"  # noqa: S608
    wrong = knots(connection, table, f"({timed(left, readings, times)})", readings)
    for (fault, part), rows_at_fault in wrong.items():
        listed = ", ".join(map(str, rows_at_fault))
        connection.execute(
            f"INSERT INTO {aside} SELECT n, {len(tests)}, {_cell(raw, part)} FROM {numbered} "  # noqa: S608
            f"WHERE n IN ({listed})"
        )
        tests.append(RowTest(fault, part, "FALSE"))
    rows, counts = _counts(connection, aside)
    reasons = [
        Reason(tests[place].part.column, tests[place].fault, count) for place, count in counts
    ]
    cells = ", ".join([*raw.cells.values(), *([raw.file] if raw.file else [])])
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {quoted(sound)} AS SELECT {cells} FROM {kept}"  # noqa: S608
    )
    return Sieve(
        replace(raw, view=sound) if rows else raw,
        Aside(table.name, raw.label, int(facts["rows"]), rows, tuple(reasons)),
        _lines(table, raw, aside, tests),
        aside,
    )


def row_tests(
    table: Table,
    facts: Mapping[str, Any],
    readings: Mapping[Part, Reading],
    times: Mapping[str, Part],
    now: int,
) -> list[RowTest]:
    """Return what is asked of each row.

    A time without a zone is at fault when no zone is declared, and else where most times of its
    column have one, or the other way round. Such a time is compared with nothing.
    """
    tests = [
        RowTest(fault, part, predicate)
        for part, reading in readings.items()
        for fault, predicate in reading.faults.items()
    ]
    tests += [
        RowTest(Fault.SELF_LINK, part, predicate)
        for part, predicate in self_links(table, readings).items()
    ]
    unclear = {}
    for role, part in times.items():
        zones = _zones(table, facts, part, readings[part])
        tests += [zones] if zones else []
        unclear[role] = zones.predicate if zones else "FALSE"
        if facts[f"future_{role}"] and is_due(table, role):
            late = f"coalesce({role} > {now}, FALSE) AND NOT ({unclear[role]})"
            tests.append(RowTest(Fault.FUTURE, part, late))
    if len(times) == len(TIMES) and isinstance(table, EventTable):
        early = f"{EARLY} AND NOT ({' OR '.join(unclear.values())})"
        tests.append(RowTest(Fault.KNOWN_EARLY, times["known_at"], early))
    return tests


def _offsets(
    table: Table,
    facts: Mapping[str, Any],
    readings: Mapping[Part, Reading],
    times: Mapping[str, Part],
) -> list[RowTest]:
    if table.timezone is not None:
        return []
    found = (mixed_offsets(facts, part, readings[part]) for part in times.values())
    return [test for test in found if test is not None]


def _zones(table: Table, facts: Mapping[str, Any], part: Part, reading: Reading) -> RowTest | None:
    if table.timezone is not None:
        return mixed_zones(facts, part, reading)
    return RowTest(Fault.NAIVE, part, reading.naive) if facts[f"naive_{part.role}"] else None


def _faulty(raw: Raw, rows: str, tests: Sequence[RowTest]) -> str:
    found = ", ".join(
        f"CASE WHEN {test.predicate} THEN {{'place': {place}, 'cell': {_cell(raw, test.part)}}} END"
        for place, test in enumerate(tests)
    )
    listed = f"list_filter([{found}], lambda each: each IS NOT NULL)"
    lines = f"SELECT n, unnest({listed}) AS line FROM ({rows})"  # noqa: S608  generated names
    return f"SELECT n, line.place AS place, line.cell AS cell FROM ({lines})"  # noqa: S608


def _cell(raw: Raw, part: Part) -> str:
    return f"left({raw.cells[part.column]}::VARCHAR, {_LONGEST_CELL})"


def _counts(connection: duckdb.DuckDBPyConnection, aside: str) -> tuple[int, list[tuple[int, int]]]:
    rows = connection.execute(f"SELECT count(DISTINCT n) FROM {aside}").fetchall()[0][0]  # noqa: S608
    query = f"SELECT place, count(*) FROM {aside} GROUP BY place ORDER BY place"  # noqa: S608
    return int(rows), connection.execute(query).fetchall()


def _lines(table: Table, raw: Raw, aside: str, tests: Sequence[RowTest]) -> str:
    told = ", ".join(
        f"{{'column': {literal(test.part.column)}, 'reason': {literal(words(test.fault))}}}"
        for test in tests
    )
    file, start, starts = "NULL::VARCHAR", "0", ""
    if raw.file is not None:
        file, start = "parse_filename(file)", "start"
        starts = (
            f"JOIN (SELECT {raw.file} AS file, min(n) - 1 AS start, max(n) AS stop FROM "  # noqa: S608
            f"(SELECT {raw.file}, row_number() OVER () AS n FROM {quoted(raw.view)}) "
            "GROUP BY ALL) ON n BETWEEN start + 1 AND stop"
        )
    return (
        f'SELECT {literal(table.name)} AS "table", {file} AS file, n - {start} AS row, '  # noqa: S608
        f'unnest([{told}][place + 1]), cell AS "value", place FROM {aside} {starts}'
    )
