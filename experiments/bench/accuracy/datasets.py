"""The data sets that methods are compared on: a project, its tables, and how cutoffs are laid.

A new one is a function that returns a `Dataset`, named in `DATASETS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from experiments.worlds.by_hand import by_hand
from experiments.worlds.project import WINDOWS, task
from features import worlds
from features.reading import Source
from features.worlds import World
from foretell.workspace import load
from training.folds import Rhythm
from training.project import Project

EXPERIMENTS = Path(__file__).parents[2]

SEED: Final = 1
"""Of the generated worlds, whose size is one that Featuretools can finish."""


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
    without : tuple of str
        Methods that are left out, because they do not finish in reasonable time.
    """

    name: str
    project: Project
    sources: Mapping[str, Source]
    rhythm: Rhythm
    windows: tuple[float, ...] = (7, 28, 91, 182)
    without: tuple[str, ...] = ()


def retail(seed: int) -> Dataset:
    """Return the Complete Journey, with the rhythm of its project; nothing of it is drawn."""
    loaded = load(EXPERIMENTS / "retail")
    rhythm = loaded.config(loaded.project.tasks[0].name).rhythm
    return Dataset("retail", loaded.project, loaded.sources(), rhythm)


def retailer(seed: int) -> Dataset:
    """Return the generated retailer."""
    rhythm = Rhythm(every=28, history=182, later=3)
    return _generated(worlds.retailer(1_500, seed), rhythm, without=("getml",))


def bank(seed: int) -> Dataset:
    """Return the generated bank."""
    return _generated(worlds.bank(2_000, seed), Rhythm(every=30, history=182, later=3))


def telecom(seed: int) -> Dataset:
    """Return the generated telecom operator."""
    rhythm = Rhythm(every=28, history=112, later=3)
    return _generated(worlds.telecom(3_000, seed), rhythm, without=("getml",))


def _generated(world: World, rhythm: Rhythm, without: tuple[str, ...] = ()) -> Dataset:
    windows = WINDOWS[world.name]
    # By hand stands everything in one catalogue; no task asks for more.
    tasks = [replace(task(each, world), features=()) for each in world.questions]
    project = Project(world.name, world.tables, by_hand(world.name, windows), tasks)
    return Dataset(world.name, project, world.sources, rhythm, windows, without)


DATASETS: Final[Mapping[str, Callable[[int], Dataset]]] = {
    "retail": retail,
    "retailer": retailer,
    "bank": bank,
    "telecom": telecom,
}
"""By name; called only when asked for, with the seed of what is drawn."""
