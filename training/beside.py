"""Where files lie beside a project's champions; whoever only looks loads nothing that computes."""

from __future__ import annotations

from pathlib import Path


def later_file(champions: Path, digest: str) -> Path:
    """Return the file with what later outcomes said of a bundle, see `training.bundle.later`."""
    return champions / ".calibration" / f"{digest}.json"
