"""Tables of any size on one machine: DuckDB reads, partitions and sorts them."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Final

import duckdb

from features.aside import Receiver
from features.carriers.ahead import ahead
from features.carriers.rows import id_kind, id_type, require_sources, rows_of
from features.carriers.scattered import scattered
from features.carriers.sorting import sorted_partitions
from features.connection import connected
from features.contract import Checked, check_raw, sound_raw
from features.errors import DefinitionError
from features.reading import Raw, Source, open_sources
from features.segments import Partition
from features.tables import Table
from features.versions import version_rows

ROWS_A_PART: Final = 1_250_000
"""Rows, of all tables together, that one part is meant to hold."""

MOST_HELD: Final = 2**29
"""Bytes of rows that are held at once; more are scattered to files by customer first."""


def partitions(
    tables: Sequence[Table],
    sources: Mapping[str, Source],
    *,
    parts: int | None = None,
    memory: str = "2GiB",
    columns: Mapping[str, set[str]] | None = None,
    checked: bool = False,
    now: int | None = None,
    folder: str | os.PathLike[str] | None = None,
    quarantine: Receiver | None = None,
    report: Callable[[str, Checked], object] | None = None,
) -> Iterator[Partition]:
    """Read tables as sorted partitions of customers.

    Parameters
    ----------
    tables : sequence of Table
        Contracts.
    sources : mapping of str to Source
        Where each table lies, by its name.
    parts : int, optional
        Most partitions to make; left out, about a million rows each. Empty ones are left out.
    memory : str
        Memory limit of DuckDB. What does not fit goes to temporary files.
    columns : mapping of str to set of str, optional
        Measures and categories to bring, by table; a table that is left out brings all. The order
        of events that happened together does not depend on it.
    checked : bool
        The sources are known to keep their contracts; do not check again.
    now : int, optional
        Instant after which nothing can have happened, UTC microseconds; the clock when left out.
    folder : path, optional
        Where temporary files go. They are removed at the end, also after an error.
    quarantine : callable, optional
        Set aside rows that break a contract by themselves, and tell it for every table how many
        and why; ``checked`` says nothing then. Left out, such a row refuses its table.
    report : callable, optional
        Told the name of each table and what it holds, when it has been checked and before any
        partition. What is reported and what is yielded are of one reading of the sources.

    Yields
    ------
    Partition
        Customers ascending; a customer is in one partition only. Events are sorted by customer,
        ``occurred_at``, ``known_at`` and then all other columns, so that rows that came in any
        order make the same arrays.

    Raises
    ------
    ContractError
        When a source breaks the contract of its table.
    DefinitionError
        When a table has no source, or customer ids of the tables are of two kinds.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from features.tables import EventTable
    >>> visits = EventTable("visits", customer="id", occurred_at="at", timezone="UTC")
    >>> source = pa.table({"id": [2, 1, 2], "at": ["2020-01-03", "2020-01-02", "2020-01-01"]})
    >>> [part.customers.tolist() for part in partitions([visits], {"visits": source})]
    [[1, 2]]
    """
    require_sources(tables, sources, columns or {})
    if parts is not None and parts < 1:
        raise DefinitionError("reading of tables", [f"parts must be 1 or more, got {parts}"])
    found = _partitions(
        tables,
        sources,
        parts=parts,
        memory=memory,
        columns=columns or {},
        checked=checked,
        now=now,
        folder=folder,
        quarantine=quarantine,
        report=report,
    )
    # A single part has none to be made ahead of it.
    yield from found if parts == 1 else ahead(found)


def load(
    tables: Sequence[Table],
    sources: Mapping[str, Source],
    *,
    memory: str = "2GiB",
    columns: Mapping[str, set[str]] | None = None,
    checked: bool = False,
    now: int | None = None,
    quarantine: Receiver | None = None,
) -> Partition:
    """Read tables as one partition; see `partitions`."""
    return next(
        partitions(
            tables,
            sources,
            parts=1,
            memory=memory,
            columns=columns,
            checked=checked,
            now=now,
            quarantine=quarantine,
        )
    )


def _partitions(
    tables: Sequence[Table],
    sources: Mapping[str, Source],
    *,
    parts: int | None,
    memory: str,
    columns: Mapping[str, set[str]],
    checked: bool,
    now: int | None,
    folder: str | os.PathLike[str] | None,
    quarantine: Receiver | None,
    report: Callable[[str, Checked], object] | None,
) -> Generator[Partition]:
    with ExitStack() as stack:
        connection = stack.enter_context(connected(memory, folder))
        raws = open_sources(connection, tables, sources)
        told = report or (lambda name, found: None)
        if quarantine is not None:
            sieves = [
                sound_raw(connection, table, raw, now)
                for table, raw in zip(tables, raws, strict=True)
            ]
            for table, (sieve, found) in zip(tables, sieves, strict=True):
                quarantine(sieve.aside)
                told(table.name, found)
            raws = [sieve.sound for sieve, _ in sieves]
        elif not checked:
            for table, raw in zip(tables, raws, strict=True):
                told(table.name, check_raw(connection, table, raw, now))
        kinds = [id_kind(connection, table, raw) for table, raw in zip(tables, raws, strict=True)]
        ids = id_type(tables, kinds)
        reads = [
            version_rows(connection, table, raw, ids)
            if table.versions
            else rows_of(table, raw, ids)
            for table, raw in zip(tables, raws, strict=True)
        ]
        rows, size = _sizes(connection, tables, raws)
        many = parts or max(1, math.ceil(rows / ROWS_A_PART))
        places = min(many, math.ceil(size / MOST_HELD))
        if places > 1:
            for scatter in scattered(connection, reads, places):
                yield from sorted_partitions(
                    connection, tables, scatter, columns, -(-many // places)
                )
            return
        for place, (table, raw) in enumerate(zip(tables, raws, strict=True)):
            # What was sifted, what has versions and what must be parsed is not gone through twice.
            if quarantine is not None or table.versions or raw.texts:
                reads[place] = _stored(connection, reads[place], place)
        yield from sorted_partitions(connection, tables, reads, columns, many)


def _sizes(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], raws: Sequence[Raw]
) -> tuple[int, int]:
    """Return the rows of all tables, and about how many bytes they take in memory."""
    rows = size = 0
    for table, raw in zip(tables, raws, strict=True):
        [[count]] = connection.execute(f"SELECT count(*) FROM {raw.view}").fetchall()
        rows += count
        # Times and measures take eight bytes, codes and positions of customers four.
        size += count * (20 + 8 * len(table.measures) + 4 * len(table.categories))
    return rows, size


def _stored(connection: duckdb.DuckDBPyConnection, read: str, place: int) -> str:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE stored_{place} AS {read}")
    return f"SELECT * FROM stored_{place}"
