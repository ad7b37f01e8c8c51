"""Runs by their names, and the files that they keep."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Final

from features.errors import StateError
from training.registry import Registry

FOLDER: Final = "project_folder"
"""Tag of a run: the folder of its project, as it was given."""

_VERSION: Final = re.compile(r"(?P<model>[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)/(?P<version>[0-9]+)")


def run_of(registry: Registry, name: str) -> str:
    """Return the id of a run that is named by it, or by a version such as ``retail.churn/3``.

    Raises
    ------
    StateError
        When there is no such run or version.
    """
    from mlflow.exceptions import MlflowException

    client, version = registry.client(), _VERSION.fullmatch(name)
    try:
        if version:
            found = client.get_model_version(version["model"], version["version"])
            return str(found.run_id)
        return str(client.get_run(name).info.run_id)
    except MlflowException:
        kind = "version" if version else "run"
        raise StateError(
            f"there is no {kind} '{name}' in {registry.folder}; name a run by its id, or a version "
            "as retail.churn/3"
        ) from None


def file_of(registry: Registry, run: str, name: str) -> str:
    """Return the text of a file that a run keeps.

    Raises
    ------
    StateError
        When it keeps none.
    """
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as room:
        try:
            path = registry.client().download_artifacts(run, name, room)
            return Path(path).read_text(encoding="utf-8")
        except (MlflowException, OSError):
            raise StateError(
                f"run {run} keeps no {name}: it was trained before runs could be repeated, or not "
                "by Foretell; train again"
            ) from None


def remember_folder(registry: Registry, run: str, folder: Path) -> None:
    """Write down which folder the project of a run lies in, as it was given."""
    registry.client().set_tag(run, FOLDER, str(folder))


def folder_of(registry: Registry, run: str) -> Path | None:
    """Return the folder of the project of a run; None when nobody wrote it down."""
    found = registry.client().get_run(run).data.tags.get(FOLDER)
    return None if found is None else Path(found)
