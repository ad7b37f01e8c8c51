"""What became of each customer: the truth that a model learns, never before it is settled."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from features.arrays import Bools, Ints
from features.conditions import Condition
from features.kernel import matching
from features.segments import Events, Partition, Spine
from features.versions import NEVER
from features.windows import before, label_bounds, require_mature
from training.tasks import Task


def labels(task: Task, partition: Partition, spine: Spine) -> Bools:
    """Tell for every row of a spine whether the answer to the task is yes.

    Labels see all events of the table, however late they became known. Where ids were merged, the
    answer is about the person: it counts the events of all ids that are one customer by everything
    known, whichever of them the row is about.

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
    events = last_versions(partition, task.label.table, task.label.where)
    lows, highs = spans(events, partition, spine)
    starts, ends = label_bounds(
        events.occurred_at, lows, highs, spine.cutoff, task.gap, task.horizon
    )
    happened: Bools = ends > starts
    if task.label.outcome == "silent":
        return ~happened
    if task.label.outcome == "first":
        return np.asarray(happened & (starts == lows), dtype=np.bool_)
    return happened


def answerable(task: Task, partition: Partition, spine: Spine) -> Bools:
    """Tell which rows of a cohort have an answer at all.

    Whoever had the first event before the cutoff, unknown to the business at that time, is in the
    cohort and can neither have a first event later nor count as one who had none.

    Returns
    -------
    (r,) bool
    """
    if task.label.outcome != "first":
        return np.ones(len(spine), dtype=np.bool_)
    events = last_versions(partition, task.label.table, task.label.where)
    lows, highs = spans(events, partition, spine)
    at_risk: Bools = before(events.occurred_at, lows, highs, spine.cutoff) == lows
    return at_risk


def last_versions(partition: Partition, table: str, where: tuple[Condition, ...]) -> Events:
    """Return the events of a table that meet conditions, of corrected events their last version."""
    events = partition.events[table]
    if events.superseded_at is not None:
        events = events.where(events.superseded_at == NEVER)
    return matching(events, where)


def spans(events: Events, partition: Partition, spine: Spine) -> tuple[Ints, Ints]:
    """Return the first position and the end of the events of each row's person."""
    person = partition.persons[spine.customer]
    return events.offsets[person], events.offsets[person + 1]


def settling(task: Task, partitions: Iterable[Partition]) -> tuple[int, int]:
    """Return how late the answer of a label was settled at most, and when the last word was heard.

    An answer is settled once every event of it is known, and every correction that takes one away,
    moves it or makes it one that the label does not ask for. When ids became known to be one
    customer does not count: it moves no event.

    Parameters
    ----------
    task : Task
        The question.
    partitions : iterable of Partition
        All customers.

    Returns
    -------
    tuple of int
        Lateness in microseconds, 0 or more, and UTC microseconds.
    """
    lateness, last = 0, 0
    for partition in partitions:
        events = partition.events[task.label.table]
        if not len(events):
            continue
        lateness = max(lateness, int((events.known_at - events.occurred_at).max()))
        last = max(last, int(events.known_at.max()))
        asked = matching(events, task.label.where)
        lost = _lost_at(asked, partition)
        if len(lost):
            spoken = lost != NEVER
            since = np.where(spoken, lost - asked.occurred_at, 0)
            lateness = max(lateness, int(since.max()))
            last = max(last, int(np.where(spoken, lost, 0).max()))
    return lateness, last


def lateness_of(table: str, partitions: Iterable[Partition]) -> int:
    """Return how late an event of a table was known at most, in microseconds."""
    parts = [partition.events[table] for partition in partitions]
    late = (int((each.known_at - each.occurred_at).max()) for each in parts if len(each))
    return max(late, default=0)


def _lost_at(events: Events, partition: Partition) -> Ints:
    """Return when a correction took each version from the label, (n,); `NEVER` for none.

    A version that is followed by one of the same person and instant is not lost: the label asks
    for no more of an event than that it is there.
    """
    lost = events.superseded_at
    if lost is None:
        return np.zeros(0, dtype=np.int64)
    owner, at = partition.persons[events.owner], events.occurred_at
    ended = np.flatnonzero(lost != NEVER)
    heirs = np.flatnonzero(np.isin(events.seen_from, lost[ended]))
    there = {*_triples(owner[heirs], at[heirs], events.seen_from[heirs])}
    followed = [each in there for each in _triples(owner[ended], at[ended], lost[ended])]
    lost = lost.copy()
    lost[ended[followed]] = NEVER
    return lost


def _triples(*columns: Ints) -> Iterable[tuple[int, ...]]:
    return zip(*(each.tolist() for each in columns), strict=True)


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
