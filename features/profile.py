"""What the columns of a table look like, stored so that a later look can be held against it."""

from __future__ import annotations

from typing import Any, Final

import duckdb

from features.instants import DAY, iso
from features.tables import Table, measure
from features.typed import columns_typed

GRID: Final = 100
"""Steps of the stored quantiles: one percent each."""

LEVELS: Final = 50
"""Levels of a category that are stored; the others are counted together."""


def profile(connection: duckdb.DuckDBPyConnection, table: Table, rows: str) -> dict[str, Any]:
    """Sketch a table; the same rows in any order give the same sketch.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the rows are.
    table : Table
        Contract.
    rows : str
        From `features.typed.type_rows`.

    Returns
    -------
    dict
        Plain JSON values: ``rows``, ``customers``, ``first`` and ``last`` event; ``months``, rows
        by month of UTC; ``rows_per_customer`` and ``delay_days`` (known less occurred), as
        measures are; and by column

        - for a measure ``values``, ``nulls``, ``distinct``, ``mean`` and ``quantiles``, 101 values
          from the smallest to the largest: the k-th is the smallest value that k % of the values
          do not pass;
        - for a category ``nulls``, ``distinct``, ``levels`` (at most 50 names with their rows, most
          frequent first) and ``others``, the rows of all other levels.

        All counts are exact.
    """
    count, customers, first, last = connection.execute(
        "SELECT count(*), count(DISTINCT customer), min(occurred_at), max(occurred_at) "  # noqa: S608
        f"FROM {rows}"
    ).fetchall()[0]
    per_customer = f"(SELECT count(*) AS held FROM {rows} GROUP BY customer)"  # noqa: S608
    told: dict[str, Any] = {
        "rows": count,
        "customers": customers,
        "first": None if first is None else iso(first),
        "last": None if last is None else iso(last),
        "months": _months(connection, rows),
        "rows_per_customer": _measure(connection, per_customer, "held", 1),
        "delay_days": None,
        "columns": {},
    }
    if table.known_at is not None:
        told["delay_days"] = _measure(connection, rows, "known_at - occurred_at", DAY)
    for column, name in columns_typed(table).items():
        told["columns"][column] = (
            _measure(connection, rows, name, 10 ** measure(table, column).scale)
            if column in table.measures
            else _category(connection, rows, name)
        )
    return told


def _months(connection: duckdb.DuckDBPyConnection, rows: str) -> dict[str, int]:
    month = "strftime(make_timestamp(occurred_at), '%Y-%m')"
    query = (
        f"SELECT {month}, count(*) FROM {rows} WHERE occurred_at IS NOT NULL "  # noqa: S608
        "GROUP BY 1 ORDER BY 1"
    )
    return dict(connection.execute(query).fetchall())


def _measure(
    connection: duckdb.DuckDBPyConnection, rows: str, value: str, units: int
) -> dict[str, Any]:
    # Sorting the distinct values, and not the rows, keeps quantiles exact in little memory.
    query = (
        f"WITH cells AS (SELECT {value} AS v FROM {rows}), "  # noqa: S608  generated names
        "counts AS (SELECT v, count(*) AS n FROM cells WHERE v IS NOT NULL GROUP BY v), "
        "running AS (SELECT v, sum(n) OVER (ORDER BY v)::BIGINT AS upto FROM counts), "
        "whole AS (SELECT coalesce(sum(n), 0)::BIGINT AS n FROM counts), "
        "grid AS (SELECT k, greatest(1, (k * whole.n + 99) // 100)::BIGINT AS need "
        f"FROM range({GRID + 1}) AS steps(k), whole), "
        "found AS (SELECT k, v FROM grid ASOF JOIN running ON need <= upto) "
        "SELECT (SELECT count(*) FROM cells) - (SELECT n FROM whole), "
        "(SELECT count(*) FROM counts), (SELECT sum(v::HUGEINT * n) FROM counts), "
        "(SELECT n FROM whole), (SELECT list(v ORDER BY k) FROM found)"
    )
    nulls, distinct, total, held, grid = connection.execute(query).fetchall()[0]
    mean = int(total) / held / units if held else None
    quantiles = [each / units for each in grid or []]
    counts = {"values": held, "nulls": nulls, "distinct": distinct}
    return {**counts, "mean": mean, "quantiles": quantiles}


def _category(connection: duckdb.DuckDBPyConnection, rows: str, name: str) -> dict[str, Any]:
    query = (
        f"WITH counts AS (SELECT {name} AS level, count(*) AS n FROM {rows} GROUP BY 1), "  # noqa: S608
        "named AS (SELECT * FROM counts WHERE level IS NOT NULL) "
        "SELECT coalesce((SELECT sum(n) FROM counts WHERE level IS NULL), 0)::BIGINT, "
        "(SELECT count(*) FROM named), (SELECT coalesce(sum(n), 0)::BIGINT FROM named), "
        "(SELECT list({'level': level, 'n': n} ORDER BY n DESC, level) FROM "
        f"(SELECT * FROM named ORDER BY n DESC, level LIMIT {LEVELS}))"
    )
    nulls, distinct, held, most = connection.execute(query).fetchall()[0]
    levels = {each["level"]: each["n"] for each in most or []}
    others = held - sum(levels.values())
    return {"nulls": nulls, "distinct": distinct, "levels": levels, "others": others}
