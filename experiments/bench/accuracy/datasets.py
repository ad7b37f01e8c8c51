"""The data sets that methods are compared on: a project, its tables, and how cutoffs are laid.

A new one is a function that returns a `Dataset`, named in `DATASETS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from features.reading import Source
from foretell.workspace import load
from training.folds import Rhythm
from training.project import Project

EXPERIMENTS = Path(__file__).parents[2]


@dataclass(frozen=True)
class Dataset:
    """Raw event tables and tasks.

    Parameters
    ----------
    name : str
        As in ``auc.NAME.TASK.METHOD``.
    project : Project
        Contracts and tasks; its own catalogue is the method ``foretell_by_hand``.
    sources : mapping of str to Source
        A file or frame for each table.
    rhythm : Rhythm
        How cutoffs are laid over the data.
    windows : sequence of float
        Days, for every method that asks for windows.
    """

    name: str
    project: Project
    sources: Mapping[str, Source]
    rhythm: Rhythm
    windows: tuple[float, ...] = (7, 28, 91, 182)


def retail() -> Dataset:
    """Return the Complete Journey, with the rhythm of its project."""
    loaded = load(EXPERIMENTS / "retail")
    rhythm = loaded.config(loaded.project.tasks[0].name).rhythm
    return Dataset("retail", loaded.project, loaded.sources(), rhythm)


DATASETS: Final[Mapping[str, Callable[[], Dataset]]] = {"retail": retail}
"""By name; called only when asked for."""
