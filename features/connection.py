"""A DuckDB connection that leaves nothing behind, and how names and texts are written in SQL."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from features.whole import passing_folder


@contextmanager
def connected(
    memory: str = "2GiB", folder: str | os.PathLike[str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB connection in UTC that spills to a folder of its own.

    Parameters
    ----------
    memory : str
        Memory limit, such as ``"2GiB"``.
    folder : path, optional
        Where the temporary folder is made; left out, where the system keeps such. Those that
        killed processes left there are removed.

    Yields
    ------
    duckdb.DuckDBPyConnection
    """
    place = Path(folder or tempfile.gettempdir()) / "foretell-duckdb"
    with passing_folder(place) as spill:
        connection = duckdb.connect()
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"SET memory_limit = {literal(memory)}")
            connection.execute(f"SET temp_directory = {literal(str(spill))}")
            yield connection
        finally:
            connection.close()


def quoted(name: str) -> str:
    """Return a name as an SQL identifier.

    Examples
    --------
    >>> quoted("tax (%)")
    '"tax (%)"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as an SQL literal.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
