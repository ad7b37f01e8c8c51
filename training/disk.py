"""Words for a disk that is full or may not be written."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from features.errors import StateError

_FULL: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
    errno.EFBIG: "the file is larger than this process may write",
    errno.EROFS: "the disk is mounted read-only",
    errno.EIO: "the disk fails",
}
_CLOSED: Final = {
    errno.EACCES: "this user may not write there",
    errno.EPERM: "this user may not write there",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.EEXIST: "a file stands where a folder is needed",
}
_SQLITE: Final = {
    "database or disk is full": "the disk is full",
    "attempt to write a readonly database": "it may not be written",
    "unable to open database file": "it cannot be opened for writing",
    "disk I/O error": "the disk is full or fails",
}


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Try a folder before minutes are spent, and say what to do when its disk fails on the way.

    Parameters
    ----------
    folder : Path
        ``mlruns``; made when missing.

    Raises
    ------
    StateError
        When it, or what is below it, cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))
        yield
    except Exception as error:
        reason = _reason(error, folder)
        if reason is None:
            raise
        raise StateError(
            f"{reason[0]} cannot be written: {reason[1]}; free space or mend its rights (or choose "
            "another --home), then run the same command again: a search goes on after its last "
            "finished trial"
        ) from error


def _reason(error: Exception, folder: Path) -> tuple[str, str] | None:
    """Return what cannot be written and why, when a disk is at fault."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return str(error.filename or folder), _FULL[error.errno]
    if isinstance(error, OSError) and error.errno in _CLOSED:
        path = Path(error.filename or folder)
        inside = path == folder or folder in path.parents or path in folder.parents
        return (str(path), _CLOSED[error.errno]) if inside else None
    # What sqlite says arrives inside errors of mlflow or sqlalchemy, which are not imported here.
    if type(error).__module__.partition(".")[0] in ("mlflow", "sqlalchemy", "sqlite3"):
        for words, reason in _SQLITE.items():
            if words in str(error):
                return str(folder / "mlflow.db"), reason
    return None
