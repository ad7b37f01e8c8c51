"""The tasks that methods are compared on, written once as plain rows.

A data set is a function that returns tasks: rows with vectors and labels, and the slice of each
row. Slices follow time wherever there is time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from experiments.worlds.project import WINDOWS
from experiments.worlds.project import task as question
from features import Catalogue, worlds
from features.arrays import Bools, Values
from features.worlds import World
from foretell.workspace import load
from training.config import Config
from training.data import open_data
from training.folds import Rhythm
from training.prepare import Prepared, prepare
from training.project import Project
from training.snapshots import Snapshot

EXPERIMENTS = Path(__file__).parents[2]
SEED: Final = 21
"""Of the generated worlds; no setting of Foretell was chosen on it."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a task, the slice of each: (r,) texts, and pairs for the search and calibrators."""

    rows: Snapshot
    slices: Values
    earlier: tuple[tuple[Bools, Bools], ...] = ()
    origins: tuple[tuple[Bools, Bools], ...] = ()


def export(name: str, room: Path) -> dict[str, Path]:
    """Write the tasks of a data set, unless they are there, and return the folder of each."""
    held = room / name
    marker = held / "complete"
    if not marker.exists():
        for task, made in DATASETS[name]().items():
            folder = held / task
            folder.mkdir(parents=True, exist_ok=True)
            _frame(made).to_parquet(folder / "rows.parquet")
        marker.touch()
    return {each.name: each for each in sorted(held.iterdir()) if each.is_dir()}


def retail() -> dict[str, Rows]:
    """Return churn and coffee of the Complete Journey, with the features of its project."""
    return _project("retail")


def bank_marketing() -> dict[str, Rows]:
    """Return the calls of a Portuguese bank: a ready-made table, split by time."""
    return _project("bank")


def credit_card() -> dict[str, Rows]:
    """Return default in Taiwan: a ready-made table of one month, split by customer."""
    return _project("credit_table")


def retailer() -> dict[str, Rows]:
    """Return churn and coffee of a generated retailer."""
    return _generated(worlds.retailer(6_000, SEED), Rhythm(every=28, history=182, later=3))


def bank() -> dict[str, Rows]:
    """Return default and lapse of a generated bank."""
    return _generated(worlds.bank(6_000, SEED), Rhythm(every=30, history=182, later=3))


def telecom() -> dict[str, Rows]:
    """Return churn of a generated telecom operator."""
    return _generated(worlds.telecom(6_000, SEED), Rhythm(every=28, history=112, later=3))


def _project(folder: str) -> dict[str, Rows]:
    loaded = load(EXPERIMENTS / folder)
    data = open_data(loaded.project, loaded.sources(), lambda text: None)
    project = data.described(loaded.project)
    return {
        task.name: _split(prepare(project, task, data, data.timed(loaded.config(task.name))))
        for task in project.tasks
    }


def _split(prepared: Prepared) -> Rows:
    roles = prepared.splits[0]
    named = np.full(len(prepared.rows), "apart", dtype=object)
    named[roles["final"]] = "late"
    named[roles["develop"]] = "between"
    for name in ("train", "stop", "calibrate", "test"):
        named[roles[name]] = name
    return Rows(prepared.rows, named, prepared.earlier, prepared.origins)


def _frame(made: Rows) -> pd.DataFrame:
    vectors = made.rows.vectors
    head = {
        "label": made.rows.label,
        "customer": vectors.customers,
        "cutoff": vectors.cutoffs,
        "slice": made.slices,
    }
    for place, (learn, stop) in enumerate(made.earlier):
        head |= {f"early.{place}": learn, f"stop.{place}": stop}
    for place, (learn, score) in enumerate(made.origins):
        head |= {f"learn.{place}": learn, f"score.{place}": score}
    frame = pd.DataFrame(head | {f"x.{name}": each for name, each in vectors.columns.items()})
    # In order of time: a method that splits by position splits by time.
    kept = frame[frame["slice"] != "apart"].sort_values(["cutoff", "customer"], kind="stable")
    return kept.reset_index(drop=True)


def _generated(world: World, rhythm: Rhythm) -> dict[str, Rows]:
    suggested = Catalogue.suggest(world.tables, WINDOWS[world.name])
    tasks = [question(each, world) for each in world.questions]
    project = Project(world.name, world.tables, suggested, tasks)
    data = open_data(project, world.sources, lambda text: None)
    config = Config(rhythm=rhythm)
    return {task.name: _split(prepare(project, task, data, config)) for task in tasks}


DATASETS: Final[Mapping[str, Callable[[], dict[str, Rows]]]] = {
    "retail": retail,
    "bank_marketing": bank_marketing,
    "credit_card": credit_card,
    "retailer": retailer,
    "bank": bank,
    "telecom": telecom,
}
"""By name; called only when asked for."""
