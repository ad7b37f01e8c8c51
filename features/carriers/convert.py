"""Raw columns as the values that the carriers sort, the same from every source."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from features.carriers.order import tie_breakers
from features.columns import DIGITS_ONLY, staged
from features.contract import readings
from features.errors import DefinitionError
from features.reading import Raw
from features.tables import Table


def id_type(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], raws: Sequence[Raw]
) -> str:
    """Return the DuckDB type of customer ids that all sources of all tables can be read in.

    Raises
    ------
    DefinitionError
        When some hold texts and others whole numbers.
    """
    kinds = [
        (table, _id_kind(connection, table, raw)) for table, raw in zip(tables, raws, strict=True)
    ]
    held = {kind for _, kind in kinds}
    if held >= {"text", "whole numbers"}:
        told = ", ".join(
            f"'{table.name}' has {'text' if kind == 'text' else 'whole numbers'} ({table.customer})"
            for table, kind in kinds
        )
        fault = f"expected ids of one kind in all tables; {told}; cast them to one kind"
        raise DefinitionError("customer ids", [fault])
    return "VARCHAR" if "text" in held else "BIGINT"


def _id_kind(connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw) -> str:
    kind, cell = raw.kinds[table.customer], raw.cells[table.customer]
    if kind not in ("VARCHAR", "UUID") and not kind.startswith("ENUM"):
        return "whole numbers"
    if not raw.is_written(table.customer):
        return "text"
    # CSV has no types: its ids are whole numbers when every one is written as such.
    digits = (
        f"regexp_full_match({cell}, '{DIGITS_ONLY}') AND TRY_CAST({cell} AS BIGINT) IS NOT NULL"
    )
    found = connection.execute(f"SELECT bool_and({digits}) FROM {raw.view}").fetchall()
    return "digits" if found[0][0] else "text"


def converted(table: Table, raw: Raw, ids: str) -> str:
    """Return the query of a table's rows, as the carriers sort them.

    Parameters
    ----------
    table : Table
        Contract.
    raw : Raw
        The source, which keeps the contract.
    ids : str
        Type of customer ids, of `id_type`.

    Returns
    -------
    str
        Gives ``customer``, the times in UTC microseconds, and measures and categories as ``v0``,
        ``v1`` and so on in the order of `tie_breakers`.
    """
    chosen = []
    found = readings(table, raw)
    for part, reading in found.items():
        if part.role == "customer":
            chosen.append(f"({reading.value})::{ids} AS customer")
        elif part.role in ("occurred_at", "known_at"):
            chosen.append(f"{reading.value} AS {part.role}")
        elif part.role in ("measure", "category"):
            chosen.append(f"{reading.value} AS v{tie_breakers(table).index(part.column)}")
    return f"SELECT {', '.join(chosen)} FROM {staged(raw.view, found.values())}"
