"""Texts with more levels than a tree can split: left out, or told of what is kept of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

import numpy as np

from features.arrays import Bools, Values
from features.catalogue import Catalogue
from features.kernel import Vectors
from features.prune import Dropped
from features.ready.worth import MOST_LEVELS, RAREST
from features.schema import Schema
from training.selection import Selected
from training.snapshots import Snapshot

_REMEDY: Final = "give the task encode=[target_rate(...)] of it, or group them in the table"


def uncrowded(selected: Selected, rows: Snapshot, train: Bools) -> tuple[Selected, Snapshot]:
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

    Returns
    -------
    tuple of Selected and Snapshot
        What is left, as definitions and as rows; the definitions carry what is to be said.
    """
    learnt, dropped, told = rows.vectors.take(train), list[Dropped](), list[str]()
    for name in learnt.columns:
        if not learnt.is_text(name):
            continue
        cells = learnt.columns[name]
        counts = Counter(cells.tolist())
        counts.pop(None, None)
        if len(cells) >= RAREST and counts and max(counts.values()) < RAREST:
            reason = f"{len(counts):,} levels, none of them in {RAREST} rows; {_REMEDY}"
            dropped.append(Dropped(name, reason))
            told.append(f"'{name}' is left out: {reason}")
        elif len(counts) > MOST_LEVELS:
            told.append(_told(name, cells, len(counts)))
    if not told:
        return selected, rows
    out = {each.name for each in dropped}
    kept = Catalogue([each for each in selected.catalogue if each.name not in out])
    found = Selected(kept, (*selected.dropped, *dropped), (*selected.crowded, *told))
    left = [name for name in rows.vectors.columns if name not in out]
    return found, replace(rows, vectors=rows.vectors.only(left))


def _told(name: str, cells: Values, levels: int) -> str:
    blank = np.zeros(len(cells), dtype=np.int64)
    kept = Schema.fit(Vectors(blank, blank, {name: cells})).columns[0].levels or ()
    known = np.array([each is not None for each in cells], dtype=np.bool_)
    share = np.isin(cells[known].astype(str), kept).mean()
    return (
        f"'{name}' has {levels:,} levels: the {len(kept)} most frequent, {share:.0%} of its "
        f"training rows, are told apart, the others read as unseen; {_REMEDY}"
    )
