"""Which features a model reads, fitted on the past."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from features.catalogue import Catalogue
from features.kernel import Vectors, vectors
from features.prune import Dropped
from features.segments import Partition, Spine
from training.cohort import consenting, members
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
    crowded : tuple of str
        Texts of which only the most frequent levels are told apart, a sentence each.
    """

    catalogue: Catalogue
    dropped: tuple[Dropped, ...] = ()
    crowded: tuple[str, ...] = ()


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
        vectors(teachers, part, _teaching(task, part, cutoff)) for part in partitions
    )
    found, refused = catalogue.fit(taught.columns)
    return Selected(found, tuple(Dropped(name, reason) for name, reason in refused.items()))


def _teaching(task: Task, partition: Partition, cutoff: int) -> Spine:
    spine = members(task, partition, [cutoff])
    return spine.take(consenting(partition, spine, "training"))


def unlearnt(catalogue: Catalogue) -> Selected:
    """Leave out the features that learn from data, where no earlier rows are there to learn from.

    Parameters
    ----------
    catalogue : Catalogue
        Features of a task whose data have one cutoff, so that customers are split and not time:
        what they learnt would come from the customers that are tested on too.

    Returns
    -------
    Selected
    """
    waiting = [each for each in catalogue if Catalogue([each]).unfitted()]
    reason = "it learns from data, and a single cutoff has no earlier rows to learn from"
    return Selected(
        Catalogue(each for each in catalogue if each not in waiting),
        tuple(Dropped(each.name, reason) for each in waiting),
    )
