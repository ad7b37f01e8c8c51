"""Tables and queries of a PostgreSQL server, named without giving a password away."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from features.errors import DefinitionError

SCHEMES: Final = ("postgresql://", "postgres://")
_HIDDEN: Final = "***"
_RESERVED: Final = re.compile(r"[\s@/?#:\[\]]|%(?![0-9A-Fa-f]{2})")
_SECRETS: Final = re.compile(r"(?<=[?&])((?:ssl)?password|passfile)=([^&]*)")


@dataclass(frozen=True)
class PostgresTable:
    """A table, view or materialised view of a PostgreSQL database.

    Parameters
    ----------
    dsn : str
        ``postgresql://USER@HOST:PORT/DATABASE``, with what libpq allows after a ``?``. What is
        left out comes from the environment (``PGHOST``, ``PGUSER``, ``PGDATABASE``). The password
        is best left to ``PGPASSWORD`` or ``~/.pgpass``. One that stands here is never shown.
    table : str
        Its name, with the schema before a point when it is not on the search path.

    Examples
    --------
    >>> source = PostgresTable("postgresql://db/crm?user=ann&password=secret", "sales.orders")
    >>> print(source)
    postgresql://db/crm?user=ann&password=***#sales.orders
    >>> source
    PostgresTable(table='sales.orders')
    """

    dsn: str = field(repr=False)
    table: str

    def __post_init__(self) -> None:
        wanted = "expected a table, got none; write postgresql://USER@HOST/DATABASE#SCHEMA.TABLE"
        _refuse(self.dsn, [] if self.table else [wanted])

    def __str__(self) -> str:
        return f"{without_password(self.dsn)}#{self.table}"

    @classmethod
    def from_url(cls, url: str) -> PostgresTable:
        """Read ``postgresql://USER@HOST/DATABASE#SCHEMA.TABLE``."""
        dsn, _, table = url.partition("#")
        return cls(dsn, table)


@dataclass(frozen=True)
class PostgresQuery:
    """The rows that a query of a PostgreSQL database returns.

    Parameters
    ----------
    dsn : str
        As for `PostgresTable`.
    query : str
        One ``SELECT``.

    Examples
    --------
    >>> print(PostgresQuery("postgresql://db.example/crm", "SELECT id, at FROM visits"))
    a query at postgresql://db.example/crm
    """

    dsn: str = field(repr=False)
    query: str

    def __post_init__(self) -> None:
        _refuse(self.dsn, [] if self.query.strip(" \n\t;") else ["expected a query, got none"])

    def __str__(self) -> str:
        return f"a query at {without_password(self.dsn)}"


def without_password(dsn: str) -> str:
    """Return a DSN as it may be shown.

    Examples
    --------
    >>> without_password("postgresql://ann:" + "secret@db/crm?password=secret")
    'postgresql://ann@db/crm?password=***'
    """
    scheme, rest = _split(dsn)
    userinfo, at, place = rest.rpartition("@")
    user = userinfo.partition(":")[0]
    return scheme + user + at + _SECRETS.sub(rf"\1={_HIDDEN}", place)


def hidden(text: str, dsn: str) -> str:
    """Return a text with every password of a DSN taken out.

    Examples
    --------
    >>> hidden("no such token: s%20t or 's t'", "postgresql://ann:" + "s%20t@db/crm")
    "no such token: *** or '***'"
    """
    text = text.replace(dsn, without_password(dsn))
    for secret in sorted(_secrets(dsn), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return text


def _refuse(dsn: str, faults: list[str]) -> None:
    if not dsn.startswith(SCHEMES):
        # What came may hold a password, wherever it stands.
        faults.insert(0, "expected a DSN postgresql://USER@HOST:PORT/DATABASE, got something else")
    elif any(_RESERVED.search(each) for each in _written(dsn)):
        faults.insert(
            0,
            "the password in the DSN has marks that a URL cannot hold; leave it to PGPASSWORD or "
            "~/.pgpass, or percent-encode it (@ as %40, / as %2F, : as %3A)",
        )
    if faults:
        raise DefinitionError("source", faults)


def _split(dsn: str) -> tuple[str, str]:
    scheme = next((each for each in SCHEMES if dsn.startswith(each)), "")
    return scheme, dsn.removeprefix(scheme)


def _written(dsn: str) -> set[str]:
    rest = _split(dsn)[1]
    password = rest.rpartition("@")[0].partition(":")[2]
    named = {match[2] for match in _SECRETS.finditer(rest)}
    return {each for each in {password, *named} if each}


def _secrets(dsn: str) -> set[str]:
    return {form for each in _written(dsn) for form in (each, unquote(each))}
