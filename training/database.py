"""MLflow's database: there as a whole, or not at all.

MLflow makes its tables in some fifty steps, in the file itself. Whoever is killed between two of
them, or finds the disk full, or does it twice at once, leaves a file that no later run can open. So
the file is made elsewhere and moved to its place.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Final

from features.errors import StateError
from features.whole import flush
from training.quiet import quiet_mlflow

_ROOM: Final = ".mlflow-"
_LONG: Final = 3_600.0
"""Seconds after which nobody makes a database any more: a killed process left the folder."""

_CUT_OFF: Final = "SELECT name FROM sqlite_master WHERE substr(name, 1, 13) = '_alembic_tmp_'"


def require_database(path: Path) -> None:
    """Make the database of a registry, unless it is there.

    Parameters
    ----------
    path : Path
        Where it belongs. Of several processes that make it at once, the first one's stays.

    Raises
    ------
    StateError
        When a database is there whose making was cut off.
    """
    if path.exists():
        _require_whole(path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f"{_ROOM}*"):
        # Another process may take its own away meanwhile.
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _LONG:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_ROOM, dir=path.parent) as room:
        made, copy = Path(room) / "made.db", Path(room) / path.name
        client = quiet_mlflow().MlflowClient(f"sqlite:///{made}", f"sqlite:///{made}")
        client.search_registered_models(max_results=1)
        client.search_experiments(max_results=1)
        # A file of its own: MLflow may keep the one that it made open.
        shutil.copyfile(made, copy)
        flush(copy)
        _placed(copy, path)
    flush(path.parent)


def _placed(made: Path, path: Path) -> None:
    """Move a file to a place that may have been taken meanwhile, and is left as it is then."""
    try:
        os.link(made, path)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise
        # A file system without links to files: two at once would be seen too late here.
        if not path.exists():
            made.replace(path)


def _require_whole(path: Path) -> None:
    """Refuse a database in which tables are in the middle of being made."""
    address = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as opened:
            found = opened.execute(_CUT_OFF).fetchall()
    except sqlite3.Error:
        return  # Locked or no database: whoever reads it next says so.
    if found:
        raise StateError(
            f"{path} was cut off while its tables were made ({found[0][0]}), and nothing can be "
            "recorded in it; move it away, and run the same command again"
        )
