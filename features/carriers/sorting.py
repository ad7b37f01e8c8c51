"""Rows of DuckDB relations as sorted partitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import duckdb
import numpy as np

from features.arrays import Codes, Ints, Values
from features.calendar import Dated
from features.carriers.arranged import arranged, dealt
from features.carriers.order import tie_breakers
from features.instants import BEGINNING, micros
from features.segments import Category, Column, Events, Levels, Number, Partition, take
from features.tables import Table, measure

_NAMELESS: Final = Levels(np.zeros(0, dtype=object))


def sorted_partition(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    reads: Sequence[str],
    columns: Mapping[str, set[str]],
    kin: str = "",
) -> Partition:
    """Sort rows into one partition; see `sorted_partitions`."""
    return next(sorted_partitions(connection, tables, reads, columns, 1, kin))


def sorted_partitions(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    reads: Sequence[str],
    columns: Mapping[str, set[str]],
    parts: int,
    kin: str = "",
) -> Iterator[Partition]:
    """Read rows once, and sort them into partitions of about as many rows each.

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
    parts : int
        Most partitions to make.
    kin : str
        Where ids were merged, a table of ids and the person that each is; persons are customers
        also without a row. Every query then brings ``linked_at`` and ``superseded_at`` too.

    Yields
    ------
    Partition
        Customers ascending, also from one partition to the next; an empty one only when there are
        no rows and one partition is asked for.
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
    held = [
        _rows(connection, table, read, len(ids), merged=bool(kin))
        for read, table in zip(reads, tables, strict=True)
    ]
    before = np.sum([each.offsets for each in held], axis=0)
    shares = np.searchsorted(before, before[-1] * np.arange(1, parts) // parts)
    cuts = np.unique([0, *shares, len(ids)]).tolist()
    for low, high in pairwise(cuts) if len(ids) or parts > 1 else [(0, 0)]:
        events = {each.table.name: each.events(low, high, columns) for each in held}
        yield Partition(ids[low:high], events)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows of a table as they came, and which of them belong to each customer."""

    table: Table
    offsets: Ints
    order: Ints
    occurred_at: Ints
    known_at: Ints
    until: Mapping[str, Ints]
    columns: Mapping[str, Column]
    names: Mapping[str, Any]

    def events(self, low: int, high: int, columns: Mapping[str, set[str]]) -> Events:
        """Return the sorted events of the customers from one position to another."""
        table, wanted = self.table, columns.get(self.table.name, set(self.columns))
        ties = [] if self.known_at is self.occurred_at else [self.known_at]
        ties += [key for column in self.columns.values() for key in _keys(column)]
        # What comes later must not decide between rows of today: only between equal ones.
        ties += list(self.until.values())
        offsets = self.offsets[low : high + 1] - self.offsets[low]
        rows = self.order[self.offsets[low] : self.offsets[high]]
        rows, at = arranged(rows, offsets, self.occurred_at, ties)
        kept = {
            column: self._taken(column, rows)
            for column in [*table.measures, *table.categories]
            if column in wanted
        }
        return Events(
            offsets,
            at,
            at if self.known_at is self.occurred_at else self.known_at[rows],
            Dated(kept, at, table.timezone or "UTC"),
            **{each: values[rows] for each, values in self.until.items()},
        )

    def _taken(self, name: str, rows: Ints) -> Column:
        column = take(self.columns[name], rows)
        return column if isinstance(column, Number) else _held_by(column.codes, self.names[name])


def _rows(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    read: str,
    customers: int,
    *,
    merged: bool,
) -> _Rows:
    ranked = tie_breakers(table)
    times = [] if table.occurred_at is None else ["occurred_at"]
    times += [] if table.known_at is None else ["known_at"]
    ends = (["superseded_at"] if table.versions or merged else []) + ["linked_at"] * merged
    joins, values, names = [], [], {}
    for place, column in enumerate(ranked):
        if column in table.measures:
            values.append(f"v{place}")
            continue
        names[column] = _levels(connection, read, f"v{place}")
        joins.append(f"LEFT JOIN levels_v{place} ON v{place} = levels_v{place}.level")
        values.append(f"levels_v{place}.code AS v{place}")
    arrow = connection.sql(
        f"SELECT {', '.join(['owner', *times, *ends, *values])} FROM ({read}) "
        f"JOIN customers USING (customer) {' '.join(joins)}"
    ).to_arrow_table()
    # Sorted here and not by the query: rows mostly come in the order of time already.
    offsets, order = dealt(arrow["owner"].to_numpy(), customers)
    occurred_at, known_at = _clocks(table, arrow)
    until = {each: _ints(arrow[each]) for each in ends}
    columns: dict[str, Column] = {}
    for place, column in enumerate(ranked):
        columns[column] = _held(table, column, arrow[f"v{place}"])
        arrow = arrow.drop_columns([f"v{place}"])
    return _Rows(table, offsets, order, occurred_at, known_at, until, columns, names)


def _held(table: Table, column: str, cells: Any) -> Column:
    if column in table.categories:
        codes = cells.fill_null(-1).to_numpy()
        return Category(np.ascontiguousarray(codes, dtype=np.int32), _NAMELESS)
    present = cells.is_valid().to_numpy() if cells.null_count else None
    whole = _ints(cells.fill_null(0) if cells.null_count else cells)
    return Number(whole, present, measure(table, column).scale)


def _held_by(codes: Codes, names: Any) -> Category:
    """Return a category whose levels are those that it has, and no others."""
    # What is absent has the code -1, which is the last place.
    used = np.zeros(len(names) + 1, dtype=np.bool_)
    used[codes] = True
    used[-1] = False
    ranks = np.cumsum(used, dtype=np.int32) - np.int32(1)
    ranks[-1] = -1
    levels = names.take(np.flatnonzero(used)).to_pylist()
    return Category(ranks[codes], Levels(np.array(levels, dtype=object)))


def _keys(column: Column) -> list[Values]:
    """Return what orders rows by a column, empty cells first."""
    if isinstance(column, Category):
        return [column.codes]
    return [column.values] if column.present is None else [column.present, column.values]


def _levels(connection: duckdb.DuckDBPyConnection, read: str, cell: str) -> Any:
    """Number the levels of a category, and return their texts in that order."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE levels_{cell} AS "
        f"SELECT level, (row_number() OVER (ORDER BY level::VARCHAR) - 1)::INTEGER AS code "
        f"FROM (SELECT DISTINCT {cell} AS level FROM ({read}) WHERE {cell} IS NOT NULL)"
    )
    query = f"SELECT level::VARCHAR FROM levels_{cell} ORDER BY code"
    return connection.sql(query).to_arrow_table().column(0)


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
