"""What the check command does, without the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from features.carriers.forgotten import forgotten
from features.connection import connected
from features.contract import Checked, check_raw, sound_raw
from features.freshness import Freshness, freshness
from features.instants import iso
from features.profile import profile
from features.quarantine import write_quarantine
from features.reading import Source, open_sources
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
        Rows and the span of time, without rows of erased customers.
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
        gone = {"rows_erased": checked.erased} if checked.erased else {}
        return {"rows": checked.rows, **gone, **told, "freshness": self.fresh.to_json(), **aside}


def inspect_tables(
    loaded: Loaded,
    sources: Mapping[str, Source],
    folder: Path | None,
    at: int,
    now: int,
    say: Say,
) -> dict[str, Inspected]:
    """Hold the tables of a project against their contracts, and look at the rows that keep them.

    Rows of erased customers are counted, and told of in nothing else.

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
    with connected() as connection:
        held = []
        for table, raw in zip(tables, open_sources(connection, tables, sources), strict=True):
            say(f"checking {table.name}")
            if aside:
                sieve, checked = sound_raw(connection, table, raw, now)
                held.append((table, sieve.sound, checked))
            else:
                held.append((table, raw, check_raw(connection, table, raw, now)))
        gone = forgotten(connection, tables, [raw for _, raw, _ in held])
        for table, raw, checked in held:
            say(f"looking at {table.name}")
            rows = type_rows(connection, table, raw)
            gone.drop(table, rows)
            found[table.name] = Inspected(
                gone.without(table, raw, checked),
                freshness(connection, table, rows, at),
                profile(connection, table, rows),
            )
            connection.execute(f"DROP TABLE {rows}")
    return found
