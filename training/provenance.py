"""Where a model comes from: code, libraries and the exact rows."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from features.arrays import Bools, Values
from training.snapshots import Snapshot

LIBRARIES: Final = ("foretell", "lightgbm", "numba", "numpy", "scikit-learn")

_PART: Final = 1 << 16


def versions() -> dict[str, str]:
    """Return the versions of the libraries that decide what a model is."""
    return {name: version(name) for name in LIBRARIES}


def commit() -> str:
    """Return the git commit of the code, ``+changes`` if it was edited, or ``unknown``."""
    here = Path(__file__).parent
    try:
        found = _git(here, "rev-parse", "HEAD")
        changed = _git(here, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found + ("+changes" if changed else "")


def data_hash(rows: Snapshot, slices: Iterable[Bools] = ()) -> str:
    """Return the SHA-256 of customers, cutoffs, labels, every feature and the slices of the rows.

    It names the data by what was made of them, so the kind of source does not matter: the same
    events from CSV, Parquet, a frame or a database give the same hash when ids are of one type.

    Parameters
    ----------
    rows : Snapshot
        All rows.
    slices : iterable of (r,) bool
        Which rows teach, stop and judge: the same rows, laid otherwise, teach another model.
    """
    digest = hashlib.sha256()
    vectors = rows.vectors
    heads = {"customer": vectors.customers, "cutoff": vectors.cutoffs, "label": rows.label}
    # One after the other: columns that lie in files are not all held at once.
    for name, values in chain(heads.items(), vectors.columns.items()):
        digest.update(f"{name}:{values.dtype}:{len(values)};".encode())
        for content in _contents(values):
            digest.update(content)
    for mask in slices:
        digest.update(b"slice:" + np.packbits(mask).tobytes())
    return digest.hexdigest()


def _contents(values: Values) -> Iterator[bytes]:
    """Return the bytes of a column, a part at a time where texts would take room twice."""
    if values.dtype != object:
        yield np.ascontiguousarray(values).tobytes()
        return
    # Quoted, so that no text can be read as two, or as an absent one.
    yield b"["
    for first in range(0, len(values), _PART):
        part = json.dumps(values[first : first + _PART].tolist())[1:-1]
        yield ((", " if first else "") + part).encode()
    yield b"]"


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
