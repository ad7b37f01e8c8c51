"""Raw tables as DuckDB views: Parquet, CSV and frames, with the columns of a contract."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, Union

import duckdb
import pyarrow as pa

from features.connection import connected, literal, quoted
from features.errors import ContractError, Violation
from features.files import CSV, files_of, header
from features.frames import read_frame
from features.tables import Table, columns_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Source: TypeAlias = Union[str, "os.PathLike[str]", "pd.DataFrame", "pl.DataFrame", pa.Table]
"""A Parquet or CSV file, a folder or glob of them, or a frame."""

__all__ = ["Raw", "Source", "connected", "open_source", "unreadable"]

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
        Column of the view with the row's file, when there are several.
    """

    view: str
    label: str
    cells: Mapping[str, str]
    kinds: Mapping[str, str]
    there: tuple[str, ...]
    texts: bool = False
    file: str | None = None


def open_source(
    connection: duckdb.DuckDBPyConnection, table: Table, source: Source, view: str
) -> Raw:
    """Open a source of a table as a view.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        From `connected`.
    table : Table
        Contract; only its columns are read.
    source : str, path, pandas.DataFrame, polars.DataFrame or pyarrow.Table
        A folder is read with all Parquet files, or else all CSV files, below it. CSV is read as
        text, so that every cell that cannot be read is reported.
    view : str
        Name for the view.

    Returns
    -------
    Raw

    Raises
    ------
    StateError
        When there is no such file.
    ContractError
        When a file cannot be read, or files of one source differ in their columns.
    """
    if isinstance(source, str | os.PathLike):
        files = files_of(os.fspath(source))
        try:
            if files[0].name.lower().endswith(CSV):
                return _csv(connection, table, files, os.fspath(source), view)
            return _parquet(connection, table, files, os.fspath(source), view)
        except duckdb.Error as error:
            raise unreadable(table, os.fspath(source), error) from error
    return _frame(connection, table, source, view)


def unreadable(table: Table, label: str, error: Exception) -> ContractError:
    """Return the error of a source that cannot be read at all."""
    said = " ".join(line.strip() for line in str(error).split("Possible")[0].splitlines() if line)
    came = f"a file that cannot be read: {said}"
    fault = Violation("(all)", "rows of equal length in UTF-8", came, "repair or export it again")
    return ContractError(table.name, label, [fault])


def _parquet(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    files: Sequence[Path],
    label: str,
    view: str,
) -> Raw:
    listed = ", ".join(literal(str(each)) for each in files)
    several = len(files) > 1
    option = f", filename = {literal(_FILE)}" if several else ""
    scan = f"read_parquet([{listed}]{option})"
    return _view(connection, table, scan, label, view, several)


def _csv(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    files: Sequence[Path],
    label: str,
    view: str,
) -> Raw:
    try:
        heads = {each: header(each) for each in files}
    except (UnicodeDecodeError, OSError, csv.Error) as error:
        raise unreadable(table, label, error) from error
    names, mark = heads[files[0]]
    for each, head in heads.items():
        if head != (names, mark):
            fault = Violation(
                "(all)",
                f"in every file the columns {', '.join(names)}",
                f"{', '.join(head[0])} in {each.name}",
                "give the files one header",
            )
            raise ContractError(table.name, label, [fault])
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    # Columns are told apart by position: DuckDB takes A and a for one name.
    fields = ", ".join(f"'f{place}': 'VARCHAR'" for place in range(len(names)))
    listed = ", ".join(literal(str(each)) for each in files)
    several = len(files) > 1
    scan = (
        f"read_csv([{listed}], auto_detect = false, header = true, delim = {literal(mark)}, "
        f"quote = '\"', escape = '\"', columns = {{{fields}}}"
        + (f", filename = {literal(_FILE)})" if several else ")")
    )
    _refuse_twins(table, label, twice)
    wanted = [name for name in columns_of(table) if name in names]
    cells = {name: f"c{place}" for place, name in enumerate(wanted)}
    chosen = [f"f{names.index(name)} AS {cells[name]}" for name in wanted]
    chosen += [f"{quoted(_FILE)} AS file"] if several else []
    connection.execute(_create(view, chosen, scan))
    kinds = dict.fromkeys(wanted, "VARCHAR")
    return Raw(view, label, cells, kinds, tuple(names), True, "file" if several else None)


def _view(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    scan: str,
    label: str,
    view: str,
    several: bool,
) -> Raw:
    kinds = _kinds(connection, scan)
    there = [name for name in kinds if name != _FILE]
    wanted = [name for name in columns_of(table) if name in there]
    cells = {name: f"c{place}" for place, name in enumerate(wanted)}
    chosen = [f"{quoted(name)} AS {cell}" for name, cell in cells.items()]
    chosen += [f"{quoted(_FILE)} AS file"] if several else []
    connection.execute(_create(view, chosen, scan))
    held = {name: kinds[name] for name in wanted}
    return Raw(view, label, cells, held, tuple(there), file="file" if several else None)


def _create(view: str, chosen: Sequence[str], scan: str) -> str:
    columns = ", ".join(chosen) or "1 AS nothing"
    return f"CREATE OR REPLACE TEMP VIEW {quoted(view)} AS SELECT {columns} FROM {scan}"  # noqa: S608  quoted


def _kinds(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()  # noqa: S608  quoted
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
    except pa.ArrowException as error:
        came = f"one that cannot be read: {error}"
        expected, remedy = "columns of numbers, texts, dates and times", "cast the column"
        fault = Violation("(all)", expected, came, remedy)
        raise ContractError(table.name, "a frame", [fault]) from error
    _refuse_twins(table, label, [name for name in dict.fromkeys(there) if there.count(name) > 1])
    names = [name for name in columns_of(table) if name in there]
    cells = {name: f"c{place}" for place, name in enumerate(names)}
    connection.register(view, arrow.select(names).rename_columns(list(cells.values())))
    kinds = _kinds(connection, view)
    return Raw(view, label, cells, {name: kinds[cells[name]] for name in names}, there)
