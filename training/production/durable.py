"""Names that change in one step, and only to what has reached the disk."""

from __future__ import annotations

import os
from pathlib import Path

from features.whole import flush


def move_folder(folder: Path, name: Path) -> None:
    """Give a folder its name once its files have reached the disk."""
    for each in sorted(folder.rglob("*"), reverse=True):
        flush(each)
    flush(folder)
    folder.rename(name)
    flush(name.parent)


def replace_link(name: Path, target: Path) -> None:
    """Let a name lead to another folder; a link changes in one step, a folder cannot."""
    name.parent.mkdir(exist_ok=True)
    link = name.with_name(f".{name.name}.next")
    link.unlink(missing_ok=True)
    # Relative, so that champions can be moved with all that lies beside them.
    link.symlink_to(os.path.relpath(target, name.parent), target_is_directory=True)
    link.replace(name)
    flush(name.parent)


def remove_link(name: Path) -> None:
    """Take a name away; what it led to stays."""
    name.unlink(missing_ok=True)
    flush(name.parent)
