"""What MLflow's database says of versions, read without MLflow, which takes seconds to load."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from features.errors import BundleError, StateError
from training.beside import later_file
from training.calibration.contract import Contract

WAIT: Final = 3.0
"""Seconds to wait for whoever holds the database."""

_VERSIONS: Final = """
SELECT v.name, v.version, r.artifact_uri
FROM model_versions AS v LEFT JOIN runs AS r ON r.run_uuid = v.run_id
WHERE substr(v.name, 1, length(:start)) = :start AND v.current_stage IS NOT 'Deleted_Internal'
ORDER BY v.version
"""


@dataclass(frozen=True)
class Registered:
    """One registered version.

    Parameters
    ----------
    task : str
        Whose model.
    version : int
        Its number.
    bundle : Path or None
        Folder of its bundle; None when its run is gone, or kept elsewhere than in files.
    """

    task: str
    version: int
    bundle: Path | None


def versions(database: Path, project: str) -> tuple[Registered, ...]:
    """Return every version of a project's models, the oldest first.

    Parameters
    ----------
    database : Path
        MLflow's SQLite file.
    project : str
        Whose.

    Raises
    ------
    StateError
        When the database is locked, damaged or not MLflow's.
    """
    start = f"{project}."
    with _reading(database) as connection:
        rows = connection.execute(_VERSIONS, {"start": start}).fetchall()
    return tuple(
        Registered(name.removeprefix(start), int(version), _bundle(place))
        for name, version, place in rows
    )


def aliases(database: Path, project: str) -> dict[tuple[str, str], int]:
    """Return the version that each alias names, by task and alias; see `versions`."""
    start = f"{project}."
    asked = (
        "SELECT name, alias, version FROM registered_model_aliases "
        "WHERE substr(name, 1, length(:start)) = :start"
    )
    with _reading(database) as connection:
        rows = connection.execute(asked, {"start": start}).fetchall()
    return {(name.removeprefix(start), alias): int(version) for name, alias, version in rows}


def is_trained(database: Path, project: str) -> bool:
    """Tell whether a project has an experiment; see `versions`."""
    with _reading(database) as connection:
        asked = "SELECT 1 FROM experiments WHERE name = ?"
        return connection.execute(asked, (project,)).fetchone() is not None


def promise(bundle: Path | None) -> str:
    """Return what a bundle says of its calibration, in a word or two.

    Parameters
    ----------
    bundle : Path or None
        Its folder.

    Returns
    -------
    str
        ``calibrated``, ``drifting`` or ``uncertified``; ``not stated`` by a bundle of an older
        version, and ``not readable`` when it is not there or damaged.
    """
    try:
        manifest = json.loads((bundle / "bundle.json").read_bytes()) if bundle else None
    except (OSError, ValueError):
        manifest = None
    return state_of(manifest) or "not stated" if isinstance(manifest, dict) else "not readable"


def found_later(champions: Path, bundle: str) -> str:
    """Return the state that later outcomes led to, see `training.bundle.later`; empty without."""
    file = later_file(champions, bundle)
    if not file.is_file():
        return ""
    try:
        # As scores read it: the state on top is for people.
        told = Contract.from_json(json.loads(file.read_bytes()))
        return state_of({"contract": told.to_json()})
    except (OSError, ValueError, TypeError, AttributeError, BundleError):
        return "not readable"


def stands(champions: Path, bundle: Path | None) -> str:
    """Return the worst state that scores of a bundle tell: as found later, or as it promised."""
    try:
        digest = hashlib.sha256((bundle / "bundle.json").read_bytes()).hexdigest() if bundle else ""
    except OSError:
        digest = ""
    return (found_later(champions, digest) if digest else "") or promise(bundle)


def state_of(manifest: Mapping[str, Any]) -> str:
    """Return the state of a manifest's calibration contract; empty when it has none.

    A model drifts when one of its segments does: scores of that segment say so.

    Examples
    --------
    >>> state_of({"contract": {"state": "calibrated", "segments": [{"state": "uncertified"}]}})
    'calibrated'
    >>> state_of({"contract": {"state": "calibrated", "segments": [{"state": "drifting"}]}})
    'drifting'
    """
    told = manifest.get("contract")
    if not isinstance(told, dict):
        return ""
    segments = [each for each in told.get("segments") or () if isinstance(each, dict)]
    drifts = any(each.get("state") == "drifting" for each in segments)
    return "drifting" if drifts else str(told.get("state", ""))


def _bundle(place: str | None) -> Path | None:
    told = urlsplit(place or "")
    return Path(unquote(told.path)) / "bundle" if told.scheme == "file" else None


@contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    # Not read-only: what a killed writer left in the journal must be taken back first.
    address = f"{database.resolve().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=WAIT)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise StateError(
            f"{database} cannot be read: {error}; end what holds it, or restore it from a copy, "
            "then run the same command again"
        ) from error
