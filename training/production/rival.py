"""The champion on the rows that a new model is tested on, where it has not learnt from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.errors import ForetellError, SchemaError
from features.instants import instant, iso
from features.kernel import Vectors
from features.windows import label_window
from training.bundle import Bundle, read_bundle
from training.data import Data
from training.prepare import Prepared
from training.project import Project
from training.settled import latest
from training.snapshots import snapshot
from training.tasks import Task


@dataclass(frozen=True, eq=False)
class Rival:
    """The champion's scores of some rows.

    Parameters
    ----------
    bundle : str
        Digest of the champion's bundle; empty when it cannot be read.
    scores : (n,) float64
        Probabilities; NaN where the champion learnt from outcomes at or after the cutoff.
    why_not : str
        Why it scored none; empty when it did.
    """

    bundle: str
    scores: Floats
    why_not: str = ""


def probabilities(bundle: Bundle, vectors: Vectors) -> Floats:
    """Return the calibrated probabilities that a bundle gives to rows, (r,) float64."""
    return bundle.probabilities(bundle.margins(vectors), vectors)


def rival(
    project: Project, task: Task, data: Data, prepared: Prepared, test: Ints, folder: Path
) -> Rival | None:
    """Let the present champion score the test rows of a training.

    Parameters
    ----------
    project, task, data : Project, Task, Data
        As for `training.train.train`.
    prepared : Prepared
        Rows.
    test : (n,) int64
        Positions of the test rows.
    folder : Path
        Of the champion; nothing may be there.

    Returns
    -------
    Rival or None
        None when there is no champion.
    """
    nothing = np.full(len(test), np.nan)
    if not folder.is_dir():
        return None
    try:
        champion = read_bundle(folder)
    except ForetellError as error:
        return Rival("", nothing, f"the champion cannot be read: {error}")
    if prepared.slices is None:
        # Its like, trained on other folds, scored every row that it did not meet: those are kept.
        return Rival(champion.digest, nothing, "customers are split, so the champion met the rows")
    if prepared.slices.by_row:
        reason = "rows tell their order and no time, so nobody knows which the champion met"
        return Rival(champion.digest, nothing, reason)
    if reason := another_question(champion.task, task):
        return Rival(champion.digest, nothing, reason)
    rows = prepared.golden.take(test).vectors
    at = rows.cutoffs if prepared.at is None else prepared.at[test]
    try:
        fair = fair_rows(champion, at, latest(task, data.partitions))
    except ForetellError as error:
        return Rival(champion.digest, nothing, f"nobody knows which rows the champion met: {error}")
    if not fair.any():
        learnt = iso(last_learnt(champion))
        reason = f"the champion learnt from outcomes at {learnt}, too near to the test rows"
        return Rival(champion.digest, nothing, reason)
    try:
        vectors = _vectors(project, task, data, prepared, champion, rows)
        found = probabilities(champion, vectors)
    except ForetellError as error:
        return Rival(champion.digest, nothing, f"the champion cannot score the rows: {error}")
    return Rival(champion.digest, np.where(fair, found, np.nan))


def another_question(one: Task, other: Task) -> str:
    """Say how two tasks ask otherwise; empty when their outcomes are the same.

    What is read to answer (features, recency, encodings) may differ; who is asked about, and what
    is asked, may not.
    """
    differ = [
        name
        for name in ("cohort", "label", "gap", "horizon")
        if getattr(one, name) != getattr(other, name)
    ]
    return (
        f"the champion answers another question: not the same {', '.join(differ)}" if differ else ""
    )


def last_learnt(bundle: Bundle) -> int:
    """Return the last cutoff whose outcomes a bundle learnt from, UTC microseconds."""
    told = bundle.trained["cutoffs"]
    return max(instant(each) for name, all_of in told.items() if name != "test" for each in all_of)


def fair_rows(bundle: Bundle, cutoffs: Ints, lateness: int = 0) -> Bools:
    """Tell which cutoffs come after everything that a bundle learnt from was settled.

    Parameters
    ----------
    bundle : Bundle
        A model.
    cutoffs : (n,) int64
        UTC microseconds.
    lateness : int
        Microseconds after which an event of the label is known at the latest.

    Returns
    -------
    (n,) bool
    """
    task, last = bundle.task, last_learnt(bundle)
    first_fair_cutoff = label_window(last, task.gap, task.horizon)[1] + lateness
    # The label of a ready-made table may take no time; what stands at the last instant was learnt.
    return np.asarray(cutoffs >= max(first_fair_cutoff, last + 1))


def _vectors(
    project: Project,
    task: Task,
    data: Data,
    prepared: Prepared,
    champion: Bundle,
    rows: Vectors,
) -> Vectors:
    """Return what the champion reads of the rows; made anew where it reads something else."""
    made = {each.name: each for each in prepared.selected.catalogue + task.levels}
    if all(each.name in rows.columns and made.get(each.name) == each for each in champion.reads):
        return rows
    if not data.partitions:
        lacking = [each.name for each in champion.reads if each.name not in rows.columns]
        raise SchemaError(f"it reads {', '.join(lacking) or 'other features'}, which they lack")
    cutoffs = np.unique(rows.cutoffs).tolist()
    until = label_window(max(cutoffs), task.gap, task.horizon)[1]
    again = snapshot(project, task, data.partitions, cutoffs, until, champion.reads).vectors
    return aligned(again, rows)


def aligned(found: Vectors, rows: Vectors) -> Vectors:
    """Return the vectors of the same customers and cutoffs as other rows, in their order.

    Parameters
    ----------
    found : Vectors
        One for each customer and cutoff.
    rows : Vectors
        The others; some may stand there more than once.

    Raises
    ------
    SchemaError
        When one is missing.
    """
    places = {key: place for place, key in enumerate(_keys(found))}
    taken = [places.get(key, -1) for key in _keys(rows)]
    if -1 in taken:
        raise SchemaError(f"{taken.count(-1):,} of the {len(taken):,} rows have no vector")
    return found.take(np.array(taken, dtype=np.int64))


def _keys(vectors: Vectors) -> Iterable[tuple[object, int]]:
    return zip(vectors.customers.tolist(), vectors.cutoffs.tolist(), strict=True)
