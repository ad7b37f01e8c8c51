"""Raw rows as the kernel wants them: ids of one kind, instants, exact integers, texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from features.carriers.order import tie_breakers
from features.columns import DIGITS_ONLY, staged
from features.contract import readings
from features.errors import DefinitionError
from features.reading import Raw
from features.registers import Identities
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


def id_kind(
    connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw, column: str | None = None
) -> str:
    """Return what the customer ids of a source are: whole numbers, text, or digits.

    CSV has no types: its ids are digits, whole numbers if need be, when every one is written as
    a whole number is.
    """
    column = column or table.customer
    kind, cell = raw.kinds[column], raw.cells[column]
    if kind not in ("VARCHAR", "UUID") and not kind.startswith("ENUM"):
        return "whole numbers"
    if not raw.is_written(column):
        return "text"
    found = connection.execute(f"SELECT bool_and({digits_only(cell)}) FROM {raw.view}").fetchall()
    # What has no row has no text either.
    return "text" if found[0][0] is False else "digits"


def digits_only(cell: str) -> str:
    """Return the SQL predicate of an id that may as well be a whole number."""
    whole = f"TRY_CAST({cell} AS BIGINT) IS NOT NULL"
    return f"regexp_full_match({cell}, '{DIGITS_ONLY}') AND {whole}"


def id_columns(tables: Sequence[Table]) -> list[tuple[Table, str]]:
    """Return every column of customer ids with its table; that of a customer, then an alias's."""
    aliases = [(each, each.alias) for each in tables if isinstance(each, Identities)]
    return [*((table, table.customer) for table in tables), *aliases]


def id_type(
    tables: Sequence[Table], kinds: Sequence[str], columns: Sequence[str] | None = None
) -> str:
    """Return the SQL type of customer ids that all tables share.

    Parameters
    ----------
    tables : sequence of Table
        Contracts.
    kinds : sequence of str
        For each table what `id_kind` says.
    columns : sequence of str, optional
        For each table its column of ids; left out, that of its customers.

    Raises
    ------
    DefinitionError
        When some are text and others whole numbers.
    """
    held = set(kinds)
    if held >= {"text", "whole numbers"}:
        named = columns or [table.customer for table in tables]
        told = ", ".join(
            f"'{table.name}' has {'text' if kind == 'text' else 'whole numbers'} ({column})"
            for table, kind, column in zip(tables, kinds, named, strict=True)
        )
        fault = f"expected ids of one kind in all tables; {told}; cast them to one kind"
        raise DefinitionError("customer ids", [fault])
    return "VARCHAR" if "text" in held else "BIGINT"


def shared_ids(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], raws: Sequence[Raw]
) -> str:
    """Return the SQL type of customer ids that opened sources share; see `id_type`."""
    opened = dict(zip((table.name for table in tables), raws, strict=True))
    columns = id_columns(tables)
    kinds = [id_kind(connection, table, opened[table.name], column) for table, column in columns]
    return id_type([table for table, _ in columns], kinds, [column for _, column in columns])


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
