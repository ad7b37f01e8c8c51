"""Which version is in production: an alias in the registry, and a folder that the server reads."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path
from typing import Final

from features.errors import BundleError, StateError
from features.whole import flush
from training.production.apart import look
from training.production.durable import move_folder, replace_link
from training.production.history import Action, append, entry, read_history, reign
from training.registry import CHAMPION, Registry, model_name

_FETCHING: Final = ".fetching-"


@dataclass(frozen=True)
class Promotion:
    """What a promotion did.

    Parameters
    ----------
    model : str
        Registered model.
    version, before : int and int or None
        Champion now, and the one before.
    bundle : str
        Digest of the bundle.
    folder : Path
        Where the server finds it.
    """

    model: str
    version: int
    before: int | None
    bundle: str
    folder: Path


def promote(
    registry: Registry, project: str, task: str, champions: Path, version: int | None = None
) -> Promotion:
    """Make a version the champion of its task.

    The bundle is verified, in a process of its own, before anything changes; then the alias moves,
    then the name that the server reads, then the history is written. A server finds either the old
    bundle or the new one, never half of one. Whoever is killed on the way promotes again.

    Parameters
    ----------
    registry : Registry
        Record of trainings.
    project, task : str
        Whose champion.
    champions : Path
        Folder with one entry for each task of the project.
    version : int, optional
        Version to promote; left out, the newest.

    Returns
    -------
    Promotion

    Raises
    ------
    StateError
        When there is no such version.
    BundleError
        When the bundle is damaged, or is another one than was registered.
    """
    chosen = registry.newest(project, task) if version is None else version
    with _alone(champions):
        return _move(registry, project, task, champions, chosen, "promote")


def rollback(registry: Registry, project: str, task: str, champions: Path) -> Promotion:
    """Make the version that was champion before the champion again.

    Parameters
    ----------
    registry, project, task, champions
        As for `promote`.

    Returns
    -------
    Promotion

    Raises
    ------
    StateError
        When nothing is in production, or nothing was before it.
    BundleError
        As `promote` raises it.
    """
    with _alone(champions):
        current, name = registry.version_at(project, task), model_name(project, task)
        if current is None:
            raise StateError(f"'{name}' has no champion; there is nothing to go back to")
        versions = reign(read_history(champions), task, current)
        if len(versions) < 2:
            raise StateError(
                f"version {current} of '{name}' is the first champion on record; there is nothing "
                "to go back to; name a version with `foretell promote --version`"
            )
        return _move(registry, project, task, champions, versions[-2], "rollback")


def _move(
    registry: Registry, project: str, task: str, champions: Path, version: int, action: Action
) -> Promotion:
    before, target = registry.version_at(project, task), champions / task
    if target.exists() and not target.is_symlink():
        raise StateError(f"{target} was not made by a promotion; move it away")
    kept, digest = _kept(registry, project, task, champions, version)
    registry.point(project, task, version, CHAMPION)
    replace_link(target, kept)
    append(champions, entry(task, action, version, before, digest))
    return Promotion(model_name(project, task), version, before, digest, target)


def _kept(
    registry: Registry, project: str, task: str, champions: Path, version: int
) -> tuple[Path, str]:
    """Bring the bundle of a version beside the champions, verified."""
    promised = registry.digest_of(project, task, version)
    with tempfile.TemporaryDirectory(dir=champions, prefix=_FETCHING) as room:
        fetched = registry.fetch_bundle(project, task, version, Path(room))
        seen = look(fetched)
        if (seen.project, seen.task, seen.digest) != (project, task, promised):
            raise BundleError(
                f"version {version} of '{model_name(project, task)}' should be bundle {promised}, "
                f"came {seen.digest} of '{model_name(seen.project, seen.task)}'; its artifacts "
                "were changed after training, train again"
            )
        kept = champions / ".bundles" / promised
        kept.parent.mkdir(exist_ok=True)
        if kept.exists():
            _mend(kept, fetched)
        else:
            move_folder(fetched, kept)
    return kept, promised


def _mend(kept: Path, fetched: Path) -> None:
    """Put right what was damaged since; a champion may be read from here, so file by file."""
    names = {each.name for each in fetched.iterdir()}
    for each in kept.iterdir():
        if each.name not in names:
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    for name in sorted(names):
        if not (kept / name).exists() or not cmp(fetched / name, kept / name, shallow=False):
            flush(fetched / name)
            (fetched / name).replace(kept / name)


@contextmanager
def _alone(champions: Path) -> Iterator[None]:
    """Let one promotion at a time change a folder of champions; the lock dies with its process."""
    champions.mkdir(parents=True, exist_ok=True)
    with (champions / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in champions.glob(f"{_FETCHING}*"):
            shutil.rmtree(leftover)
        yield
