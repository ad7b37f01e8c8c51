"""Makes a version the champion, or the challenger: verified, judged, moved, written down."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path
from typing import TypeAlias

from features.errors import BundleError, StateError
from features.whole import flush
from training.production.apart import Seen, look
from training.production.durable import move_folder
from training.production.gate import Gate, RefusedError
from training.production.history import Entry, entry
from training.production.log import read_history
from training.production.moved import Promotion
from training.production.stand import (
    BUNDLES,
    FETCHING,
    alone,
    champion,
    decide,
    link_of,
    served,
)
from training.registry import CHALLENGER, CHAMPION, Registry, model_name


@dataclass(frozen=True)
class Candidate:
    """A version that is to be promoted, its bundle being sound.

    Parameters
    ----------
    project, task : str
        Whose.
    version : int
        Registered version.
    run : str
        MLflow run that trained it.
    folder : Path
        Its bundle, for as long as it is judged.
    seen : Seen
        What another process found in it.
    champion : Entry or None
        Decision behind the present champion.
    """

    project: str
    task: str
    version: int
    run: str
    folder: Path
    seen: Seen
    champion: Entry | None


Judge: TypeAlias = Callable[[Candidate], Sequence[Gate]]


def promote(
    registry: Registry,
    project: str,
    task: str,
    champions: Path,
    version: int | None = None,
    judge: Judge | None = None,
    override: str | None = None,
) -> Promotion:
    """Make a version the champion of its task.

    The bundle is verified, in a process of its own, and the gates are asked, before anything
    changes; then the alias moves, then the name that the server reads, then the log gets its line.
    A server finds either the old bundle or the new one, never half of one. Whoever is killed on the
    way promotes again.

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
    judge : callable, optional
        Asks the gates; see `training.production.admit.gatekeeper`. Left out, nothing is asked.
    override : str, optional
        Why it is promoted even if gates fail; recorded when they do.

    Returns
    -------
    Promotion

    Raises
    ------
    RefusedError
        When a gate fails; nothing was changed.
    StateError
        When there is no such version, or the override gives no reason.
    BundleError
        When the bundle is damaged, or is another one than was registered.
    """
    _require_reason(override)
    chosen = registry.newest(project, task) if version is None else version
    link = link_of(champions, task)
    with alone(champions), _fetched(registry, project, task, champions, chosen) as (folder, seen):
        before = champion(champions, task, read_history(champions))
        run = registry.run_of(project, task, chosen)
        candidate = Candidate(project, task, chosen, run, folder, seen, before)
        gates = tuple(judge(candidate)) if judge else ()
        reason = _admitted(gates, f"version {chosen} of '{model_name(project, task)}'", override)
        _keep(folder, champions / BUNDLES / seen.digest)
        decision = entry(
            task,
            "promote",
            chosen,
            before.version if before else None,
            seen.digest,
            run=run,
            override=reason,
            gates=tuple(each.to_json() for each in gates),
        )
        decide(champions, decision, _pointing(registry, project, task, chosen, CHAMPION))
        if served(link_of(champions, task, challenger=True)) == seen.digest:
            _withdraw(registry, project, task, champions)
    name = model_name(project, task)
    return Promotion(
        name, chosen, before.version if before else None, seen.digest, link, gates, reason
    )


def challenge(
    registry: Registry, project: str, task: str, champions: Path, version: int | None = None
) -> Promotion:
    """Make a version the challenger of its task: verified, not judged, and not served.

    Parameters
    ----------
    registry, project, task, champions, version
        As for `promote`.

    Returns
    -------
    Promotion
        ``before`` being the challenger until then.

    Raises
    ------
    StateError, BundleError
        As `promote` raises them; also when the version is the champion.
    """
    chosen = registry.newest(project, task) if version is None else version
    link = link_of(champions, task, challenger=True)
    with alone(champions), _fetched(registry, project, task, champions, chosen) as (folder, seen):
        if served(link_of(champions, task)) == seen.digest:
            raise StateError(
                f"version {chosen} of '{model_name(project, task)}' is the champion; a challenger "
                "is another version"
            )
        before = registry.version_at(project, task, CHALLENGER)
        run = registry.run_of(project, task, chosen)
        _keep(folder, champions / BUNDLES / seen.digest)
        decision = entry(task, "challenge", chosen, before, seen.digest, run=run)
        decide(champions, decision, _pointing(registry, project, task, chosen, CHALLENGER))
    return Promotion(model_name(project, task), chosen, before, seen.digest, link)


def withdraw(registry: Registry, project: str, task: str, champions: Path) -> Promotion:
    """Have no challenger any more.

    Parameters
    ----------
    registry, project, task, champions
        As for `promote`.

    Raises
    ------
    StateError
        When there is none.
    """
    with alone(champions):
        gone = _withdraw(registry, project, task, champions)
    link = link_of(champions, task, challenger=True)
    return Promotion(model_name(project, task), gone.version, gone.version, gone.bundle, link)


def fetch(registry: Registry, project: str, task: str, champions: Path, version: int) -> Path:
    """Bring the bundle of a version beside the champions, verified, and return its folder."""
    with _fetched(registry, project, task, champions, version) as (folder, seen):
        kept = champions / BUNDLES / seen.digest
        _keep(folder, kept)
    return kept


def _withdraw(registry: Registry, project: str, task: str, champions: Path) -> Entry:
    digest = served(link_of(champions, task, challenger=True))
    history = read_history(champions)
    known = [each for each in history if (each.task, each.bundle) == (task, digest)]
    if digest is None or not known:
        raise StateError(f"'{model_name(project, task)}' has no challenger")
    last = known[-1]
    decision = entry(task, "withdraw", last.version, last.version, digest, run=last.run)

    def moved() -> Iterator[None]:
        registry.drop(project, task, CHALLENGER)
        yield

    decide(champions, decision, moved())
    return decision


def _require_reason(override: str | None) -> None:
    if override is not None and not override.strip():
        raise StateError(
            'an override needs a reason, as --override "the champion scores nobody since Monday"; '
            "it is recorded with your name"
        )


def _admitted(gates: Sequence[Gate], what: str, override: str | None) -> str:
    """Return the reason to promote all the same; empty when no gate failed."""
    failed = [each for each in gates if each.state == "failed"]
    if failed and override is None:
        raise RefusedError(what, gates)
    if any(each.final for each in failed):
        raise RefusedError(what, gates, overridden=True)
    return (override or "").strip() if failed else ""


def _pointing(
    registry: Registry, project: str, task: str, version: int, alias: str
) -> Iterator[None]:
    registry.point(project, task, version, alias)
    yield


@contextmanager
def _fetched(
    registry: Registry, project: str, task: str, champions: Path, version: int
) -> Iterator[tuple[Path, Seen]]:
    """Have the bundle of a version, verified, for as long as the block runs."""
    promised = registry.digest_of(project, task, version)
    with tempfile.TemporaryDirectory(dir=champions, prefix=FETCHING) as room:
        fetched = registry.fetch_bundle(project, task, version, Path(room))
        seen = look(fetched)
        if (seen.project, seen.task, seen.digest) != (project, task, promised):
            raise BundleError(
                f"version {version} of '{model_name(project, task)}' should be bundle {promised}, "
                f"came {seen.digest} of '{model_name(seen.project, seen.task)}'; its artifacts "
                "were changed after training, train again"
            )
        yield fetched, seen


def _keep(fetched: Path, kept: Path) -> None:
    kept.parent.mkdir(exist_ok=True)
    if kept.exists():
        _mend(kept, fetched)
    else:
        move_folder(fetched, kept)


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
