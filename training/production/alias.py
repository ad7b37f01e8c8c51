"""Moves an alias of MLflow's registry without MLflow, which takes seconds to load.

Only a rollback does so: it must be quick, and work when the database is locked or damaged. One row
is changed where it is there and fits; anything else is left to MLflow and told.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

WAIT: Final = 0.5
"""Seconds to wait for whoever holds the database."""


def move_alias(database: Path, name: str, version: int, alias: str) -> str:
    """Let an alias name another version.

    Parameters
    ----------
    database : Path
        MLflow's SQLite file.
    name : str
        Registered model.
    version : int
        Version.
    alias : str
        Alias, which must be there.

    Returns
    -------
    str
        Why it was left as it was; empty when it moved.
    """
    if not database.is_file():
        return f"{database} is not there"
    try:
        with closing(sqlite3.connect(database, timeout=WAIT)) as connection, connection:
            found = connection.execute(
                "UPDATE registered_model_aliases SET version = ? WHERE name = ? AND alias = ?",
                (version, name, alias),
            ).rowcount
    except sqlite3.Error as error:
        return f"{database}: {error}"
    return "" if found == 1 else f"{database} names no '{alias}' of '{name}'"
