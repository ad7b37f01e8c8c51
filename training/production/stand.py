"""What stands in production: links that the server reads, and the log that says who set them.

A decision is written down as an intent, then the link moves, then the log gets its line and its
head. Whoever is killed in between leaves the intent, and the next decision finishes the line or
drops it, by where the link leads.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from features.errors import StateError
from training.production.durable import remove_link, replace_link
from training.production.history import CROWNING, Entry
from training.production.intent import drop_intent, read_intent, write_intent
from training.production.log import append, read_history, settle

BUNDLES: Final = ".bundles"
"""Folder of the champions with every bundle that was promoted, by digest."""

CHALLENGERS: Final = ".challengers"
"""Folder of the champions with a link for the challenger of each task."""

FETCHING: Final = ".fetching-"


@contextmanager
def alone(champions: Path) -> Iterator[None]:
    """Let one decision at a time change a folder of champions; the lock dies with its process."""
    champions.mkdir(parents=True, exist_ok=True)
    with (champions / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in champions.glob(f"{FETCHING}*"):
            shutil.rmtree(leftover)
        _finish(champions)
        yield


def link_of(champions: Path, task: str, *, challenger: bool = False) -> Path:
    """Return the name under which the server finds a champion, or a challenger."""
    return champions / CHALLENGERS / task if challenger else champions / task


def served(link: Path) -> str | None:
    """Return the digest of the bundle that a link leads to; None when nothing is there.

    Raises
    ------
    StateError
        When a folder stands there instead of a link.
    """
    if link.is_symlink():
        return link.readlink().name
    if link.exists():
        raise StateError(f"{link} was not made by a promotion; move it away")
    return None


def champion(champions: Path, task: str, history: Sequence[Entry]) -> Entry | None:
    """Return the decision behind the champion that is served.

    Raises
    ------
    StateError
        When the link leads to a bundle of which the log knows nothing.
    """
    return _behind(link_of(champions, task), task, history, CROWNING)


def standing(champions: Path, task: str, *, challenger: bool = False) -> Entry | None:
    """Return the decision behind a champion or challenger, for who only reads and waits for nobody.

    Raises
    ------
    StateError
        As `champion` raises it.
    """
    link = link_of(champions, task, challenger=challenger)
    # First the link, then the log: a decision writes its intent before either.
    leads = served(link)
    if leads is None:
        return None
    actions = ("challenge",) if challenger else CROWNING
    return _behind(link, task, decided(champions), actions, leads)


def decided(champions: Path) -> tuple[Entry, ...]:
    """Return the log, with the line that a decision still owes whose link has moved."""
    pending, history = read_intent(champions), read_history(champions)
    if pending is None or pending[0] != len(history) or not _has_moved(champions, pending[1]):
        return history
    return (*history, pending[1])


def decide(champions: Path, decision: Entry, moved: Iterator[None] | None = None) -> None:
    """Move the link of a decision, and add its line to the log.

    Parameters
    ----------
    champions : Path
        Folder of the champions, held by `alone`.
    decision : Entry
        Whose bundle lies in `BUNDLES`.
    moved : iterator, optional
        Advanced once between the intent and the link, for what must move with them.
    """
    link = _link(champions, decision)
    write_intent(champions, len(read_history(champions)), decision)
    try:
        if moved is not None:
            next(moved)
    except BaseException:
        drop_intent(champions)
        raise
    # From here on the intent stays, whatever fails: where the link leads says what became of it.
    if decision.action == "withdraw":
        remove_link(link)
    else:
        replace_link(link, champions / BUNDLES / decision.bundle)
    append(champions, decision)
    drop_intent(champions)


def _finish(champions: Path) -> None:
    """Add the line of a decision whose process was killed after its link had moved."""
    pending = read_intent(champions)
    if pending is None:
        return
    lines, decision = pending
    if _has_moved(champions, decision) and len(read_history(champions)) == lines:
        append(champions, decision)
    else:
        # The line may be there and the head not: without the intent it would be nobody's.
        settle(champions)
    drop_intent(champions)


def _has_moved(champions: Path, decision: Entry) -> bool:
    leads = served(_link(champions, decision))
    return leads is None if decision.action == "withdraw" else leads == decision.bundle


def _behind(
    link: Path,
    task: str,
    history: Sequence[Entry],
    actions: Sequence[str],
    leads: str | None = None,
) -> Entry | None:
    """Return the last decision of a kind about the bundle that a link leads to, or led to."""
    digest = leads or served(link)
    if digest is None:
        return None
    for each in reversed(history):
        if (each.task, each.bundle) == (task, digest) and each.action in actions:
            return each
    raise StateError(
        f"{link} leads to bundle {digest[:12]}, which no line of the log promoted; remove the "
        "link, and promote the version that is meant"
    )


def _link(champions: Path, decision: Entry) -> Path:
    is_challenger = decision.action not in CROWNING
    return link_of(champions, decision.task, challenger=is_challenger)
