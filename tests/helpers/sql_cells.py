"""Many cells at once through the SQL rules, one answer for each."""

from __future__ import annotations

from typing import Any

from features.columns import staged
from features.connection import connected
from features.contract import readings
from features.faults import Fault, Part
from features.reading import Source, open_source
from features.tables import Table


def read_in_sql(table: Table, part: Part, source: Source) -> list[tuple[Any, set[Fault]]]:
    """Read one column of a source: for each row its value, None where at fault, and its faults."""
    with connected() as connection:
        raw = open_source(connection, table, source, "raw")
        reading = readings(table, raw)[part]
        assert reading.wrong is None
        names = [*reading.faults]
        tests = [f"({reading.faults[name]})" for name in names]
        none = " OR ".join(tests) or "FALSE"
        query = f"SELECT CASE WHEN {none} THEN NULL ELSE {reading.value} END"
        query += "".join(f", {test}" for test in tests)
        rows = connection.execute(f"{query} FROM {staged(raw.view, [reading])}").fetchall()
    return [
        (row[0], {name for name, holds in zip(names, row[1:], strict=True) if holds})
        for row in rows
    ]


def expected_of(read: Any) -> tuple[Any, set[Fault]]:
    """Put what a rule of `features.cells` answers as `read_in_sql` would."""
    return (None, {read}) if isinstance(read, Fault) else (read, set())
