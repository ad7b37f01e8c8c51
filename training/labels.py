"""What became of each customer: the truth that a model learns, never before it is settled."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from features.arrays import Bools
from features.kernel import matching
from features.segments import Partition, Spine
from features.windows import label_bounds, require_mature
from training.tasks import Task


def labels(task: Task, partition: Partition, spine: Spine) -> Bools:
    """Tell for every row of a spine whether the answer to the task is yes.

    Labels see all events of the table, however late they became known.

    Parameters
    ----------
    task : Task
        The question.
    partition : Partition
        All events of the spine's customers.
    spine : Spine
        Rows; their label windows must be over, see `refuse_immature`.

    Returns
    -------
    (r,) bool
    """
    events = matching(partition.events[task.label.table], task.label.where)
    lows, highs = events.offsets[spine.customer], events.offsets[spine.customer + 1]
    starts, ends = label_bounds(
        events.occurred_at, lows, highs, spine.cutoff, task.gap, task.horizon
    )
    happened: Bools = ends > starts
    if task.label.outcome == "silent":
        return ~happened
    if task.label.outcome == "first":
        return np.asarray(happened & (starts == lows), dtype=np.bool_)
    return happened


def refuse_immature(task: Task, cutoffs: Iterable[int], complete_until: int) -> None:
    """Refuse cutoffs whose label windows are not over.

    Parameters
    ----------
    task : Task
        The question.
    cutoffs : iterable of int
        UTC microseconds.
    complete_until : int
        Instant up to which the table of the label holds every event.

    Raises
    ------
    MaturityError
        With the dates of the latest such cutoff.
    """
    latest = max(np.asarray(list(cutoffs), dtype=np.int64))
    require_mature(int(latest), task.gap, task.horizon, complete_until, task.name)
