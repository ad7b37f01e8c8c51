"""Tables of any size on one machine: DuckDB reads, partitions and sorts them."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import duckdb

from features.carriers.rows import id_kind, id_type, require_sources, rows_of
from features.carriers.sorting import sorted_partition
from features.connection import connected, literal
from features.contract import check_raw
from features.errors import DefinitionError
from features.reading import Raw, Source, open_source
from features.segments import Partition
from features.tables import Table

ROWS_A_PART: Final = 4_000_000
"""Rows, of all tables together, that one part is meant to hold."""


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
) -> Iterator[Partition]:
    """Read tables as sorted partitions of customers.

    Parameters
    ----------
    tables : sequence of Table
        Contracts.
    sources : mapping of str to Source
        Where each table lies, by its name.
    parts : int, optional
        Partitions; left out, about four million rows each. Empty ones are left out.
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
    with ExitStack() as stack:
        connection = stack.enter_context(connected(memory, folder))
        raws = [
            open_source(connection, table, sources[table.name], f"raw_{place}")
            for place, table in enumerate(tables)
        ]
        if not checked:
            for table, raw in zip(tables, raws, strict=True):
                check_raw(connection, table, raw, now)
        kinds = [id_kind(connection, table, raw) for table, raw in zip(tables, raws, strict=True)]
        ids = id_type(tables, kinds)
        reads = [rows_of(table, raw, ids) for table, raw in zip(tables, raws, strict=True)]
        many = parts or _parts(connection, raws)
        if many == 1:
            yield sorted_partition(connection, tables, reads, columns or {})
            return
        room = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="foretell-", dir=folder))
        )
        for place, read in enumerate(reads):
            _scatter(connection, read, room / str(place), many)
        for bucket in range(many):
            gathered = [
                _gathered(room / str(place), bucket, read) for place, read in enumerate(reads)
            ]
            partition = sorted_partition(connection, tables, gathered, columns or {})
            if len(partition.customers):
                yield partition


def load(
    tables: Sequence[Table],
    sources: Mapping[str, Source],
    *,
    memory: str = "2GiB",
    columns: Mapping[str, set[str]] | None = None,
    checked: bool = False,
    now: int | None = None,
) -> Partition:
    """Read tables as one partition; see `partitions`."""
    return next(
        partitions(
            tables, sources, parts=1, memory=memory, columns=columns, checked=checked, now=now
        )
    )


def _parts(connection: duckdb.DuckDBPyConnection, raws: Sequence[Raw]) -> int:
    counts = [connection.execute(f"SELECT count(*) FROM {raw.view}").fetchall() for raw in raws]
    rows = sum(int(count[0][0]) for count in counts)
    return max(1, math.ceil(rows / ROWS_A_PART))


def _scatter(connection: duckdb.DuckDBPyConnection, read: str, room: Path, many: int) -> None:
    connection.execute(
        f"COPY (SELECT *, hash(customer) % {many} AS bucket FROM ({read})) "
        f"TO {literal(str(room))} (FORMAT parquet, COMPRESSION lz4, PARTITION_BY (bucket))"
    )


def _gathered(room: Path, bucket: int, read: str) -> str:
    files = sorted((room / f"bucket={bucket}").glob("*.parquet"))
    if not files:
        return f"SELECT * FROM ({read}) LIMIT 0"
    listed = ", ".join(literal(str(each)) for each in files)
    return f"SELECT * FROM read_parquet([{listed}], hive_partitioning = false)"
