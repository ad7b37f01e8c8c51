"""Training rows: everyone of a cohort at every cutoff, with vector and label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.arrays import Bools, Ints
from features.catalogue import Catalogue
from features.errors import CohortError
from features.instants import iso
from features.kernel import Vectors, vectors
from features.segments import Partition
from training.censoring.followed import Followed, followed
from training.censoring.told import StoodFor
from training.cohort import consenting, members
from training.labels import answerable, labels, refuse_immature
from training.project import Project
from training.selection import fitted
from training.tasks import Task


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Rows of one task.

    Parameters
    ----------
    vectors : Vectors
        Customers, cutoffs and features, (r, features).
    label : (r,) bool
        The outcome of each row.
    withheld : int
        Rows of the cohort that were left out for want of consent.
    followed : Followed or None
        What ended each row, where the task weighs.
    stood_for : StoodFor or None
        What became of interrupted rows, once others stand for them.
    """

    vectors: Vectors
    label: Bools
    withheld: int = 0
    followed: Followed | None = None
    stood_for: StoodFor | None = None

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: Ints | Bools) -> Snapshot:
        """Keep some rows, by position or by mask."""
        seen = None if self.followed is None else self.followed.take(rows)
        taken = self.vectors.take(rows)
        return Snapshot(taken, self.label[rows], self.withheld, seen, self.stood_for)


def snapshot(
    project: Project,
    task: Task,
    partitions: Iterable[Partition],
    cutoffs: Sequence[int],
    complete_until: int,
    catalogue: Catalogue | None = None,
    gather: Callable[[Iterable[Snapshot]], Snapshot] | None = None,
) -> Snapshot:
    """Generate the rows of a task: customer, cutoff, vector, label.

    Parameters
    ----------
    project : Project
        Tables and features.
    task : Task
        The question.
    partitions : iterable of Partition
        All customers.
    cutoffs : sequence of int
        UTC microseconds.
    complete_until : int
        Instant up to which the table of the label holds every event.
    catalogue : Catalogue, optional
        Features to make; left out, those of the project and the task, fitted at the first cutoff.
    gather : callable, optional
        Puts the rows of all partitions together; left out, in memory. See
        `training.large.gather`.

    Returns
    -------
    Snapshot

    Raises
    ------
    MaturityError
        When a label window is not over.
    CohortError
        When nobody belongs to the cohort.
    """
    if not cutoffs:
        raise CohortError(f"task '{task.name}': no cutoff is given")
    refuse_immature(task, cutoffs, complete_until)
    partitions = list(partitions)
    if catalogue is None:
        catalogue = fitted(project.features_of(task), task, partitions, min(cutoffs)).catalogue
    withheld = 0
    ended: list[Followed] = []

    def parts() -> Iterator[Snapshot]:
        nonlocal withheld
        for partition in partitions:
            spine = members(task, partition, cutoffs)
            spine = spine.take(answerable(task, partition, spine))
            allowed = consenting(partition, spine, "training")
            withheld += int(np.count_nonzero(~allowed))
            spine = spine.take(allowed)
            found = vectors(catalogue, partition, spine)
            if task.weigh:
                ended.append(followed(task, partition, spine))
            yield Snapshot(found, labels(task, partition, spine))

    whole = (gather or joined)(parts())
    told = Followed.concat(ended) if ended else None
    whole = replace(whole, withheld=withheld, followed=told)
    if not len(whole) and withheld:
        raise CohortError(
            f"task '{task.name}': none of the {withheld:,} rows of the cohort is of a customer who "
            "consented to training; check the table of consents and its uses"
        )
    if not len(whole):
        raise CohortError(
            f"task '{task.name}': no customer has an event of '{task.members.table}' in the "
            f"{task.cohort.active:g} days before any cutoff from {iso(min(cutoffs))} to "
            f"{iso(max(cutoffs))}; widen the cohort or choose cutoffs inside the data"
        )
    return whole


def joined(parts: Iterable[Snapshot]) -> Snapshot:
    """Put rows one below the other, in memory."""
    many = list(parts)
    return Snapshot(
        Vectors.concat([each.vectors for each in many]),
        np.concatenate([each.label for each in many]),
        sum(each.withheld for each in many),
    )
