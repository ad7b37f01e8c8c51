"""The questions of the generated worlds, as tasks of ordinary projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from features import Catalogue, EventTable, count, days_between, days_since, ratio
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

# A tree splits hundreds of names by the luck of a few rows each.
NAMES_ONLY: Final = {"advisers_agent_latest_ever", "memberships_discount_group_latest_ever"}

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
    kept = Catalogue(each for each in suggested if each.name not in NAMES_ONLY)
    return Project(world.name, world.tables, kept, [task(each, world) for each in world.questions])


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
    """Ask for events like those of the label, which no suggestion from contracts can know."""
    if question.outcome != "bought" or not question.where:
        return []
    made: list[Feature] = []
    for table in world.tables:
        if not isinstance(table, EventTable) or not set(question.where) <= set(table.categories):
            continue
        where, head = question.where, f"{table.name}_{question.name}"
        pause, last = days_between(table, where=where), days_since(table, where=where)
        made += [pause, ratio(last, pause).named(f"{head}_lateness", "Recency over usual pause")]
        made += [count(table, days, where=where) for days in (28, 56, 112, 224, 448, None)]
        made += [
            ratio(count(table, days, where=where), count(table, days)).named(
                f"{head}_share_{days or 'ever'}", "Part of all events"
            )
            for days in (28, 112, 224, None)
        ]
    return made
