"""Where a model comes from: code, libraries and the exact rows."""

from __future__ import annotations

import hashlib
import json
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from training.snapshots import Snapshot

LIBRARIES: Final = ("foretell", "lightgbm", "numpy", "scikit-learn")


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


def data_hash(rows: Snapshot) -> str:
    """Return the SHA-256 of customers, cutoffs, labels and every feature of the rows.

    It names the data by what was made of them, so the kind of source does not matter: the same
    events from CSV, Parquet, a frame or a database give the same hash when ids are of one type.
    """
    digest = hashlib.sha256()
    vectors = rows.vectors
    for name, values in {
        "customer": vectors.customers,
        "cutoff": vectors.cutoffs,
        "label": rows.label,
        **vectors.columns,
    }.items():
        digest.update(f"{name}:{values.dtype}:{len(values)};".encode())
        content = (
            # Quoted, so that no text can be read as two, or as an absent one.
            json.dumps(values.tolist()).encode()
            if values.dtype == object
            else np.ascontiguousarray(values).tobytes()
        )
        digest.update(content)
    return digest.hexdigest()


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
