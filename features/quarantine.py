"""A folder with every row that was set aside, what is wrong with it, and the counts."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import duckdb

from features.aside import Aside, words
from features.carriers.forgotten import forgotten
from features.connection import connected, literal
from features.contract import Checked, sound_raw
from features.faults import parts_of, violation
from features.instants import iso
from features.reading import Source, open_sources
from features.tables import Table
from features.whole import whole_folder
from features.zones import clock

LINES: Final = "quarantine.parquet"
COUNTS: Final = "counts.csv"
SUMMARY: Final = "quarantine.json"

_CAME: Final = "the time of the check"
_HEAD: Final = ("table", "column", "reason", "rows", "expected", "remedy")


def write_quarantine(
    tables: Sequence[Table],
    sources: Mapping[str, Source],
    folder: str | os.PathLike[str],
    *,
    now: int | None = None,
    memory: str = "2GiB",
) -> dict[str, Checked]:
    """Check tables and write what must be set aside to a folder, whole or not at all.

    Parameters
    ----------
    tables : sequence of Table
        Contracts.
    sources : mapping of str to Source
        Where each table lies, by its name.
    folder : path
        Free name. It will hold ``quarantine.parquet`` (``table``, ``file`` where a source has
        several, ``row`` from 1, ``column``, ``reason``, ``value`` as text, cut at 200 characters;
        one line for each fault of a row; ``value`` is empty in rows of erased customers),
        ``counts.csv`` (rows by table, column and reason) and ``quarantine.json`` (by table: rows
        in, used, set aside, and sound ones of erased customers).
    now : int, optional
        Instant after which nothing can have happened, UTC microseconds; the clock when left out.
    memory : str
        Memory limit.

    Returns
    -------
    dict of str to Checked
        By table.

    Raises
    ------
    ContractError
        When a fault concerns a whole column of a table, or none of its rows is left.
    StateError
        When the folder exists.

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow as pa
    >>> from features.tables import EventTable
    >>> visits = EventTable("visits", customer="id", occurred_at="at")
    >>> source = pa.table({"id": [1, 2], "at": ["2020-01-01T00:00Z", "soon"]})
    >>> with tempfile.TemporaryDirectory() as room:
    ...     found = write_quarantine([visits], {"visits": source}, Path(room) / "aside")
    >>> print(found["visits"].aside)
    visits: 1 of 2 rows set aside (at: not a time 1)
    """
    moment = clock() if now is None else now
    with ExitStack() as stack:
        partial = stack.enter_context(whole_folder(Path(folder)))
        connection = stack.enter_context(connected(memory))
        raws = open_sources(connection, tables, sources)
        held = [
            sound_raw(connection, table, raw, moment)
            for table, raw in zip(tables, raws, strict=True)
        ]
        gone = forgotten(connection, tables, [sieve.sound for sieve, _ in held])
        found = {}
        for table, raw, (sieve, checked) in zip(tables, raws, held, strict=True):
            gone.hide(table, raw, sieve.faulty)
            found[table.name] = gone.without(table, sieve.sound, checked)
        asides = {name: each.aside for name, each in found.items() if each.aside is not None}
        _write_lines(connection, [sieve.lines for sieve, _ in held], partial / LINES)
        _write_counts(tables, asides, partial / COUNTS)
        told = {
            "as_of": iso(moment),
            "tables": {name: aside.to_json() for name, aside in asides.items()},
        }
        (partial / SUMMARY).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return found


def _write_lines(connection: duckdb.DuckDBPyConnection, lines: Sequence[str], path: Path) -> None:
    every = " UNION ALL ".join(f"({each})" for each in lines)
    connection.execute(
        f"COPY (SELECT * EXCLUDE (place) FROM ({every}) "  # noqa: S608  generated names
        f'ORDER BY "table", file, row, place) TO {literal(str(path))} (FORMAT parquet)'
    )


def _write_counts(tables: Sequence[Table], asides: Mapping[str, Aside], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(_HEAD)
        for table in tables:
            parts = {part.column: part for part in parts_of(table)}
            for each in asides[table.name].reasons:
                told = violation(each.fault, table, parts[each.column], came=_CAME)
                name = words(each.fault)
                cells = (table.name, each.column, name, each.rows, told.expected, told.remedy)
                rows.writerow(cells)
