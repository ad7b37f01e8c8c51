"""Tables that came in two deliveries, read as if they had come in one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from features.arguments import SOURCES, require
from features.arrays import Bools, Values
from features.aside import Aside, Receiver
from features.carriers.order import tie_breakers
from features.carriers.registered import erased_of
from features.carriers.rows import id_kind, id_type, rows_of
from features.carriers.sifted import sifted, tell
from features.carriers.sorting import sorted_partition
from features.columns import staged
from features.connection import connected
from features.contract import check_raw, readings
from features.errors import ContractError, DefinitionError
from features.faults import Fault, violation
from features.reading import Raw, Source, open_sources
from features.segments import Partition
from features.tables import Table, is_register

_NEW = "new"

ROWS_A_PART: Final = 5_000_000
"""Rows, of all tables together, that one part is meant to hold."""


@dataclass(frozen=True)
class Content:
    """What a delivery holds, whatever kind of source brought it.

    Parameters
    ----------
    rows : int
        Rows.
    digest : int
        Sum of a hash of every row, modulo 2**64: the order of rows does not matter, and the
        digests of two deliveries add up to that of both.
    """

    rows: int
    digest: int

    def __add__(self, other: Content) -> Content:
        return Content(self.rows + other.rows, (self.digest + other.digest) % 2**64)


@dataclass(frozen=True)
class Joined:
    """Two deliveries of some tables, opened.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where they are open.
    tables : tuple of Table
        Contracts.
    ids : str
        DuckDB type of customer ids.
    before, new : mapping of str to str
        By table, a query of its rows; in ``new`` only tables of which rows came.
    erases : bool
        Whether anybody asked to be forgotten: their rows are counted, and never brought.
    """

    connection: duckdb.DuckDBPyConnection
    tables: tuple[Table, ...]
    ids: str
    before: Mapping[str, str]
    new: Mapping[str, str]
    erases: bool = False

    def erased(self) -> Values:
        """Return the ids of customers who asked to be forgotten, ascending."""
        if not self.erases:
            return np.array([], dtype=np.int64 if self.ids == "BIGINT" else object)
        arrow = self.connection.sql("SELECT customer FROM erased ORDER BY 1").to_arrow_table()
        ids = arrow["customer"].to_pylist()
        return np.array(ids, dtype=np.int64 if self.ids == "BIGINT" else object)

    def content(self, reads: Mapping[str, str]) -> dict[str, Content]:
        """Return what the rows of some queries hold, by table."""
        found = {}
        for table in self.tables:
            if table.name not in reads:
                continue
            cells = ", ".join(f"{cell}::VARCHAR" for cell in _cells(table))
            query = (
                f"SELECT count(*), coalesce(sum(hash({cells})::HUGEINT), 0) "
                f"FROM ({reads[table.name]})"
            )
            rows, digest = self.connection.execute(query).fetchall()[0]
            found[table.name] = Content(int(rows), int(digest) % 2**64)
        return found

    def came(self) -> Partition:
        """Return the new rows alone, as a partition of the tables they belong to."""
        tables = [table for table in self.tables if table.name in self.new]
        reads = [self._kept(self.new[table.name]) for table in tables]
        return sorted_partition(self.connection, tables, reads, {})

    def of(self, customers: Values, since: Mapping[str, int], whole: Bools) -> Iterator[Partition]:
        """Return the rows of some customers, as partitions of about four million rows.

        Parameters
        ----------
        customers : (c,) int64 or object
            Ids.
        since : mapping of str to int
            By table an instant, UTC microseconds; what happened before it is left out.
        whole : (c,) bool
            Customers of whom nothing is left out.
        """
        wanted = pa.table({"customer": pa.array(customers.tolist()), "whole": pa.array(whole)})
        self.connection.register("wanted", wanted)
        chosen = "customer IN (SELECT customer FROM wanted)"
        yield from self._parts(chosen, since)
        self.connection.unregister("wanted")

    def everyone(self) -> Iterator[Partition]:
        """Return all rows, as partitions of about four million rows."""
        yield from self._parts("TRUE", {})

    def _parts(self, chosen: str, since: Mapping[str, int]) -> Iterator[Partition]:
        reads = [
            f"SELECT * FROM ({self._both(table)}) WHERE {chosen}"
            + (
                f" AND (occurred_at >= {since[table.name]} "
                "OR customer IN (SELECT customer FROM wanted WHERE whole))"
                if table.name in since
                else ""
            )
            for table in self.tables
        ]
        counts = (f"(SELECT count(*) FROM ({read}))" for read in reads)
        rows = self.connection.execute(f"SELECT {' + '.join(counts)}").fetchall()[0][0]
        many = max(1, math.ceil(rows / ROWS_A_PART))
        for bucket in range(many):
            part = "" if many == 1 else f" AND hash(customer) % {many} = {bucket}"
            found = sorted_partition(
                self.connection, self.tables, [read + part for read in reads], {}
            )
            if len(found.customers):
                yield found

    def _both(self, table: Table) -> str:
        deliveries = [each[table.name] for each in (self.before, self.new) if table.name in each]
        cells = [
            # A category may come as text and as whole numbers.
            f"{cell}::VARCHAR AS {cell}" if column in table.categories else cell
            for cell, column in zip(_cells(table), _columns(table), strict=True)
        ]
        return " UNION ALL ".join(
            f"SELECT {', '.join(cells)} FROM ({self._kept(each)})" for each in deliveries
        )

    def _kept(self, read: str) -> str:
        return f"SELECT * FROM ({read}) ANTI JOIN erased USING (customer)" if self.erases else read


@contextmanager
def joined(
    tables: Sequence[Table],
    before: Mapping[str, Source],
    new: Mapping[str, Source],
    *,
    memory: str = "2GiB",
    now: int | None = None,
    quarantine: Receiver | None = None,
) -> Iterator[Joined]:
    """Open two deliveries of some tables.

    Parameters
    ----------
    tables : sequence of Table
        Contracts.
    before : mapping of str to Source
        The first delivery: of every table, or of none. It is known to keep its contracts, but for
        rows that are set aside.
    new : mapping of str to Source
        The second: of some tables, or of all. It is checked.
    memory : str
        Memory limit of DuckDB.
    now : int, optional
        Instant after which nothing can have happened, UTC microseconds; the clock when left out.
    quarantine : callable, optional
        Set aside rows of both that break a contract by themselves, each delivery judged alone, and
        tell it how many of the second and why. Left out, such a row refuses its table.

    Yields
    ------
    Joined

    Raises
    ------
    ContractError
        When new rows break their contract, or bring an ``event_id`` again, or a customer of a
        static table.
    DefinitionError
        When a source is missing, or has no table, or ids are of two kinds.
    """
    for given in (before, new):
        require("reading of tables", {"sources": SOURCES}, sources=given)
    named = {table.name: table for table in tables}
    faults = [f"table '{name}' has no source" for name in named if name not in (before or new)]
    faults += [f"no table is named '{name}'" for name in {**before, **new} if name not in named]
    if faults:
        raise DefinitionError("reading of tables", faults)
    came = [table for table in tables if table.name in new]
    with connected(memory) as connection:
        old = [table for table in tables if table.name in before]
        opened = open_sources(connection, old, before)
        second = open_sources(connection, came, new, _NEW)
        asides: list[Aside] = []
        if quarantine is not None:
            opened, _ = sifted(connection, old, opened, now)
            second, asides = sifted(connection, came, second, now)
        first = dict(zip((t.name for t in old), opened, strict=True))
        for table, raw in zip(came, second, strict=True):
            if quarantine is None:
                check_raw(connection, table, raw, now)
            if table.name in first:
                _refuse_known(connection, table, first[table.name], raw)
        every = list(zip([*old, *came], [*first.values(), *second], strict=True))
        kinds = [id_kind(connection, table, raw) for table, raw in every]
        ids = id_type([table for table, _ in every], kinds)
        read = [table for table in tables if not is_register(table)]
        rows = {
            t.name: rows_of(t, raw, ids) for t, raw in zip(came, second, strict=True) if t in read
        }
        erases = erased_of(connection, every, ids)
        if quarantine is not None:
            tell(connection, quarantine, asides, rows, erases)
        yield Joined(
            connection,
            tuple(read),
            ids,
            {t.name: rows_of(t, first[t.name], ids) for t in old if t in read},
            rows,
            erases,
        )


def _refuse_known(
    connection: duckdb.DuckDBPyConnection, table: Table, before: Raw, new: Raw
) -> None:
    if table.event_id is None:
        return
    part, reading = next(
        pair for pair in readings(table, new).items() if pair[0].column == table.event_id
    )
    held = readings(table, before)[part]
    known = f"SELECT ({held.value})::VARCHAR FROM {staged(before.view, [held])}"
    rows = connection.execute(
        f"SELECT row, key, count(*) OVER () FROM (SELECT row_number() OVER () AS row, "
        f"({reading.value})::VARCHAR AS key FROM {staged(new.view, [reading])}) "
        f"WHERE key IN ({known}) ORDER BY row LIMIT 3"
    ).fetchall()
    if rows:
        examples = [(int(row), str(key)) for row, key, _ in rows]
        again = violation(Fault.DUPLICATE, table, part, int(rows[0][2]), examples)
        raise ContractError(table.name, new.label, [again])


def _columns(table: Table) -> list[str]:
    times = [each for each in ("occurred_at", "known_at") if getattr(table, each) is not None]
    return ["customer", *times, *tie_breakers(table)]


def _cells(table: Table) -> list[str]:
    named = _columns(table)
    many = len(tie_breakers(table))
    return [*named[: len(named) - many], *(f"v{place}" for place in range(many))]
