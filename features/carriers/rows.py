"""Raw rows as the kernel wants them: ids of one kind, instants, exact integers, texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from features.carriers.order import tie_breakers
from features.columns import DIGITS_ONLY, staged
from features.contract import readings
from features.errors import DefinitionError
from features.reading import Raw
from features.tables import Table


def require_sources(
    tables: Sequence[Table], sources: Mapping[str, object], columns: Mapping[str, set[str]]
) -> None:
    """Hold tables, their sources and the columns that are asked for against each other.

    Raises
    ------
    DefinitionError
        With every table without a source, and every name that no table or column has.
    """
    known = {table.name: {*table.measures, *table.categories} for table in tables}
    faults = [f"table '{name}' has no source" for name in known if name not in sources]
    faults += [f"no table is named '{name}'" for name in [*sources, *columns] if name not in known]
    faults += [
        f"table '{name}' has no measure or category '{column}'"
        for name, wanted in columns.items()
        for column in sorted(wanted - known.get(name, wanted))
    ]
    if not tables:
        faults.append("expected at least one table, got none")
    if faults:
        raise DefinitionError("reading of tables", faults)


def id_kind(connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw) -> str:
    """Return what the customer ids of a source are: whole numbers, text, or digits.

    CSV has no types: its ids are digits, whole numbers if need be, when every one is written as
    a whole number is.
    """
    kind, cell = raw.kinds[table.customer], raw.cells[table.customer]
    if kind not in ("VARCHAR", "UUID") and not kind.startswith("ENUM"):
        return "whole numbers"
    if not raw.is_written(table.customer):
        return "text"
    found = connection.execute(f"SELECT bool_and({digits_only(cell)}) FROM {raw.view}").fetchall()
    return "digits" if found[0][0] else "text"


def digits_only(cell: str) -> str:
    """Return the SQL predicate of an id that may as well be a whole number."""
    whole = f"TRY_CAST({cell} AS BIGINT) IS NOT NULL"
    return f"regexp_full_match({cell}, '{DIGITS_ONLY}') AND {whole}"


def id_type(tables: Sequence[Table], kinds: Sequence[str]) -> str:
    """Return the SQL type of customer ids that all tables share.

    Parameters
    ----------
    tables : sequence of Table
        Contracts.
    kinds : sequence of str
        For each table what `id_kind` says.

    Raises
    ------
    DefinitionError
        When some are text and others whole numbers.
    """
    held = set(kinds)
    if held >= {"text", "whole numbers"}:
        told = ", ".join(
            f"'{table.name}' has {'text' if kind == 'text' else 'whole numbers'} ({table.customer})"
            for table, kind in zip(tables, kinds, strict=True)
        )
        fault = f"expected ids of one kind in all tables; {told}; cast them to one kind"
        raise DefinitionError("customer ids", [fault])
    return "VARCHAR" if "text" in held else "BIGINT"


def rows_of(table: Table, raw: Raw, ids: str) -> str:
    """Return a query of a sound source.

    Its columns are ``customer``, the times as UTC microseconds, and measures and categories as
    ``v0``, ``v1`` and so on in the order of `tie_breakers`.
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
