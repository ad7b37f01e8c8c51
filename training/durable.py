"""Names that change in one step, and only to what has reached the disk."""

from __future__ import annotations

import os
from pathlib import Path


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, have reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_text(path: Path, text: str) -> None:
    """Write a text under a name that shows the old content or all of the new one."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    flush(partial)
    partial.replace(path)
    flush(path.parent)


def move_folder(folder: Path, name: Path) -> None:
    """Give a folder its name once its files have reached the disk."""
    for each in sorted(folder.rglob("*"), reverse=True):
        flush(each)
    flush(folder)
    folder.rename(name)
    flush(name.parent)


def replace_link(name: Path, target: Path) -> None:
    """Let a name lead to another folder beside it; a link changes in one step, a folder cannot."""
    link = name.with_name(f".{name.name}.next")
    link.unlink(missing_ok=True)
    link.symlink_to(target.relative_to(name.parent), target_is_directory=True)
    link.replace(name)
    flush(name.parent)
