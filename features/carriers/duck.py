"""Tables of any size on one machine: DuckDB reads, partitions and sorts them."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

import duckdb

from features.aside import Receiver
from features.carriers.ahead import ahead
from features.carriers.registered import KIN, Registered, register, require_single
from features.carriers.rows import require_sources, rows_of, shared_ids
from features.carriers.scattered import scattered
from features.carriers.sorting import sorted_partitions
from features.connection import connected
from features.contract import Checked, check_raw, sound_raw, without_erased
from features.errors import DefinitionError
from features.reading import Raw, Source, open_sources
from features.segments import Partition
from features.tables import Table, is_register
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
        Contracts. Registers among them say who is who, who is left out, and what customers agreed
        to (`features.registers`); no partition holds their rows.
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
        When a table has no source, customer ids of the tables are of two kinds, or two registers
        are of one kind.

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
    require_single(tables)
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
        found: list[Checked] = []
        if quarantine is not None:
            sieves = [
                sound_raw(connection, table, raw, now)
                for table, raw in zip(tables, raws, strict=True)
            ]
            raws = [sieve.sound for sieve, _ in sieves]
            found = [each for _, each in sieves]
        elif not checked:
            found = [
                check_raw(connection, table, raw, now)
                for table, raw in zip(tables, raws, strict=True)
            ]
        ids = shared_ids(connection, tables, raws)
        registered = register(connection, tables, raws, ids)
        pairs = [pair for pair in zip(tables, raws, strict=True) if not is_register(pair[0])]
        reads = [
            registered.rows(table, version_rows(connection, table, raw, ids))
            if table.versions
            else registered.rows(table, rows_of(table, raw, ids))
            for table, raw in pairs
        ]
        for table, each in zip(tables, found, strict=True) if found else ():
            told = without_erased(table, each, *registered.left.get(table.name, (0, None, None)))
            if quarantine is not None and told.aside is not None:
                quarantine(told.aside)
            if report is not None:
                report(table.name, told)
        yield from _sorted(connection, pairs, reads, registered, parts, columns, quarantine)


def _sorted(
    connection: duckdb.DuckDBPyConnection,
    pairs: Sequence[tuple[Table, Raw]],
    reads: Sequence[str],
    registered: Registered,
    parts: int | None,
    columns: Mapping[str, set[str]],
    quarantine: Receiver | None,
) -> Generator[Partition]:
    tables = [table for table, _ in pairs]
    rows, size = _sizes(connection, pairs)
    many = parts or max(1, math.ceil(rows / ROWS_A_PART))
    places = max(1, min(many, math.ceil(size / MOST_HELD)))
    if places == 1 and registered.identity is None:
        reads = [
            # What was sifted, what has versions and what must be parsed is not gone through twice.
            _stored(connection, read, place)
            if quarantine is not None or table.versions or raw.texts
            else read
            for place, ((table, raw), read) in enumerate(zip(pairs, reads, strict=True))
        ]
    last, some = None, False
    for group, kin in _groups(connection, tables, reads, registered, parts):
        scatters = places > 1 and not kin
        for place in scattered(connection, group, places) if scatters else [group]:
            first, most = 0, 1 if kin else math.ceil(many / places)
            for made in sorted_partitions(connection, tables, place, columns, most, kin):
                permits = registered.permits(len(made.customers), first)
                last = replace(made, identity=registered.identity if kin else None, permits=permits)
                first += len(made.customers)
                if len(made.customers):
                    some = True
                    yield last
    if last is not None and not some:
        yield last


def _groups(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    reads: Sequence[str],
    registered: Registered,
    parts: int | None,
) -> list[tuple[Sequence[str], str]]:
    """Return queries of the rows of all tables for each group of customers, and their kin.

    Ids of one person are read together, and apart from customers who never had another.
    """
    if registered.identity is None:
        return [(reads, "")]
    stored = []
    for place, (table, read) in enumerate(zip(tables, reads, strict=True)):
        rows = registered.merged(table, read)
        labelled = f"SELECT * FROM ({rows}) LEFT JOIN {KIN} USING (customer)"
        stored.append(_stored(connection, labelled, place))
    every = [f"SELECT * EXCLUDE (person) FROM ({each})" for each in stored]
    if parts == 1:
        return [(every, KIN)]
    alone = [
        f"SELECT * EXCLUDE (person, {', '.join(_only_of_merged(table))}) FROM ({each}) "
        "WHERE person IS NULL"
        for table, each in zip(tables, stored, strict=True)
    ]
    return [(alone, ""), ([f"{each} WHERE person IS NOT NULL" for each in every], KIN)]


def _only_of_merged(table: Table) -> list[str]:
    """Return the columns that say nothing of customers who were never merged."""
    return ["linked_at"] if table.versions else ["linked_at", "superseded_at"]


def _sizes(
    connection: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[Table, Raw]]
) -> tuple[int, int]:
    """Return the rows of all tables, and about how many bytes they take in memory."""
    rows = size = 0
    for table, raw in pairs:
        [[count]] = connection.execute(f"SELECT count(*) FROM {raw.view}").fetchall()
        rows += count
        # Times and measures take eight bytes, codes and positions of customers four.
        size += count * (20 + 8 * len(table.measures) + 4 * len(table.categories))
    return rows, size


def _stored(connection: duckdb.DuckDBPyConnection, read: str, place: int) -> str:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE stored_{place} AS {read}")
    return f"SELECT * FROM stored_{place}"
