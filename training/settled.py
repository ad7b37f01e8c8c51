"""Until when the answers to a question are settled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from features.errors import CohortError
from features.instants import instant
from features.segments import Partition
from training.data import Data
from training.labels import lateness_of, settling
from training.project import Project
from training.tasks import Task


@dataclass(frozen=True)
class Settled:
    """What is known of a task's outcomes.

    Parameters
    ----------
    first, until : int
        First event of the label's table, and the instant up to which every answer is settled,
        interruptions included; UTC microseconds.
    lateness : int
        Microseconds after which an event that answers, or interrupts, is known at the latest.
    """

    first: int
    until: int
    lateness: int


def settled(project: Project, task: Task, data: Data) -> Settled:
    """Return until when the answers to a task are settled.

    Parameters
    ----------
    project, task : Project, Task
        The question.
    data : Data
        As `training.data.open_data` returns it.

    Raises
    ------
    CohortError
        When the table of the label holds no events.
    """
    source = data.checked[task.label.table]
    if source.first is None or source.complete_until is None:
        raise CohortError(f"task '{task.name}': table '{task.label.table}' has no events")
    lateness, last_known = settling(task, data.partitions)
    # An event that happened by then may still be unknown, unless the contract says otherwise.
    declared = project.table(task.label.table).complete_until
    until = source.complete_until if declared else last_known - lateness
    until = min([until, *_followed_until(project, task)])
    return Settled(source.first, until, latest(task, data.partitions))


def latest(task: Task, partitions: Iterable[Partition]) -> int:
    """Return how late an answer to a task, or what interrupts one, was known at most.

    Returns
    -------
    int
        Microseconds, 0 or more.
    """
    parts = list(partitions)
    late = settling(task, parts)[0]
    return max([late, *(lateness_of(each.table, parts) for each in task.weigh)])


def _followed_until(project: Project, task: Task) -> list[int]:
    """Return until when contacts and endings are declared complete; others are taken to be."""
    declared = [project.table(each.table).complete_until for each in task.weigh]
    return [instant(each) for each in declared if each]
