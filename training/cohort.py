"""Who a task is about at a cutoff; training and serving ask alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.arrays import Bools
from features.catalogue import Catalogue
from features.kernel import Vectors, vectors
from features.segments import Partition, Spine
from training.tasks import Task


def tallies(task: Task) -> Catalogue:
    """Return the counts that decide membership."""
    earlier = [task.earlier] if task.earlier is not None else []
    return Catalogue(dict.fromkeys([task.members, *earlier]))


def belongs(task: Task, counts: Vectors) -> Bools:
    """Tell which rows belong to the cohort of a task.

    Parameters
    ----------
    task : Task
        The question.
    counts : Vectors
        Rows that hold the `tallies` of the task.

    Returns
    -------
    (r,) bool
    """
    inside: Bools = counts.columns[task.members.name] > 0
    if task.earlier is not None:
        inside = inside & (counts.columns[task.earlier.name] == 0)
    return inside


def members(task: Task, partition: Partition, cutoffs: Sequence[int]) -> Spine:
    """Return the customers of the cohort at each cutoff, from what was known before it.

    An id that was known to be another name of a customer is none of its own.
    """
    spine = Spine.everyone(partition, cutoffs)
    return spine.take(belongs(task, vectors(tallies(task), partition, spine)))


def consenting(partition: Partition, spine: Spine, use: str) -> Bools:
    """Tell which rows may be used: with consent at the cutoff that has not been taken back since.

    Parameters
    ----------
    partition : Partition
        Customers and what they agreed to.
    spine : Spine
        Rows.
    use : {"training", "scoring", "marketing"}
        What for. A use for which the project asks no consent may do with everyone.

    Returns
    -------
    (r,) bool
    """
    permits = partition.permits.get(use)
    if permits is None:
        return np.ones(len(spine), dtype=np.bool_)
    return permits.stood(spine.customer, spine.cutoff)
