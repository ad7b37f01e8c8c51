"""How long each row could be followed, and what ended it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Ints
from features.conditions import Condition
from features.instants import micros
from features.segments import Partition, Spine
from features.versions import NEVER
from features.windows import label_bounds
from training.labels import last_versions, spans
from training.tasks import Task


@dataclass(frozen=True, eq=False)
class Followed:
    """What ended each row: its outcome, an interruption, or the label window.

    Parameters
    ----------
    elapsed : (r,) int64
        Microseconds from the cutoff to that end.
    interrupted : (r,) bool
        Whether a contact or a censoring event came first.
    """

    elapsed: Ints
    interrupted: Bools

    def take(self, rows: Ints | Bools) -> Followed:
        """Keep some rows, by position or by mask."""
        return Followed(self.elapsed[rows], self.interrupted[rows])

    @classmethod
    def concat(cls, parts: Sequence[Followed]) -> Followed:
        """Put rows one below the other."""
        return cls(
            np.concatenate([each.elapsed for each in parts]),
            np.concatenate([each.interrupted for each in parts]),
        )


def followed(task: Task, partition: Partition, spine: Spine) -> Followed:
    """Follow every row from its cutoff to the end of its label window.

    A row's answer is settled by the first event of the label inside the window, or by the window's
    end. An interruption counts from the cutoff on, the gap included; one at the very instant of the
    outcome came before it, since a file that knows days alone cannot tell.

    Parameters
    ----------
    task : Task
        With interruptions.
    partition : Partition
        All events of the spine's customers.
    spine : Spine
        Rows.

    Returns
    -------
    Followed
    """
    # Whoever had the first event in the gap has no first event later: that too is settled then.
    gap = 0.0 if task.label.outcome == "first" else task.gap
    whole = micros(task.gap) + micros(task.horizon)
    settled = _first(partition, spine, task.label.table, task.label.where, gap, task, whole)
    stopped = np.full(len(spine), NEVER)
    for each in task.weigh:
        at = _first(partition, spine, each.table, each.where, 0.0, task, NEVER)
        stopped = np.minimum(stopped, at)
    return Followed(np.minimum(settled, stopped), stopped <= settled)


def _first(
    partition: Partition,
    spine: Spine,
    table: str,
    where: tuple[Condition, ...],
    gap: float,
    task: Task,
    none: int,
) -> Ints:
    """Return the time from each cutoff to the first event from the gap on inside the window."""
    events = last_versions(partition, table, where)
    lows, highs = spans(events, partition, spine)
    horizon = task.gap + task.horizon - gap
    starts, ends = label_bounds(events.occurred_at, lows, highs, spine.cutoff, gap, horizon)
    found = np.full(len(spine), none, dtype=np.int64)
    there = ends > starts
    found[there] = events.occurred_at[starts[there]] - spine.cutoff[there]
    return found
