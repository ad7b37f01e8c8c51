"""What the check command does, without the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from features.contract import Checked, check
from features.quarantine import write_quarantine
from features.reading import Source
from features.windows import iso
from foretell.workspace import Loaded

Say = Callable[[str], None]


def check_tables(
    loaded: Loaded, sources: Mapping[str, Source], folder: Path | None, now: int, say: Say
) -> dict[str, Checked]:
    """Hold the tables of a project against their contracts.

    Parameters
    ----------
    loaded : Loaded
        The project.
    sources : mapping of str to Source
        Where each table lies.
    folder : Path or None
        Where rows that are set aside go; None writes none.
    now : int
        Instant after which nothing can have happened, UTC microseconds.
    say : callable
        Told what is being done.
    """
    tables = loaded.project.tables
    if folder is not None:
        say("parting sound rows from others")
        return write_quarantine(tables, sources, folder, now=now)
    found = {}
    for table in tables:
        say(f"checking {table.name}")
        aside = loaded.project.quarantine
        found[table.name] = check(table, sources[table.name], now=now, quarantine=aside)
    return found


def checked_json(checked: Checked) -> dict[str, Any]:
    """Return what a check found as plain JSON values."""
    moments = {
        "first": checked.first,
        "last": checked.last,
        "complete_until": checked.complete_until,
    }
    told = {name: None if each is None else iso(each) for name, each in moments.items()}
    aside = {} if checked.aside is None else {"set_aside": checked.aside.to_json()}
    return {"rows": checked.rows, **told, **aside}
