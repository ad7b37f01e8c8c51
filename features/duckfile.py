"""Tables and views of a DuckDB database file, opened so that nothing in it can change."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from features.connection import literal, quoted
from features.errors import DefinitionError, StateError

SCHEME: Final = "duckdb://"
_SHOWN: Final = 20


@dataclass(frozen=True)
class DuckTable:
    """A table or view of a DuckDB database file.

    Parameters
    ----------
    path : str or path
        The file.
    table : str
        Its name, with the schema before a point when it is not ``main``.

    Examples
    --------
    >>> print(DuckTable("crm.db", "sales.orders"))
    duckdb:///crm.db#sales.orders
    >>> DuckTable.from_url("duckdb:////data/crm.db#orders").path
    '/data/crm.db'
    """

    path: str | os.PathLike[str]
    table: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", os.fspath(self.path))
        faults = []
        if not self.path:
            faults.append("expected the path of a database file, got none")
        if not self.table:
            faults.append(
                f"expected a table of {self.path}, got none; write "
                f"{SCHEME}/{self.path or 'FILE'}#SCHEMA.TABLE"
            )
        if faults:
            raise DefinitionError("source", faults)

    def __str__(self) -> str:
        return f"{SCHEME}/{self.path}#{self.table}"

    @classmethod
    def from_url(cls, url: str) -> DuckTable:
        """Read ``duckdb:///PATH#SCHEMA.TABLE``; an absolute path makes it four slashes."""
        place, _, table = url.removeprefix(SCHEME).partition("#")
        return cls(place.removeprefix("/"), table)


def attached(connection: duckdb.DuckDBPyConnection, source: DuckTable) -> str:
    """Attach the file of a table read-only.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        From `features.connection.connected`. A file that is attached already is not again, so
        that all of its tables come from one state of it.
    source : DuckTable
        The table.

    Returns
    -------
    str
        The table as SQL.

    Raises
    ------
    StateError
        When the file is not there, is no database, is locked by who writes to it, or has no such
        table or view; then with those that it has.
    """
    alias = _attach(connection, source)
    rows = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() "
        "WHERE database_name = $1 AND NOT internal UNION ALL "
        "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $1 "
        "AND NOT internal ORDER BY ALL",
        [alias],
    ).fetchall()
    wanted = source.table.lower()
    for schema, name in rows:
        # Its names know no case.
        if wanted in (f"{schema}.{name}".lower(), name.lower() if schema == "main" else None):
            return ".".join(map(quoted, (alias, schema, name)))
    names = [name if schema == "main" else f"{schema}.{name}" for schema, name in rows]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    raise StateError(
        f"{source.path} has no table or view '{source.table}'; it has "
        f"{', '.join(names[:_SHOWN]) + more or 'none'}"
    )


def _attach(connection: duckdb.DuckDBPyConnection, source: DuckTable) -> str:
    path = Path(source.path)
    if not path.is_file():
        there = Path("/", path)
        hint = f"; for {there} write four slashes" if there != path and there.is_file() else ""
        raise StateError(f"no DuckDB database is there: expected a file at {path}{hint}")
    open_now = connection.execute(
        "SELECT path, database_name FROM duckdb_databases() WHERE path IS NOT NULL"
    ).fetchall()
    real = str(path.resolve())
    for other, name in open_now:
        if other == real:
            return str(name)
    alias = f"file_{len(open_now)}"
    try:
        connection.execute(f"ATTACH {literal(real)} AS {alias} (READ_ONLY)")
    except duckdb.Error as error:
        said = " ".join(str(error).splitlines()[0].split())
        locked = "lock" in said or "handle conflict" in said or "configuration" in said
        remedy = (
            "close the program that has it open for writing, or read a copy"
            if locked
            else "name a file that DuckDB wrote, and open it with a DuckDB as new as its writer"
        )
        raise StateError(f"{path} cannot be opened: {said}; {remedy}") from error
    return alias
