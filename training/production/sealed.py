"""Files of a run that gates believe, held to what the record says of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from features.errors import StateError

SEAL: Final = "sha256."
"""Tags of a run: this and the path of an artifact, with the SHA-256 of the file."""


def seals(files: Iterable[Path], folder: str = "") -> dict[str, str]:
    """Return the tags for files that are about to be put below a folder of a run's artifacts."""
    below = f"{folder}/" if folder else ""
    return {f"{SEAL}{below}{each.name}": _sha256(each) for each in files}


def require_sealed(tags: Mapping[str, str], run: str, name: str, file: Path | None) -> None:
    """Refuse a file that is not the one that was recorded, and that one when it is gone.

    Parameters
    ----------
    tags : mapping of str to str
        Of the run; without any seal, as trainings of before left them, nothing is asked.
    run, name : str
        The run, and the path of the file among its artifacts.
    file : Path or None
        The file as it was found, if it was.

    Raises
    ------
    StateError
        With the file and the run.
    """
    wanted = tags.get(f"{SEAL}{name}")
    if file is None:
        if wanted is not None:
            raise StateError(
                f"'{name}' of run {run} is gone, and the run's tags say that it was recorded; "
                "restore the file, or train (or `foretell compare`) again"
            )
        return
    if wanted is None and any(each.startswith(SEAL) for each in tags):
        raise StateError(
            f"'{name}' lies among the files of run {run}, whose tags do not know it, so that no "
            "gate believes it; remove it, or let `foretell compare` write it again"
        )
    if wanted is not None and _sha256(file) != wanted:
        raise StateError(
            f"'{name}' of run {run} was changed since it was recorded: its SHA-256 is not the one "
            "that the run's tags hold, and no gate believes it; restore the file, or train (or "
            "`foretell compare`) again"
        )


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
