"""Rows of DuckDB relations as one sorted partition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np

from features.arrays import Ints, Values
from features.calendar import Dated
from features.carriers.arranged import arranged
from features.carriers.order import tie_breakers
from features.instants import BEGINNING, micros
from features.segments import Category, Column, Events, Levels, Number, Partition, take
from features.tables import Table, measure


def sorted_partition(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    reads: Sequence[str],
    columns: Mapping[str, set[str]],
    kin: str = "",
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
    kin : str
        Where ids were merged, a table of ids and the person that each is; persons are customers
        also without a row. Every query then brings ``linked_at`` and ``superseded_at`` too.
    """
    owners = " UNION ALL ".join(f"SELECT customer FROM ({read})" for read in reads)
    if kin:
        owners += f" UNION ALL SELECT person FROM {kin} SEMI JOIN ({owners}) USING (customer)"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE customers AS "
        "SELECT customer, (row_number() OVER (ORDER BY customer) - 1)::INTEGER AS owner "
        f"FROM (SELECT DISTINCT customer FROM ({owners}))"
    )
    ids = _column(connection, "SELECT customer FROM customers ORDER BY owner")
    events = {}
    for read, table in zip(reads, tables, strict=True):
        wanted = columns.get(table.name, {*table.measures, *table.categories})
        events[table.name] = _events(connection, table, read, len(ids), wanted, merged=bool(kin))
    return Partition(customers=ids, events=events)


def _events(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    read: str,
    customers: int,
    wanted: set[str],
    *,
    merged: bool,
) -> Events:
    ranked = tie_breakers(table)
    times = [] if table.occurred_at is None else ["occurred_at"]
    times += [] if table.known_at is None else ["known_at"]
    ends = (["superseded_at"] if table.versions or merged else []) + ["linked_at"] * merged
    joins, values, levels = [], [], {}
    for place, column in enumerate(ranked):
        if column in table.measures:
            values.append(f"v{place}")
            continue
        levels[column] = _levels(connection, read, f"v{place}")
        joins.append(f"LEFT JOIN levels_v{place} ON v{place} = levels_v{place}.level")
        values.append(f"levels_v{place}.code AS v{place}")
    arrow = connection.sql(
        f"SELECT {', '.join(['owner', *times, *ends, *values])} FROM ({read}) "
        f"JOIN customers USING (customer) {' '.join(joins)}"
    ).to_arrow_table()
    # Sorted here and not by the query: rows mostly come in the order of time already.
    owner = arrow["owner"].to_numpy()
    occurred_at, known_at = _clocks(table, arrow)
    until = {each: _ints(arrow[each]) for each in ends}
    held = {column: _held(table, column, arrow[f"v{n}"], levels) for n, column in enumerate(ranked)}
    ties = [] if known_at is occurred_at else [known_at]
    ties += [key for column in ranked for key in _keys(held[column])]
    # What comes later must not decide between rows of today: only between equal ones.
    ties += list(until.values())
    offsets, order = arranged(owner, occurred_at, ties, customers)
    named = [*table.measures, *table.categories]
    kept = {column: held[column] for column in named if column in wanted}
    at = occurred_at[order]
    return Events(
        offsets,
        at,
        at if known_at is occurred_at else known_at[order],
        Dated(
            {column: take(each, order) for column, each in kept.items()},
            at,
            table.timezone or "UTC",
        ),
        **{each: values[order] for each, values in until.items()},
    )


def _held(table: Table, column: str, cells: Any, levels: Mapping[str, Levels]) -> Column:
    if column in levels:
        codes = cells.fill_null(-1).to_numpy()
        return Category(np.ascontiguousarray(codes, dtype=np.int32), levels[column])
    present = cells.is_valid().to_numpy() if cells.null_count else None
    whole = _ints(cells.fill_null(0) if cells.null_count else cells)
    return Number(whole, present, measure(table, column).scale)


def _keys(column: Column) -> list[Values]:
    """Return what orders rows by a column, empty cells first."""
    if isinstance(column, Category):
        return [column.codes]
    return [column.values] if column.present is None else [column.present, column.values]


def _levels(connection: duckdb.DuckDBPyConnection, read: str, cell: str) -> Levels:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE levels_{cell} AS "
        f"SELECT level, (row_number() OVER (ORDER BY level::VARCHAR) - 1)::INTEGER AS code "
        f"FROM (SELECT DISTINCT {cell} AS level FROM ({read}) WHERE {cell} IS NOT NULL)"
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
