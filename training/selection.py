"""Which features a model reads: fitted on the past, and without those that say nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from features.arrays import Bools
from features.catalogue import Catalogue
from features.kernel import Vectors, vectors
from features.prune import Dropped, Limits, prune
from features.segments import Partition
from training.cohort import members
from training.snapshots import Snapshot
from training.tasks import Task


@dataclass(frozen=True)
class Selected:
    """Features that a model reads.

    Parameters
    ----------
    catalogue : Catalogue
        Features, fitted where they learn from data.
    dropped : tuple of Dropped
        What was left out, and why.
    """

    catalogue: Catalogue
    dropped: tuple[Dropped, ...] = ()


def fitted(
    catalogue: Catalogue, task: Task, partitions: Iterable[Partition], cutoff: int
) -> Selected:
    """Fit the features that learn from data on the cohort of a task.

    Parameters
    ----------
    catalogue : Catalogue
        Features.
    task : Task
        Gives the cohort.
    partitions : iterable of Partition
        All customers.
    cutoff : int
        UTC microseconds. It must be the earliest cutoff of all rows, so that what is learnt was
        known at every one of them.

    Returns
    -------
    Selected
        The same features, without those that the data are too few to fit.
    """
    teachers = catalogue.teachers()
    if not len(teachers):
        return Selected(catalogue)
    taught = Vectors.concat(
        vectors(teachers, part, members(task, part, [cutoff])) for part in partitions
    )
    found, refused = catalogue.fit(taught.columns)
    return Selected(found, tuple(Dropped(name, reason) for name, reason in refused.items()))


def pruned(
    selected: Selected, rows: Snapshot, train: Bools, task: Task, limits: Limits | None = None
) -> tuple[Selected, Snapshot]:
    """Leave out the features that say nothing, or what others say, in the training rows.

    Parameters
    ----------
    selected : Selected
        Features of the rows.
    rows : Snapshot
        All rows.
    train : (r,) bool
        Rows to decide by.
    task : Task
        Its recency stays: a baseline reads it.
    limits : Limits, optional
        When a feature is dropped.

    Returns
    -------
    tuple of Selected and Snapshot
        What is left, as definitions and as rows.
    """
    dropped = prune(rows.vectors.take(train), limits or Limits(), keep=[task.recency.name])
    out = {each.name for each in dropped}
    kept = Catalogue([each for each in selected.catalogue if each.name not in out])
    columns = {name: rows.vectors.columns[name] for name in kept.names}
    left = Vectors(rows.vectors.customers, rows.vectors.cutoffs, columns)
    return Selected(kept, (*selected.dropped, *dropped)), Snapshot(left, rows.label)
