"""What a bundle holds, by name and hash, before any of it is believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from features.errors import BundleError

FORMAT: Final = 1
MANIFEST: Final = "bundle.json"
MODEL: Final = "model.txt"
GOLDEN: Final = "golden.parquet"
FILES: Final = (MODEL, GOLDEN)
"""Every file a bundle may hold beside its manifest."""

_SHAPE: Final = {
    **dict.fromkeys(("task", "calibrator", "texts", "trained", "files"), dict),
    **dict.fromkeys(("tables", "catalogue", "schema", "bands"), list),
    "project": str,
    "format": int,
}
_OPTIONAL: Final = {"encodings": list, "segments": dict, "contract": dict}
"""Parts that only some bundles have."""


def manifest_of(folder: Path) -> tuple[dict[str, Any], str]:
    """Read the manifest of a bundle, its parts being of the right kinds.

    Parameters
    ----------
    folder : Path
        Of the bundle.

    Returns
    -------
    tuple of dict and str
        The manifest and its SHA-256, which identifies the bundle.

    Raises
    ------
    BundleError
        With what is wrong.
    """
    content = read(folder / MANIFEST)
    try:
        manifest = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise malformed(folder, f"this is no JSON: {error}") from None
    if not isinstance(manifest, dict):
        raise malformed(folder, f"expected an object, came {type(manifest).__name__}")
    if manifest.get("format") != FORMAT or isinstance(manifest["format"], bool):
        raise BundleError(
            f"{folder / MANIFEST}: format {manifest.get('format')!r} was written by another "
            f"version of Foretell; this one reads format {FORMAT}; train again"
        )
    faults = [f"lacks '{key}'" for key in _SHAPE if key not in manifest]
    shape = _SHAPE | _OPTIONAL
    faults += [f"has the unknown key '{key}'" for key in sorted(set(manifest) - set(shape))]
    faults += [
        f"'{key}' must be of type {kind.__name__}"
        for key, kind in shape.items()
        if key in manifest and not isinstance(manifest[key], kind)
    ]
    if faults:
        raise malformed(folder, ", ".join(faults))
    return manifest, sha256(content)


def files_of(folder: Path, promised: Mapping[str, str]) -> dict[str, bytes]:
    """Read every file once, so that what was hashed is what is used.

    Parameters
    ----------
    folder : Path
        Of the bundle.
    promised : mapping of str to str
        SHA-256 of each file.

    Returns
    -------
    dict of str to bytes
        Content of each file.

    Raises
    ------
    BundleError
        When a file is missing, foreign or changed.
    """
    if sorted(promised) != sorted(FILES):
        raise malformed(folder, f"expected the files {sorted(FILES)}, came {sorted(promised)}")
    foreign = sorted({each.name for each in folder.iterdir()} - {MANIFEST, *FILES})
    if foreign:
        raise BundleError(f"{folder / foreign[0]} is no file of a bundle; remove it")
    contents = {name: read(folder / name) for name in FILES}
    for name, content in contents.items():
        came = sha256(content)
        if came != promised[name]:
            raise BundleError(
                f"{folder / name} was changed: expected SHA-256 {promised[name]}, came {came}; "
                "restore the bundle from the registry"
            )
    return contents


def malformed(folder: Path, what: str) -> BundleError:
    """Make the error of a manifest that says nothing sensible."""
    return BundleError(f"{folder / MANIFEST} is malformed: {what}; train again")


def sha256(content: bytes) -> str:
    """Return the SHA-256 of a content in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def read(path: Path) -> bytes:
    """Read a file of a bundle."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}; is this a bundle?") from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")
