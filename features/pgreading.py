"""Rows of PostgreSQL, streamed once into DuckDB from one snapshot of the database."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, NamedTuple, TypeAlias

import duckdb
import pyarrow as pa

from features.connection import literal, quoted
from features.errors import StateError
from features.pgtypes import Arrival, arrival
from features.postgres import PostgresQuery, PostgresTable, hidden, without_password

Postgres: TypeAlias = PostgresTable | PostgresQuery

_WAIT: Final = "connect_timeout=10"
_SHOWN: Final = 20
_KINDS_READ: Final = "('r', 'v', 'm', 'p', 'f')"
_NO_RIGHT: Final = "42501"
_LOGIN: Final = ("authentication failed", "no password supplied", "role ", "pg_hba.conf")


class Staged(NamedTuple):
    """Rows as they came, in a table of DuckDB.

    Parameters
    ----------
    there : tuple of str
        All columns of the source, a name as often as it stands there.
    columns : mapping of str to Arrival
        By wanted column.
    """

    there: tuple[str, ...]
    columns: dict[str, Arrival]


class Sessions(ExitStack):
    """Connections to servers, one a DSN, each within one read-only transaction.

    All tables that one of them reads come from one snapshot of the database.
    """

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[str, Any] = {}

    def of(self, dsn: str) -> Any:
        """Return the connection for a DSN, opened when it is not yet.

        Raises
        ------
        StateError
            When the driver is not installed, or the server cannot be reached or refuses.
        """
        if dsn not in self._open:
            self._open[dsn] = self.enter_context(_connected(dsn))
        return self._open[dsn]


def staged(
    connection: duckdb.DuckDBPyConnection,
    session: Any,
    source: Postgres,
    wanted: Collection[str],
    table: str,
) -> Staged:
    """Stream the wanted columns of a source into a temporary table.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        From `features.connection.connected`; what does not fit its memory goes to its folder.
    session : connection
        From `Sessions`.
    source : PostgresTable or PostgresQuery
        What to read.
    wanted : collection of str
        Columns to bring.
    table : str
        Name of the table to make, with the columns ``c0``, ``c1`` and so on.

    Returns
    -------
    Staged

    Raises
    ------
    StateError
        When there is no such table, its reading is not permitted, or the stream breaks off.
    """
    with session.cursor() as cursor:
        relation = _relation(cursor, source)
        there = _names(cursor, source, relation)
        once = [name for name in wanted if there.count(name) == 1]
        kinds = _kinds(cursor, source, relation, once)
        columns = {
            name: arrival(name, kind, f"c{place}", is_enum=is_enum)
            for place, (name, (kind, is_enum)) in enumerate(kinds.items())
        }
        asked = ", ".join(each.asked for each in columns.values()) or "1 AS nothing"
        taken = ", ".join(
            f"{each.taken} AS c{place}" for place, each in enumerate(columns.values())
        )
        with _told(source):
            cursor.execute(f"SELECT {asked} FROM {relation}")
            with cursor.fetch_record_batch() as batches:
                incoming = f"incoming {table}"
                connection.register(incoming, batches)
                connection.execute(
                    f"CREATE OR REPLACE TEMP TABLE {quoted(table)} AS "
                    f"SELECT {taken or 'nothing'} FROM {quoted(incoming)}"
                )
                connection.unregister(incoming)
    return Staged(there, columns)


@contextmanager
def _connected(dsn: str) -> Iterator[Any]:
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError as error:
        raise StateError(
            "PostgreSQL is read with a driver that is not installed; install it with "
            "`pip install 'foretell[postgres]'`"
        ) from error
    place = without_password(dsn)
    refused = ""
    session: Any = None
    try:
        session = dbapi.connect(_patient(dsn))
    except dbapi.Error as error:
        refused = hidden(_said(error), dsn)
    # Outside of the handler, so that no trace of the error carries the driver's own words.
    if session is None:
        raise StateError(f"{place} cannot be reached: {refused}; {_remedy(refused)}")
    with session:
        with session.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield session


def _patient(dsn: str) -> str:
    # libpq would wait for ever for a host that does not answer.
    if "connect_timeout" in dsn or "PGCONNECT_TIMEOUT" in os.environ:
        return dsn
    return f"{dsn}{'&' if '?' in dsn else '?'}{_WAIT}"


def _remedy(said: str) -> str:
    if any(words in said for words in _LOGIN):
        return "check the user, and the password in PGPASSWORD or ~/.pgpass"
    if "database" in said and "does not exist" in said:
        return "check the name of the database"
    return "is the server running, and are host and port right?"


def _relation(cursor: Any, source: Postgres) -> str:
    if isinstance(source, PostgresQuery):
        query = source.query.strip(" ;\n\t")
        return f"({query}\n) AS asked"
    wanted = literal(source.table)
    found = _rows(
        cursor,
        source,
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = "
        f"c.relnamespace WHERE c.relkind IN {_KINDS_READ} AND (n.nspname || '.' || c.relname = "
        f"{wanted} OR (c.relname = {wanted} AND n.nspname = ANY(current_schemas(false)))) "
        "ORDER BY array_position(current_schemas(false), n.nspname) LIMIT 1",
    )
    if found:
        return ".".join(map(quoted, found[0]))
    others = _rows(
        cursor,
        source,
        "SELECT CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname "
        "END FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE c.relkind IN {_KINDS_READ} AND n.nspname !~ '^(pg_|information_schema$)' "
        f"ORDER BY 1 LIMIT {_SHOWN + 1}",
    )
    names = [row[0] for row in others]
    more = " and more" if len(names) > _SHOWN else ""
    raise StateError(
        f"{without_password(source.dsn)} has no table or view '{source.table}'; it has "
        f"{', '.join(names[:_SHOWN]) + more or 'none'}"
    )


def _names(cursor: Any, source: Postgres, relation: str) -> tuple[str, ...]:
    if isinstance(source, PostgresQuery):
        return tuple(_schema(cursor, source, f"SELECT * FROM {relation} LIMIT 0").names)
    # Asked of the catalogue: the right to read may be given for some columns only.
    rows = _rows(
        cursor,
        source,
        f"SELECT attname FROM pg_attribute WHERE attrelid = {literal(relation)}::regclass "
        "AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
    )
    return tuple(row[0] for row in rows)


def _kinds(
    cursor: Any, source: Postgres, relation: str, names: list[str]
) -> dict[str, tuple[str, bool]]:
    if not names:
        return {}
    listed = ", ".join(map(quoted, names))
    schema = _schema(cursor, source, f"SELECT {listed} FROM {relation} LIMIT 0")
    kinds = [(each.metadata or {}).get(b"POSTGRESQL:type", b"").decode() for each in schema]
    enums = _rows(
        cursor,
        source,
        "SELECT typname, 'unnamed<oid:' || oid || '>' FROM pg_type WHERE typtype = 'e'",
    )
    named = {name for row in enums for name in row}
    return {
        name: (kind or "unknown", kind in named) for name, kind in zip(names, kinds, strict=True)
    }


def _schema(cursor: Any, source: Postgres, query: str) -> pa.Schema:
    with _told(source):
        cursor.execute(query)
        return cursor.fetch_arrow_table().schema


def _rows(cursor: Any, source: Postgres, query: str) -> list[tuple[Any, ...]]:
    with _told(source):
        cursor.execute(query)
        return list(cursor.fetchall())


@contextmanager
def _told(source: Postgres) -> Iterator[None]:
    from adbc_driver_manager import Error

    failed: Exception | None = None
    try:
        yield
    except (Error, duckdb.Error, pa.ArrowException, OSError) as error:
        failed = error
    if failed is None:
        return
    said = hidden(_said(failed), source.dsn)
    denied = getattr(failed, "sqlstate", None) == _NO_RIGHT
    remedy = (
        "have the right granted: GRANT SELECT (and USAGE on its schema) to the user of the DSN"
        if denied
        else "mend the query"
        if isinstance(source, PostgresQuery)
        else "nothing was read; try again"
    )
    failed = None
    raise StateError(f"{source} cannot be read: {said}; {remedy}")


def _said(error: Exception) -> str:
    text = str(error).partition("Query was:")[0].partition("[libpq] ")
    return " ".join((text[2] or text[0]).split())
