"""Makes the champion before the champion again: quickly, and without MLflow.

All it needs lies beside the champions: the log, and the bundles that were promoted. They were
verified, golden rows and all, when they were promoted; their hashes are checked again here.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import BundleError, ForetellError, StateError
from training.production.history import Entry, entry, reign
from training.production.log import read_history
from training.production.moved import Promotion
from training.production.stand import BUNDLES, alone, champion, decide, link_of

if TYPE_CHECKING:
    from training.registry import Registry


def rollback(registry: Registry, project: str, task: str, champions: Path) -> Promotion:
    """Make the version that was champion before the champion again.

    The link moves first, then the log gets its line, then MLflow's alias follows if it can: a
    database that is locked or damaged holds nobody up.

    Parameters
    ----------
    registry : Registry
        Record of trainings; asked only for a bundle that is not kept any more.
    project, task : str
        Whose champion.
    champions : Path
        Folder of the champions.

    Returns
    -------
    Promotion
        ``left`` says what could not follow.

    Raises
    ------
    StateError
        When nothing is in production, or nothing was before it.
    BundleError
        When the bundle before is damaged, and the registry has no sound one.
    """
    name = f"{project}.{task}"
    nobody = f"'{name}' has no champion; there is nothing to go back to ({champions})"
    if not champions.is_dir():
        raise StateError(nobody)
    with alone(champions):
        history = read_history(champions)
        current = champion(champions, task, history)
        if current is None:
            raise StateError(nobody)
        reigned = reign(history, current)
        if len(reigned) < 2:
            raise StateError(
                f"version {current.version} of '{name}' is the first champion on record; there is "
                "nothing to go back to; name a version with `foretell promote --version`"
            )
        then = reigned[-2]
        _require_kept(registry, project, task, champions, then)
        before = current.version
        made = entry(task, "rollback", then.version, before, then.bundle, run=then.run)
        decide(champions, made)
        left = registry.follow(project, task, then.version)
    link = link_of(champions, task)
    return Promotion(name, then.version, before, then.bundle, link, left=left)


def _require_kept(
    registry: Registry, project: str, task: str, champions: Path, then: Entry
) -> None:
    """Check the hashes of a kept bundle; one that is damaged is fetched anew."""
    folder = champions / BUNDLES / then.bundle
    try:
        manifest = (folder / "bundle.json").read_bytes()
        promised = {**json.loads(manifest)["files"], "bundle.json": then.bundle}
        sound = all(
            hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
            for name, digest in promised.items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        sound = False
    if sound:
        return
    from training.production.promote import fetch

    try:
        registry.require_runs(project)
        fetched = fetch(registry, project, task, champions, then.version)
    except ForetellError as error:
        raise BundleError(
            f"{folder}, which version {then.version} of '{project}.{task}' was served from, is "
            f"damaged, and cannot be fetched anew: {error}"
        ) from error
    if fetched != folder:
        raise BundleError(
            f"version {then.version} of '{project}.{task}' should be bundle {then.bundle}, came "
            f"{fetched.name}; promote another version"
        )
