"""What a folder of results holds, and whether it still does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from features.errors import StateError

MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class FileEntry:
    """One file of a result.

    Parameters
    ----------
    name : str
        Path inside the folder.
    sha256 : str
        Hash of its content.
    bytes : int
        Size.
    rows : int or None
        Data rows; None when it has no rows.
    """

    name: str
    sha256: str
    bytes: int
    rows: int | None = None


@dataclass(frozen=True)
class Manifest:
    """What a folder of results holds; written last, so that it is the commit.

    Parameters
    ----------
    kind : str
        ``"scores"`` or ``"list"``.
    created, as_of : str
        When it was made, and the cutoff of the scores, ISO 8601.
    models : mapping of str to str
        Model version by task.
    files : tuple of FileEntry
        Every other file.
    parameters : mapping
        What was asked for and what was counted on the way.
    """

    kind: str
    created: str
    as_of: str
    models: Mapping[str, str]
    files: tuple[FileEntry, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


def seal(folder: Path, manifest: Manifest, rows: Mapping[str, int]) -> Manifest:
    """Write the manifest of a folder, with the hash and size of every file in it.

    Parameters
    ----------
    folder : Path
        Folder whose files are complete.
    manifest : Manifest
        All but the files.
    rows : mapping of str to int
        Data rows of the files that have some.

    Returns
    -------
    Manifest
        With the files.
    """
    names = sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())
    entries = tuple(
        FileEntry(name, _sha256(folder / name), (folder / name).stat().st_size, rows.get(name))
        for name in names
    )
    sealed = Manifest(
        manifest.kind,
        manifest.created,
        manifest.as_of,
        dict(manifest.models),
        entries,
        dict(manifest.parameters),
    )
    content = json.dumps(asdict(sealed), indent=1, sort_keys=True, allow_nan=False)
    (folder / MANIFEST).write_text(content + "\n", encoding="utf-8")
    return sealed


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder and hold every file against it.

    Raises
    ------
    StateError
        When the manifest is missing or malformed, or a file is missing or changed.
    """
    path = folder / MANIFEST
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        value["files"] = tuple(FileEntry(**each) for each in value["files"])
        manifest = Manifest(**value)
    except OSError as error:
        raise StateError(
            f"{path} cannot be read: {error.strerror}; run the command again"
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        raise StateError(f"{path} is malformed: {error!r}; run the command again") from None
    for entry in manifest.files:
        file = folder / entry.name
        if not file.is_file() or _sha256(file) != entry.sha256:
            raise StateError(
                f"{file} is not what its manifest promises (SHA-256 {entry.sha256}); "
                "run the command again"
            )
    return manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
