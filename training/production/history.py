"""Who was champion when: one line of JSON for each promotion, beside the champions."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from features.errors import StateError
from features.whole import whole_file

HISTORY: Final = "promotions.jsonl"

Action = Literal["promote", "rollback"]


@dataclass(frozen=True)
class Entry:
    """One move of the champion's name.

    Parameters
    ----------
    task : str
        Whose champion.
    action : {"promote", "rollback"}
        What was asked for.
    version, before : int and int or None
        Champion from then on, and the one until then.
    bundle : str
        Digest of the bundle.
    at : str
        When, as ISO 8601 in UTC.
    by : str
        Login name of who asked.
    """

    task: str
    action: Action
    version: int
    before: int | None
    bundle: str
    at: str
    by: str


def entry(task: str, action: Action, version: int, before: int | None, bundle: str) -> Entry:
    """Make an entry of this moment and this user."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Entry(task, action, version, before, bundle, now, _user())


def read_history(champions: Path) -> tuple[Entry, ...]:
    """Read every promotion of a project's champions, oldest first.

    Parameters
    ----------
    champions : Path
        Folder of the champions.

    Returns
    -------
    tuple of Entry
        Empty when nothing was promoted yet.

    Raises
    ------
    StateError
        When a line is no entry.
    """
    path = champions / HISTORY
    if not path.exists():
        return ()
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(Entry(**json.loads(line)))
        except (TypeError, ValueError) as error:
            raise StateError(
                f"{path}, line {number} is no promotion: {error}; remove the line"
            ) from None
    return tuple(found)


def append(champions: Path, more: Entry) -> None:
    """Add an entry; a reader finds the history with it or without it, never half of it."""
    lines = [json.dumps(asdict(each)) for each in (*read_history(champions), more)]
    with whole_file(champions / HISTORY) as partial:
        partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def reign(history: Iterable[Entry], task: str, current: int) -> list[int]:
    """Return the champions that a rollback would go back through, the current one last.

    A rollback takes the last champion away, so that rolling back twice goes back twice. When the
    record and the registry disagree (a process was killed, or someone moved the alias by hand),
    the registry is right.

    Parameters
    ----------
    history : iterable of Entry
        Oldest first.
    task : str
        Whose champion.
    current : int
        Champion by the registry.

    Returns
    -------
    list of int
        Versions.

    Examples
    --------
    >>> moves = [("promote", 1), ("promote", 3), ("promote", 4), ("rollback", 3)]
    >>> told = [Entry("churn", move, version, None, "", "", "") for move, version in moves]
    >>> reign(told, "churn", current=3)
    [1, 3]
    """
    versions: list[int] = []
    for each in history:
        if each.task != task:
            continue
        if each.action == "rollback" and each.version in versions[:-1]:
            _cut(versions, each.version)
        elif not versions or versions[-1] != each.version:
            versions.append(each.version)
    if current in versions:
        _cut(versions, current)
    else:
        versions.append(current)
    return versions


def _cut(versions: list[int], last: int) -> None:
    while versions[-1] != last:
        versions.pop()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may know no name for its user
        return "unknown"
