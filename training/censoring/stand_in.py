"""Rows of a task without those that were interrupted, others standing in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.errors import CohortError
from training.censoring.inverse import inverse, strata
from training.censoring.settings import Censoring
from training.censoring.told import StoodFor
from training.sampling import uniform
from training.snapshots import Snapshot
from training.tasks import Task


def stood_for(
    task: Task,
    rows: Snapshot,
    slices: Mapping[str, Bools],
    learnt: Bools,
    settings: Censoring,
    seed: int,
) -> Snapshot:
    """Leave out interrupted rows, and repeat others in their place.

    A row of weight 1.3 stands once or twice, twice in three of ten cases, so that all that reads
    rows (learner, calibrator, metrics, report) reads what would have come without interruptions.
    Copies belong to the same customer, so intervals by customer know of them. Which rows stand
    twice hangs on customer, cutoff and seed alone; within a slice and outcome the weights are added
    up, so that rates are kept to the last row (systematic sampling: Madow, 1949).

    Parameters
    ----------
    task : Task
        The question.
    rows : Snapshot
        With what ended each of them.
    slices : mapping of str to (r,) bool
        Rows that are weighed among themselves, so that no slice hears of another; each row is in
        one of them.
    learnt : (r,) bool
        Training rows, by which customers are grouped.
    settings : Censoring
        Groups and largest weight.
    seed : int
        Another seed repeats other rows.

    Returns
    -------
    Snapshot
        In the same order.

    Raises
    ------
    CohortError
        When a slice has no row that was not interrupted.
    """
    seen = rows.followed
    if seen is None or not len(rows):
        return rows
    groups = strata(rows.vectors, seen, learnt, settings.strata)
    weights = np.zeros(len(rows))
    for name, mask in slices.items():
        if mask.any() and seen.interrupted[mask].all():
            raise CohortError(
                f"task '{task.name}': all {int(mask.sum()):,} rows of slice '{name}' were "
                "contacted or censored before their answer, so nothing tells what they would have "
                "done; keep some customers uncontacted, or narrow what `weigh` asks for"
            )
        weights[mask] = inverse(seen.take(mask), groups[mask], settings.most)
    draws = uniform(rows.vectors.customers, rows.vectors.cutoffs, seed + 1)
    times = np.zeros(len(rows), dtype=np.int64)
    for mask in slices.values():
        for outcome in (False, True):
            here = np.flatnonzero(mask & (rows.label == outcome))
            times[here] = repeats(weights[here], draws[here])
    made = rows.take(np.repeat(np.arange(len(rows)), times))
    return replace(made, stood_for=_told(weights, seen.interrupted))


def repeats(weights: Floats, draws: Floats) -> Ints:
    """Turn weights into whole numbers with the same sum, give or take one.

    Parameters
    ----------
    weights : (n,) float64
        0 or more.
    draws : (n,) float64
        Random numbers that put the rows in order.

    Returns
    -------
    (n,) int64
        Each weight rounded down or up.

    Examples
    --------
    >>> repeats(np.array([1.5, 0.0, 1.5, 2.0]), np.array([0.3, 0.1, 0.2, 0.9])).tolist()
    [1, 0, 2, 2]
    """
    order = np.argsort(draws, kind="stable")
    upto = np.floor(np.cumsum(weights[order]) + 0.5)
    found = np.empty(len(weights), dtype=np.int64)
    found[order] = np.diff(upto, prepend=0.0).astype(np.int64)
    return found


def _told(weights: Floats, interrupted: Bools) -> StoodFor:
    return StoodFor(
        len(weights),
        int(np.count_nonzero(interrupted)),
        float(weights.max()),
        max(0.0, len(weights) - float(weights.sum())),
        float(weights.sum() ** 2 / (weights**2).sum()),
    )
