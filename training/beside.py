"""Where a project's champions lie, and files beside them: who only looks need not compute."""

from __future__ import annotations

from pathlib import Path


def champions_of(mlruns: Path, project: str) -> Path:
    """Return the folder of a project's champions, which is all that a server reads."""
    return mlruns / "champions" / project


def later_file(champions: Path, digest: str) -> Path:
    """Return the file with what later outcomes said of a bundle, see `training.bundle.later`."""
    return champions / ".calibration" / f"{digest}.json"
