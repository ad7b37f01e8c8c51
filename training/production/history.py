"""Decisions about champions, and what follows from them in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from training.production.who import whoami

Action = Literal["promote", "rollback", "challenge", "withdraw"]
CROWNING: Final = ("promote", "rollback")
"""Actions that make a champion."""


@dataclass(frozen=True)
class Entry:
    """One decision about a task.

    Parameters
    ----------
    task : str
        Whose champion.
    action : {"promote", "rollback", "challenge", "withdraw"}
        What was asked for: a champion, the one before, a challenger, or no challenger any more.
    version, before : int and int or None
        Version that it is about, and the champion (or challenger) until then.
    bundle : str
        Digest of the bundle.
    at : str
        When, as ISO 8601 in UTC.
    by : str
        Account of who asked.
    run : str
        MLflow run that trained the version; empty in lines of older logs.
    override : str
        Why it was promoted although gates had failed; empty when none had.
    gates : sequence of mapping
        State, figure and limit of every gate, as `training.production.gates.Gate.to_json` says.
    """

    task: str
    action: Action
    version: int
    before: int | None
    bundle: str
    at: str
    by: str
    run: str = ""
    override: str = ""
    gates: Sequence[Mapping[str, str]] = field(default=())

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the gates that had failed."""
        return tuple(each["gate"] for each in self.gates if each["state"] == "failed")


def entry(
    task: str,
    action: Action,
    version: int,
    before: int | None,
    bundle: str,
    *,
    run: str = "",
    override: str = "",
    gates: Sequence[Mapping[str, str]] = (),
) -> Entry:
    """Make an entry of this moment and this account."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Entry(task, action, version, before, bundle, now, whoami(), run, override, gates)


def entry_from_json(value: Mapping[str, Any]) -> Entry:
    """Make an entry from what `asdict` made of one.

    Raises
    ------
    TypeError
        When keys are missing or unknown.
    """
    made = Entry(**{**value, "gates": tuple(value.get("gates", ()))})
    if not all(isinstance(each, str) for each in (made.task, made.action, made.bundle, made.at)):
        raise TypeError("task, action, bundle and at must be texts")
    return made


def last(history: Iterable[Entry], task: str, at: datetime | None = None) -> Entry | None:
    """Return the decision that made the champion of a task, as of an instant or now.

    Examples
    --------
    >>> first = Entry("churn", "promote", 1, None, "ab", "2026-01-01T00:00:00Z", "ann")
    >>> then = Entry("churn", "promote", 2, 1, "cd", "2026-03-01T00:00:00Z", "bob")
    >>> last([first, then], "churn", datetime(2026, 2, 1, tzinfo=UTC)).version
    1
    >>> last([first, then], "churn", datetime(2025, 2, 1, tzinfo=UTC))
    """
    found = None
    for each in history:
        if each.task == task and each.action in CROWNING and (at is None or _time(each) <= at):
            found = each
    return found


def reign(history: Iterable[Entry], current: Entry) -> list[Entry]:
    """Return the champions that a rollback would go back through, the current one last.

    A rollback takes the last champion away, so that rolling back twice goes back twice. When the
    log and what is served disagree, what is served is right. Champions are told apart by version
    and bundle: a database that was lost counts its versions from 1 again.

    Parameters
    ----------
    history : iterable of Entry
        Oldest first.
    current : Entry
        Decision behind the champion that is served.

    Returns
    -------
    list of Entry
        The decision that made each of them.

    Examples
    --------
    >>> moves = [("promote", 1), ("promote", 3), ("promote", 4), ("rollback", 3)]
    >>> told = [Entry("churn", move, version, None, "", "", "") for move, version in moves]
    >>> [each.version for each in reign(told, told[-1])]
    [1, 3]
    """
    found: list[Entry] = []
    for each in history:
        if each.task != current.task or each.action not in CROWNING:
            continue
        if each.action == "rollback" and _who(each) in map(_who, found[:-1]):
            _cut(found, each)
        elif not found or _who(found[-1]) != _who(each):
            found.append(each)
    if _who(current) in map(_who, found):
        _cut(found, current)
    else:
        found.append(current)
    return found


def _who(each: Entry) -> tuple[int, str]:
    return each.version, each.bundle


def _cut(found: list[Entry], last: Entry) -> None:
    while _who(found[-1]) != _who(last):
        found.pop()


def _time(each: Entry) -> datetime:
    return datetime.fromisoformat(each.at)
