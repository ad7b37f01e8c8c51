"""What the check command does, without the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from features.connection import connected
from features.contract import Checked, check_raw, sound_raw
from features.freshness import Freshness, freshness
from features.instants import iso
from features.profile import profile
from features.quarantine import write_quarantine
from features.reading import Source, open_source
from features.typed import type_rows
from foretell.workspace import Loaded

PROFILE: Final = "profile.json"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Inspected:
    """What a check found of a table.

    Parameters
    ----------
    checked : Checked
        Rows and the span of time.
    fresh : Freshness
        How fresh it is.
    profile : mapping
        From `features.profile.profile`.
    """

    checked: Checked
    fresh: Freshness
    profile: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return what was found as plain JSON values, without the profile."""
        checked = self.checked
        moments = {
            "first": checked.first,
            "last": checked.last,
            "complete_until": checked.complete_until,
        }
        told = {name: None if each is None else iso(each) for name, each in moments.items()}
        aside = {} if checked.aside is None else {"set_aside": checked.aside.to_json()}
        return {"rows": checked.rows, **told, "freshness": self.fresh.to_json(), **aside}


def inspect_tables(
    loaded: Loaded,
    sources: Mapping[str, Source],
    folder: Path | None,
    at: int,
    now: int,
    say: Say,
) -> dict[str, Inspected]:
    """Hold the tables of a project against their contracts, and look at the rows that keep them.

    Parameters
    ----------
    loaded : Loaded
        The project.
    sources : mapping of str to Source
        Where each table lies.
    folder : Path or None
        Where rows that are set aside go; None writes none.
    at : int
        Instant as of which freshness is told, UTC microseconds.
    now : int
        Instant after which nothing can have happened, UTC microseconds.
    say : callable
        Told what is being done.
    """
    tables, aside = loaded.project.tables, loaded.project.quarantine
    if folder is not None:
        say("parting sound rows from others")
        write_quarantine(tables, sources, folder, now=now)
        aside = True
    found = {}
    for table in tables:
        say(f"checking {table.name}")
        with connected() as connection:
            raw = open_source(connection, table, sources[table.name], "raw")
            if aside:
                sieve, checked = sound_raw(connection, table, raw, now)
                raw = sieve.sound
            else:
                checked = check_raw(connection, table, raw, now)
            rows = type_rows(connection, table, raw)
            fresh = freshness(connection, table, rows, at)
            found[table.name] = Inspected(checked, fresh, profile(connection, table, rows))
    return found
