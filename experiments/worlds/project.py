"""The questions of the generated worlds, as tasks of ordinary projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from features import Catalogue, EventTable, days_since
from features.conditions import conditions
from features.feature import Feature
from features.worlds import Question, World
from training import Cohort, Project, Task
from training.tasks import Label

WINDOWS: Final[Mapping[str, tuple[float, ...]]] = {
    "retailer": (14, 28, 56, 112, 224),
    "bank": (31, 92, 184, 368),
    "telecom": (7, 14, 28, 56, 112),
}

# The events of these labels happen once: their recency is the same for everybody at risk.
BASELINES: Final = {
    "arrears": days_since("arrears"),
    "lapses": days_since("complaints"),
    "port_outs": days_since("complaints"),
}


def project(world: World, windows: tuple[float, ...] = ()) -> Project:
    """Make the project of a world: its tables, the suggested catalogue, a task a question.

    Parameters
    ----------
    world : World
        Any of `features.worlds`.
    windows : tuple of float
        Days of the suggested windows; left out, those of `WINDOWS`.
    """
    suggested = Catalogue.suggest(world.tables, windows or WINDOWS[world.name])
    tasks = [task(each, world) for each in world.questions]
    return Project(world.name, world.tables, suggested, tasks)


def task(question: Question, world: World) -> Task:
    """Turn a question into a task with the same gap, horizon and cohort."""
    return Task(
        question.name,
        Label(question.outcome, question.table, conditions(question.where)),
        Cohort(question.active, question.members),
        question.horizon,
        question.gap,
        _own(question, world),
        BASELINES.get(question.table),
    )


def _own(question: Question, world: World) -> list[Feature]:
    """Look closer at the events that the question asks about."""
    if question.outcome != "bought" or not question.where:
        return []
    windows = WINDOWS[world.name]
    focus = [
        (table, question.where)
        for table in world.tables
        if isinstance(table, EventTable) and set(question.where) <= set(table.categories)
    ]
    plain = Catalogue.suggest(world.tables, windows)
    return [
        each
        for each in Catalogue.suggest(world.tables, windows, focus=focus)
        if each.name not in plain.names
    ]
