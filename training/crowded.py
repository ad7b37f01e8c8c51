"""Texts with more levels than a tree can split: left out, or told of what is kept of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

import numpy as np

from features.arrays import Bools, Values
from features.errors import CohortError
from features.kernel import Vectors
from features.prune import Dropped
from features.ready.worth import MOST_LEVELS, RAREST
from features.schema import Schema
from training.pruning import without
from training.selection import Selected
from training.snapshots import Snapshot
from training.tasks import Task

_GROUP: Final = "group them in the table, or leave the feature out"


def uncrowded(
    selected: Selected, rows: Snapshot, train: Bools, task: Task, *, by_time: bool
) -> tuple[Selected, Snapshot]:
    """Leave out texts that name single cases, and say how much of others their inputs tell.

    A ready-made table is refused where a column is such (`features.ready.worth`); a feature is not,
    as a suggested catalogue makes them without having seen a row.

    Parameters
    ----------
    selected : Selected
        Features of the rows.
    rows : Snapshot
        All rows.
    train : (r,) bool
        Rows to decide by, from which the levels are learnt too.
    task : Task
        Its rates tell levels that an input does not; its recency cannot be left out.
    by_time : bool
        Whether slices follow time: rates and families are learnt from earlier rows only.

    Returns
    -------
    tuple of Selected and Snapshot
        What is left, as definitions and as rows; the definitions carry what is to be said.

    Raises
    ------
    CohortError
        When the one feature that the model must beat names single cases.
    """
    learnt, dropped, told = rows.vectors.take(train), list[Dropped](), list[str]()
    for name in learnt.columns:
        if not learnt.is_text(name):
            continue
        cells = learnt.columns[name]
        counts = Counter(cells.tolist())
        counts.pop(None, None)
        if len(cells) >= RAREST and counts and max(counts.values()) < RAREST:
            reason = f"{len(counts):,} levels, none of them in {RAREST} rows; {_GROUP}"
            dropped.append(Dropped(name, reason))
            told.append(f"'{name}' is left out: {reason}")
        elif len(counts) > MOST_LEVELS:
            told.append(f"{_told(name, cells, len(counts))}; {_remedy(name, task, by_time)}")
    if not told:
        return selected, rows
    out = {each.name: each.reason for each in dropped}
    if task.recency.name in out:
        raise CohortError(
            f"task '{task.name}': its baseline '{task.recency.name}' cannot be made: "
            f"{out[task.recency.name]}"
        )
    found, left = without(selected, rows, dropped)
    return replace(found, crowded=(*selected.crowded, *told)), left


def _told(name: str, cells: Values, levels: int) -> str:
    blank = np.zeros(len(cells), dtype=np.int64)
    kept = Schema.fit(Vectors(blank, blank, {name: cells})).columns[0].levels or ()
    known = np.array([each is not None for each in cells], dtype=np.bool_)
    share = np.isin(cells[known].astype(str), kept).mean()
    return (
        f"'{name}' has {levels:,} levels: the {len(kept)} most frequent, {share:.0%} of its "
        f"training rows, are told apart, the others read as unseen"
    )


def _remedy(name: str, task: Task, by_time: bool) -> str:
    if not by_time:
        return _GROUP
    for rate in task.encode:
        if rate.feature.name == name:
            return f"'{rate.name}' beside it tells them too"
    return (
        "give the task encode=[target_rate(...)] of it, count the column by multi_hot(...), "
        f"{_GROUP}"
    )
