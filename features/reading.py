"""Raw tables as DuckDB views: Parquet, CSV and frames, with the columns of a contract."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import pyarrow as pa

from features.connection import connected, quoted
from features.csvfiles import HeaderFault, csv_scan
from features.duckfile import DuckTable, attached
from features.errors import ContractError, Violation
from features.files import Files, files_of
from features.frames import LazyFault, read_frame
from features.hive import Key, keys_of
from features.parquet import parquet_scan
from features.pgreading import Sessions, staged
from features.postgres import PostgresQuery, PostgresTable
from features.sources import Source, label_of, meant
from features.tables import Table, columns_of
from features.unreadable import unreadable

__all__ = [
    "Raw",
    "Source",
    "connected",
    "label_of",
    "open_files",
    "open_source",
    "open_sources",
    "unreadable",
]

_FILE: Final = "file name of the row"


@dataclass(frozen=True)
class Raw:
    """A source, opened as a view whose cells are as they came.

    Parameters
    ----------
    view : str
        Name of the view.
    label : str
        The source in words.
    cells : mapping of str to str
        By column of the contract that is there, its column in the view.
    kinds : mapping of str to str
        By column of the contract that is there, its DuckDB type.
    there : tuple of str
        All columns of the source.
    texts : bool
        Every column came as text, as from CSV.
    file : str or None
        Column of the view with the row's file below the folder of the source, when there are
        several.
    numerals : frozenset of str
        Columns whose numbers came as text, with all of their digits, among others that did not.
    """

    view: str
    label: str
    cells: Mapping[str, str]
    kinds: Mapping[str, str]
    there: tuple[str, ...]
    texts: bool = False
    file: str | None = None
    numerals: frozenset[str] = frozenset()

    def is_written(self, column: str) -> bool:
        """Tell whether the cells of a column are text that may stand for numbers."""
        return self.texts or column in self.numerals


def open_sources(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    sources: Mapping[str, Source],
    views: str = "raw",
) -> list[Raw]:
    """Open the sources of several tables as the views ``raw_0``, ``raw_1`` and so on.

    Tables of one PostgreSQL database come from one snapshot of it. See `open_source`.
    """
    with Sessions() as sessions:
        return [
            _opened(connection, table, meant(sources[table.name]), f"{views}_{place}", sessions)
            for place, table in enumerate(tables)
        ]


def open_source(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    source: Source,
    view: str,
    sessions: Sessions | None = None,
) -> Raw:
    """Open a source of a table as a view.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        From `connected`.
    table : Table
        Contract; only its columns are read.
    source : Source
        A folder is read with all files below it, which must be of one format; see
        `features.files.files_of`. CSV is read as text, so that every cell that cannot be read is
        reported. Rows of PostgreSQL are brought once, into a temporary table.
    view : str
        Name for the view.
    sessions : Sessions, optional
        Connections to PostgreSQL that several tables share, to come from one snapshot.

    Returns
    -------
    Raw

    Raises
    ------
    StateError
        When there is no such file or table, or a database cannot be opened.
    ContractError
        When a file cannot be read, or files of one source differ in their columns.
    DefinitionError
        When the source is none.
    """
    with nullcontext(sessions) if sessions is not None else Sessions() as shared:
        return _opened(connection, table, meant(source), view, shared)


def open_files(connection: duckdb.DuckDBPyConnection, table: Table, files: Files, view: str) -> Raw:
    """Open files that were found before; see `open_source`."""
    try:
        return (_csv if files.texts else _parquet)(connection, table, files, view)
    except duckdb.Error as error:
        raise unreadable(table, files.label, error) from error


def _opened(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    source: Source,
    view: str,
    sessions: Sessions,
) -> Raw:
    if isinstance(source, PostgresTable | PostgresQuery):
        return _postgres(connection, table, source, view, sessions)
    if isinstance(source, DuckTable):
        relation = attached(connection, source)
        try:
            kinds = _kinds(connection, relation)
            return _view(connection, table, relation, kinds, str(source), view)
        except duckdb.Error as error:
            raise unreadable(table, str(source), error) from error
    if isinstance(source, str | os.PathLike | list | tuple):
        return open_files(connection, table, files_of(source), view)
    return _frame(connection, table, source, view)


def _postgres(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    source: PostgresTable | PostgresQuery,
    view: str,
    sessions: Sessions,
) -> Raw:
    session = sessions.of(source.dsn)
    came = staged(connection, session, source, columns_of(table), view)
    twice = [name for name in dict.fromkeys(came.there) if came.there.count(name) > 1]
    _refuse_twins(table, str(source), twice)
    return Raw(
        view,
        str(source),
        {name: f"c{place}" for place, name in enumerate(came.columns)},
        {name: each.kind for name, each in came.columns.items()},
        came.there,
        numerals=frozenset(name for name, each in came.columns.items() if each.numerals),
    )


def _parquet(connection: duckdb.DuckDBPyConnection, table: Table, files: Files, view: str) -> Raw:
    scan, faults = parquet_scan(connection, files, columns_of(table), _FILE)
    keys, strays = keys_of(files, [name for name in columns_of(table) if name not in scan.kinds])
    if faults or strays:
        raise ContractError(table.name, files.label, faults or strays)
    return _view(
        connection, table, _filed(scan.relation, files), scan.kinds, files.label, view, files, keys
    )


def _csv(connection: duckdb.DuckDBPyConnection, table: Table, files: Files, view: str) -> Raw:
    try:
        names, scan = csv_scan(files, _FILE)
    except (UnicodeDecodeError, OSError, csv.Error) as error:
        raise unreadable(table, files.label, error) from error
    except HeaderFault as fault:
        raise ContractError(table.name, files.label, [fault.violation]) from None
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    _refuse_twins(table, files.label, twice)
    wanted = [name for name in columns_of(table) if name in names]
    keys, strays = keys_of(files, [name for name in columns_of(table) if name not in names])
    if strays:
        raise ContractError(table.name, files.label, strays)
    cells = {name: f"c{place}" for place, name in enumerate([*wanted, *keys])}
    chosen = [f"f{names.index(name)} AS {cells[name]}" for name in wanted]
    chosen += [f"{key.cell}::VARCHAR AS {cells[name]}" for name, key in keys.items()]
    several = len(files.paths) > 1
    chosen += ["file"] if several else []
    connection.execute(_create(view, chosen, _filed(scan, files)))
    kinds = dict.fromkeys(cells, "VARCHAR")
    there = (*names, *keys)
    return Raw(view, files.label, cells, kinds, there, True, "file" if several else None)


def _filed(scan: str, files: Files) -> str:
    # A file is told by its name below the root: every month's folder may hold a part-0.
    name = f"substr({quoted(_FILE)}, {len(files.prefix) + 1})"
    return f"(SELECT *, {name} AS file FROM {scan})"


def _view(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    scan: str,
    kinds: Mapping[str, str],
    label: str,
    view: str,
    files: Files | None = None,
    keys: Mapping[str, Key] | None = None,
) -> Raw:
    keys = keys or {}
    there = (*(name for name in kinds if name != _FILE), *keys)
    wanted = [name for name in columns_of(table) if name in there]
    cells = {name: f"c{place}" for place, name in enumerate(wanted)}
    chosen = [
        f"{keys[name].cell if name in keys else quoted(name)} AS {cell}"
        for name, cell in cells.items()
    ]
    several = files is not None and len(files.paths) > 1
    chosen += ["file"] if several else []
    connection.execute(_create(view, chosen, scan))
    held = {name: keys[name].kind if name in keys else kinds[name] for name in wanted}
    texts = frozenset(name for name, key in keys.items() if key.kind == "VARCHAR")
    return Raw(view, label, cells, held, there, file="file" if several else None, numerals=texts)


def _create(view: str, chosen: Sequence[str], scan: str) -> str:
    columns = ", ".join(chosen) or "1 AS nothing"
    return f"CREATE OR REPLACE TEMP VIEW {quoted(view)} AS SELECT {columns} FROM {scan}"


def _kinds(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def _refuse_twins(table: Table, label: str, twice: Sequence[str]) -> None:
    faults = [
        Violation(name, "one column of this name", "several", "rename or drop the others")
        for name in twice
        if name in columns_of(table)
    ]
    if faults:
        raise ContractError(table.name, label, faults)


def _frame(connection: duckdb.DuckDBPyConnection, table: Table, source: Any, view: str) -> Raw:
    try:
        label, there, arrow = read_frame(source, columns_of(table))
    except (pa.ArrowException, LazyFault) as error:
        came = f"one that cannot be read: {error}"
        expected, remedy = "columns of numbers, texts, dates and times", "cast the column"
        if isinstance(error, LazyFault):
            expected, remedy = "a LazyFrame that polars can collect", "mend its plan"
        fault = Violation("(all)", expected, came, remedy)
        raise ContractError(table.name, "a frame", [fault]) from error
    _refuse_twins(table, label, [name for name in dict.fromkeys(there) if there.count(name) > 1])
    names = [name for name in columns_of(table) if name in there]
    cells = {name: f"c{place}" for place, name in enumerate(names)}
    connection.register(view, arrow.select(names).rename_columns(list(cells.values())))
    kinds = _kinds(connection, view)
    return Raw(view, label, cells, {name: kinds[cells[name]] for name in names}, there)
