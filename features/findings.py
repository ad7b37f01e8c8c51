"""What a source holds against its contract: counted in one pass, examples fetched after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import duckdb

from features.columns import Reading, staged
from features.errors import Violation
from features.faults import Fault, Part, offset_text, shown, violation
from features.instants import iso
from features.knots import knots, self_links
from features.reading import Raw
from features.tables import EventTable, Table

_EXAMPLES: Final = 3
TIMES: Final = ("occurred_at", "known_at")
"""Roles of the two clocks."""

EARLY: Final = "coalesce(known_at < occurred_at, FALSE)"
"""SQL predicate of a row that was known before it happened."""


def findings(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    raw: Raw,
    sound: Mapping[Part, Reading],
    now: int,
) -> tuple[dict[str, Any], list[Violation]]:
    """Count the faults of all columns in one pass, and fetch examples of those that are there.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the source is open.
    table : Table
        Contract.
    raw : Raw
        The source.
    sound : mapping of Part to Reading
        Columns that can be read.
    now : int
        Instant after which nothing can have happened, UTC microseconds.

    Returns
    -------
    dict
        ``rows``, and ``first`` and ``last`` where the table has times.
    list of Violation
        In the order of the columns; times against each other come last.
    """
    times = times_of(sound)
    tests = [
        RowTest(fault, part, predicate)
        for part, reading in sound.items()
        for fault, predicate in reading.faults.items()
    ]
    tests += [
        RowTest(Fault.SELF_LINK, part, predicate)
        for part, predicate in self_links(table, sound).items()
    ]
    facts = facts_of(connection, raw, sound, times, tests, now)
    faulty = [test for place, test in enumerate(tests) if facts[f"t{place}"]]
    zones = [test for role in times if (test := _zones(table, facts, times[role], sound))]
    faulty += zones
    unzoned = {test.part for test in zones}
    for role, part in times.items():
        if facts[f"future_{role}"] and part not in unzoned and is_due(table, role):
            late = f"coalesce({role} > {now}, FALSE)"
            faulty.append(RowTest(Fault.FUTURE, part, late, iso(now)))
    if facts.get("early") and not unzoned and isinstance(table, EventTable):
        faulty.append(RowTest(Fault.KNOWN_EARLY, times["known_at"], EARLY))
    found = [example(connection, table, raw, sound, times, test) for test in faulty]
    found += _duplicates(connection, table, raw, sound)
    return facts, found + _knots(connection, table, raw, sound)


def times_of(readings: Iterable[Part]) -> dict[str, Part]:
    """Return the columns of the two clocks by their roles."""
    return {part.role: part for part in readings if part.role in TIMES}


class RowTest(NamedTuple):
    """A fault of a column, and the SQL predicate of the rows that have it."""

    fault: Fault
    part: Part
    predicate: str
    came: str = ""


def is_due(table: Table, role: str) -> bool:
    """Tell whether times of a role cannot lie ahead."""
    # A change of an attribute may be known today and take effect later.
    return isinstance(table, EventTable) or role == "known_at" or table.known_at is None


def facts_of(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    sound: Mapping[Part, Reading],
    times: Mapping[str, Part],
    tests: Sequence[RowTest],
    now: int,
) -> dict[str, Any]:
    """Count, in one pass, rows, faults, zones and times that lie ahead."""
    wanted = {"rows": "count(*)"}
    wanted |= {f"t{place}": f"count_if({test.predicate})" for place, test in enumerate(tests)}
    for role, part in times.items():
        wanted[f"future_{role}"] = f"count_if({role} > {now})"
        wanted[f"naive_{role}"] = f"count_if({sound[part].naive})"
        if (offset := sound[part].offset) is not None:
            wanted[f"zoned_{role}"] = f"count({offset})"
            wanted[f"low_{role}"] = f"min({offset})"
            wanted[f"high_{role}"] = f"max({offset})"
    if "occurred_at" in times:
        wanted |= {"first": "min(occurred_at)", "last": "max(occurred_at)"}
    if len(times) == len(TIMES):
        wanted["early"] = f"count_if({EARLY})"
    columns = ", ".join(wanted.values())
    query = f"SELECT {columns} FROM ({timed(raw.view, sound, times)})"  # noqa: S608  generated names
    return dict(zip(wanted, connection.execute(query).fetchall()[0], strict=True))


def timed(view: str, sound: Mapping[Part, Reading], times: Mapping[str, Part]) -> str:
    """Return a query of a view with its times as instants, named by their roles."""
    values = "".join(f", {sound[part].value} AS {role}" for role, part in times.items())
    relation = staged(view, [sound[part] for part in times.values()])
    return f"SELECT *{values} FROM {relation}"  # noqa: S608  generated names


def mixed_zones(facts: Mapping[str, Any], part: Part, reading: Reading) -> RowTest | None:
    """Return the fault of a column in which some times carry a zone; its rows are the fewer."""
    naive, zoned = facts[f"naive_{part.role}"], facts.get(f"zoned_{part.role}", 0)
    if not (naive and zoned):
        return None
    came = f"{zoned:,} with a zone and {naive:,} without"
    fewer = reading.naive if naive <= zoned else f"({reading.offset}) IS NOT NULL"
    return RowTest(Fault.MIXED_ZONES, part, fewer, came)


def _zones(
    table: Table, facts: Mapping[str, Any], part: Part, sound: Mapping[Part, Reading]
) -> RowTest | None:
    reading = sound[part]
    if mixed := mixed_zones(facts, part, reading):
        return mixed
    if table.timezone is not None:
        return None
    if facts[f"naive_{part.role}"]:
        return RowTest(Fault.NAIVE, part, reading.naive)
    return mixed_offsets(facts, part, reading)


def mixed_offsets(facts: Mapping[str, Any], part: Part, reading: Reading) -> RowTest | None:
    """Return the fault of a column whose times are written with several offsets from UTC."""
    low, high = facts.get(f"low_{part.role}"), facts.get(f"high_{part.role}")
    if low is None or high is None or low == high:
        return None
    came = f"offsets from {offset_text(low)} to {offset_text(high)}"
    return RowTest(Fault.MIXED_OFFSETS, part, f"coalesce(({reading.offset}) > {low}, FALSE)", came)


def example(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    raw: Raw,
    sound: Mapping[Part, Reading],
    times: Mapping[str, Part],
    test: RowTest,
) -> Violation:
    """Put the fault of a test into words, with the rows that have it."""
    source = f"({timed(raw.view, sound, times)})"
    count, examples = _rows(connection, raw, source, test.part, test.predicate)
    return violation(test.fault, table, test.part, count, examples, test.came)


def _duplicates(
    connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw, sound: Mapping[Part, Reading]
) -> list[Violation]:
    role = "event_id" if isinstance(table, EventTable) else "customer"
    part = next((each for each in sound if each.role == role), None)
    if part is None or table.event_id is None:
        return []
    times = times_of(sound)
    if table.versions and "known_at" not in times:
        return []
    rows = f"({timed(raw.view, sound, times)})"
    # Versions of one event differ in when they became known.
    key = f"({sound[part].value}, known_at)" if table.versions else sound[part].value
    filled = f"({sound[part].value}) IS NOT NULL"
    query = (
        f"SELECT count(*) FROM (SELECT {key} AS key FROM {rows} WHERE {filled} "  # noqa: S608
        "GROUP BY ALL HAVING count(*) > 1)"
    )
    if not connection.execute(query).fetchall()[0][0]:
        return []
    source = (
        f"(SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY n) AS copy "  # noqa: S608
        f"FROM (SELECT *, row_number() OVER () AS n FROM {rows}))"
    )
    predicate = f"copy > 1 AND {filled}"
    count, examples = _rows(connection, raw, source, part, predicate, number="n")
    return [violation(Fault.DUPLICATE, table, part, count, examples)]


def _knots(
    connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw, sound: Mapping[Part, Reading]
) -> list[Violation]:
    numbered = f"(SELECT *, row_number() OVER () AS n FROM {raw.view})"  # noqa: S608
    rows = f"({timed(numbered, sound, times_of(sound))})"
    made = []
    for (fault, part), wrong in knots(connection, table, rows, sound).items():
        listed = f"n IN ({', '.join(map(str, wrong))})"
        count, examples = _rows(connection, raw, rows, part, listed, number="n")
        made.append(violation(fault, table, part, count, examples))
    return made


def _rows(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    source: str,
    part: Part,
    predicate: str,
    number: str = "row_number() OVER ()",
) -> tuple[int, list[tuple[int, str]]]:
    cell = raw.cells[part.column]
    row = "row - min(row) OVER (PARTITION BY file) + 1" if raw.file else "row"
    file = "file" if raw.file else "NULL"
    query = (
        f"SELECT *, count(*) OVER () FROM (SELECT {row}, {file}, {cell}::VARCHAR, "  # noqa: S608
        f"({predicate}) AS bad FROM (SELECT *, {number} AS row FROM {source})) "
        f"WHERE bad ORDER BY 2, 1 LIMIT {_EXAMPLES}"
    )
    rows = connection.execute(query).fetchall()
    text = raw.kinds[part.column] == "VARCHAR"
    examples = [(int(row[0]), _cell(row[2], row[1], text)) for row in rows]
    return (int(rows[0][-1]) if rows else 0), examples


def _cell(value: str | None, file: str | None, text: bool) -> str:
    cell = shown(value) if text or value is None else value
    return f"{cell} in {file}" if file else cell
