"""What is recorded of one training, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Recorded:
    """Where a training is recorded: experiment run, registered model and version."""

    run: str
    model: str
    version: int


@dataclass(frozen=True, eq=False)
class Record:
    """What is recorded of one training.

    Parameters
    ----------
    parameters, metrics, tags : mapping
        As MLflow knows them.
    plots : mapping of str to bytes
        Pictures, by file name; without an ending it is a PNG.
    files : sequence of Path
        Reports and tables.
    bundle : Path
        Folder of the bundle.
    run : str or None
        The run that the training opened; None opens one.
    """

    parameters: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    plots: Mapping[str, bytes]
    files: tuple[Path, ...]
    bundle: Path
    run: str | None = None
