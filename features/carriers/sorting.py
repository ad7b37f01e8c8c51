"""Rows of DuckDB relations as one sorted partition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np

from features.arrays import Ints, Values
from features.calendar import Dated
from features.carriers.order import tie_breakers
from features.instants import BEGINNING, micros
from features.segments import Category, Column, Events, Levels, Number, Partition
from features.tables import Table, measure


def sorted_partition(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    reads: Sequence[str],
    columns: Mapping[str, set[str]],
) -> Partition:
    """Sort rows into a partition.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the rows are.
    tables : sequence of Table
        Contracts.
    reads : sequence of str
        For each table a query with ``customer``, the times, and measures and categories as ``v0``,
        ``v1`` and so on in the order of `tie_breakers`.
    columns : mapping of str to set of str
        Measures and categories to keep, by table; a table that is left out keeps all.
    """
    for place, read in enumerate(reads):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE rows_{place} AS {read}")
    owners = " UNION ALL ".join(f"SELECT customer FROM rows_{place}" for place in range(len(reads)))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE customers AS "
        f"SELECT customer, row_number() OVER (ORDER BY customer) - 1 AS owner "
        f"FROM (SELECT DISTINCT customer FROM ({owners}))"
    )
    ids = _column(connection, "SELECT customer FROM customers ORDER BY owner")
    events = {}
    for place, table in enumerate(tables):
        wanted = columns.get(table.name, {*table.measures, *table.categories})
        events[table.name] = _events(connection, table, f"rows_{place}", len(ids), wanted)
        connection.execute(f"DROP TABLE rows_{place}")
    return Partition(customers=ids, events=events)


def _events(
    connection: duckdb.DuckDBPyConnection, table: Table, rows: str, customers: int, wanted: set[str]
) -> Events:
    ranked = tie_breakers(table)
    times = [] if table.occurred_at is None else ["occurred_at"]
    times += [] if table.known_at is None else ["known_at"]
    times += ["superseded_at"] if table.versions else []
    joins, values, levels = [], {}, {}
    for place, column in enumerate(ranked):
        if column in table.measures:
            values[column] = f"v{place}"
            continue
        levels[column] = _levels(connection, rows, f"v{place}")
        joins.append(f"LEFT JOIN levels_v{place} ON v{place} = levels_v{place}.level")
        values[column] = f"levels_v{place}.code"
    order = ["owner", *times, *(f"{values[column]} NULLS FIRST" for column in ranked)]
    kept = [column for column in ranked if column in wanted]
    chosen = ["owner", *times, *(f"{values[column]} AS x{ranked.index(column)}" for column in kept)]
    arrow = connection.sql(
        f"SELECT {', '.join(chosen)} FROM {rows} JOIN customers USING (customer) "
        f"{' '.join(joins)} ORDER BY {', '.join(order)}"
    ).to_arrow_table()
    owners = arrow["owner"].to_numpy()
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=customers))])
    occurred_at, known_at = _clocks(table, arrow)
    held: dict[str, Column] = {}
    for column in [*table.measures, *table.categories]:
        if column not in wanted:
            continue
        cells = arrow[f"x{ranked.index(column)}"]
        if column in levels:
            codes = np.ascontiguousarray(cells.fill_null(-1).to_numpy(), dtype=np.int32)
            held[column] = Category(codes, levels[column])
        else:
            present = cells.is_valid().to_numpy() if cells.null_count else None
            whole = _ints(cells.fill_null(0) if cells.null_count else cells)
            held[column] = Number(whole, present, measure(table, column).scale)
    columns = Dated(held, occurred_at, table.timezone or "UTC")
    superseded_at = _ints(arrow["superseded_at"]) if table.versions else None
    return Events(offsets.astype(np.int64), occurred_at, known_at, columns, superseded_at)


def _levels(connection: duckdb.DuckDBPyConnection, rows: str, cell: str) -> Levels:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE levels_{cell} AS "
        f"SELECT level, (row_number() OVER (ORDER BY level::VARCHAR) - 1)::INTEGER AS code "
        f"FROM (SELECT DISTINCT {cell} AS level FROM {rows} WHERE {cell} IS NOT NULL)"
    )
    return Levels(_column(connection, f"SELECT level::VARCHAR FROM levels_{cell} ORDER BY code"))


def _clocks(table: Table, arrow: Any) -> tuple[Ints, Ints]:
    if table.occurred_at is None:
        always = np.full(len(arrow), BEGINNING, dtype=np.int64)
        return always, always
    occurred_at = _ints(arrow["occurred_at"])
    if table.known_at is not None:
        known_at = _ints(arrow["known_at"])
        return occurred_at, occurred_at if np.array_equal(known_at, occurred_at) else known_at
    delay = micros(table.lag)
    return occurred_at, occurred_at + delay if delay and len(arrow) else occurred_at


def _column(connection: duckdb.DuckDBPyConnection, query: str) -> Values:
    arrow = connection.sql(query).to_arrow_table().column(0)
    return (
        arrow.to_numpy()
        if str(arrow.type) == "int64"
        else np.array(arrow.to_pylist(), dtype=object)
    )


def _ints(cells: Any) -> Ints:
    return np.ascontiguousarray(cells.to_numpy(), dtype=np.int64)
