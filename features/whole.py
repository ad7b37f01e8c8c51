"""Files and folders that appear whole or not at all.

Everything is written under a temporary name beside the final one, flushed to the disk and renamed.
Whoever is killed on the way leaves only a name that ends in ``.partial``; the lock on it dies with
the process, so the next run can tell a leftover from work that is still going on.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Final

from features.errors import StateError

PARTIAL: Final = ".partial"
"""Ending of a temporary name."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Write a file that replaces the one of its name only when it is complete.

    Parameters
    ----------
    path : Path
        Final name; its folder is made when missing.

    Yields
    ------
    Path
        Temporary name to write to. It is removed when the block raises.
    """
    with _partial(path, lambda partial: partial.touch(exist_ok=False)) as partial:
        yield partial
        flush(partial)
        partial.replace(path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Fill a folder that appears under its name only when it is complete.

    Parameters
    ----------
    path : Path
        Final name, which must be free: a result is never overwritten.

    Yields
    ------
    Path
        Temporary folder to write to. It is removed when the block raises.

    Raises
    ------
    StateError
        When something stands under the final name.
    """
    require_free(path)
    with _partial(path, Path.mkdir) as partial:
        yield partial
        for each in sorted(partial.rglob("*"), reverse=True):
            flush(each)
        flush(partial)
        require_free(path)
        partial.rename(path)


def require_free(path: Path, remedy: str = "choose another name") -> None:
    """Refuse a name that is taken: asked before long work, it is refused at once.

    Raises
    ------
    StateError
        When something stands under it.
    """
    if path.exists():
        raise StateError(f"{path} exists and is never overwritten; {remedy}")


@contextmanager
def passing_folder(path: Path) -> Iterator[Path]:
    """Have a folder for as long as the block runs, which nobody else may read.

    Parameters
    ----------
    path : Path
        Where, and what its temporary name begins with. Folders that processes which are gone left
        there are removed.

    Yields
    ------
    Path
        Temporary folder.
    """
    with _claimed(path, lambda partial: partial.mkdir(mode=0o700)) as partial:
        yield partial


def leftovers(path: Path) -> list[Path]:
    """Return what interrupted runs left beside a final name, or running ones are writing."""
    return sorted(path.parent.glob(f".{path.name}.*{PARTIAL}"))


@contextmanager
def _partial(path: Path, make: Callable[[Path], None]) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _claimed(path, make) as partial:
        yield partial
        flush(path.parent)


@contextmanager
def _claimed(path: Path, make: Callable[[Path], None]) -> Iterator[Path]:
    _sweep(path)
    partial, handle = _claim(path, make)
    try:
        yield partial
    finally:
        _remove(partial)
        os.close(handle)


def _claim(path: Path, make: Callable[[Path], None]) -> tuple[Path, int]:
    while True:
        partial = path.with_name(f".{path.name}.{token_hex(4)}{PARTIAL}")
        make(partial)
        handle = _lock(partial)
        if handle is not None and partial.exists():
            return partial, handle
        # Another run swept the name between its making and its locking.
        if handle is not None:
            os.close(handle)


def _sweep(path: Path) -> None:
    for leftover in leftovers(path):
        handle = _lock(leftover)
        if handle is not None:
            _remove(leftover)
            os.close(handle)


def _lock(path: Path) -> int | None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, PermissionError):
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, have reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
