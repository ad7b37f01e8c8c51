"""Rows without the features that say nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from features.arrays import Bools
from features.catalogue import Catalogue
from features.prune import Dropped, Limits, prune
from training.selection import Selected
from training.snapshots import Snapshot
from training.tasks import Task


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
    return without(selected, rows, dropped)


def without(
    selected: Selected, rows: Snapshot, dropped: Sequence[Dropped]
) -> tuple[Selected, Snapshot]:
    """Leave features out of definitions and rows, and keep the reasons."""
    out = {each.name for each in dropped}
    kept = Catalogue([each for each in selected.catalogue if each.name not in out])
    left = [name for name in rows.vectors.columns if name not in out]
    found = replace(selected, catalogue=kept, dropped=(*selected.dropped, *dropped))
    return found, replace(rows, vectors=rows.vectors.only(left))
