"""Two versions on the newest rows that neither has learnt from, scored now."""

from __future__ import annotations

import numpy as np

from features.errors import DefinitionError, StateError
from features.instants import iso
from features.ready.read import Rows
from training.bundle import Bundle
from training.censoring.stand_in import stood_for
from training.config import Config
from training.data import Data
from training.folds import slices_by_time
from training.production.kept import Kept, codes
from training.production.rival import (
    aligned,
    another_question,
    fair_rows,
    last_learnt,
    probabilities,
)
from training.project import Project
from training.ready.order import marks, ordered
from training.settled import settled
from training.snapshots import Snapshot, snapshot
from training.tasks import Task


def score_both(
    project: Project, data: Data, config: Config, version: Bundle, champion: Bundle, key: bytes
) -> Kept:
    """Let a version and the champion score the test slice of the data as they are now.

    Parameters
    ----------
    project, data, config
        As for `training.train.train`.
    version, champion : Bundle
        Models of one task.
    key : bytes
        Secret that codes customers, see `training.production.kept.secret`.

    Returns
    -------
    Kept
        Rows at the newest cutoffs whose outcomes are settled and that come after everything either
        learnt from was settled.

    Raises
    ------
    StateError
        When they answer other questions, customers are split, rows tell no time, or none is late
        enough.
    CohortError
        When the table of the label holds no events.
    """
    task = version.task
    what = f"'{version.project}.{version.name}'"
    if reason := another_question(champion.task, task):
        raise StateError(f"versions of {what} cannot be compared: {reason}")
    if data.ready is not None:
        return _ready(data.ready, version, champion, key)
    if "customer" in (config.split, version.trained["split"], champion.trained["split"]):
        raise StateError(
            f"versions of {what} are split by customer: every row was learnt from by one model or "
            "another; train both on the same customers, and promotion compares what they kept"
        )
    known = settled(project, task, data)
    slices = slices_by_time(task, known.first, known.until, config.rhythm, known.lateness)
    cutoffs = np.array(slices.test)
    fair = np.logical_and(
        *(fair_rows(each, cutoffs, known.lateness) for each in (version, champion))
    )
    if not fair.any():
        learnt = max(last_learnt(version), last_learnt(champion))
        raise StateError(
            f"versions of {what} cannot be compared yet: one learnt from outcomes at "
            f"{iso(learnt)}, and the newest cutoff with settled outcomes is "
            f"{iso(int(cutoffs.max()))}; wait for newer events"
        )
    chosen = cutoffs[fair].tolist()
    rows, others = (
        snapshot(project, task, data.partitions, chosen, known.until, each.reads)
        for each in (version, champion)
    )
    rows = _uninterrupted(task, rows, config)
    return Kept(
        customers=codes(rows.vectors.customers, key),
        cutoffs=rows.vectors.cutoffs,
        label=rows.label,
        scores=probabilities(version, rows.vectors),
        rival=probabilities(champion, aligned(others.vectors, rows.vectors)),
        champion=champion.digest,
    )


def _ready(rows: Rows, version: Bundle, champion: Bundle, key: bytes) -> Kept:
    """Let both score the rows of a ready-made table that come after all that either learnt from."""
    what = f"'{version.project}.{version.name}'"
    if not rows.table.time or {version.trained["split"], champion.trained["split"]} != {"time"}:
        raise StateError(
            f"versions of {what} cannot be scored again: their rows tell no times, so nobody knows "
            "which of them a version learnt from; train the version anew on the rows that the "
            "champion learnt from, and promotion compares what both tested on"
        )
    made, _ = ordered(rows, version.task)
    at = made.vectors.cutoffs
    try:
        fair = fair_rows(version, at) & fair_rows(champion, at)
    except DefinitionError as error:
        raise StateError(
            f"nobody knows which rows versions of {what} learnt from: {error}"
        ) from None
    if not fair.any():
        learnt = iso(max(last_learnt(version), last_learnt(champion)))
        raise StateError(
            f"versions of {what} cannot be compared yet: one learnt from rows until {learnt}, and "
            f"the table ends on {iso(int(at.max()))}; append newer rows whose outcome is known"
        )
    newest = made.take(fair)
    return Kept(
        customers=codes(newest.vectors.customers, key),
        cutoffs=at[fair],
        label=newest.label,
        scores=probabilities(version, newest.vectors),
        rival=probabilities(champion, newest.vectors),
        champion=champion.digest,
        rows=codes(marks(made)[fair], key),
    )


def _uninterrupted(task: Task, rows: Snapshot, config: Config) -> Snapshot:
    """Let rows stand for those that were interrupted, whose outcome nobody saw; as in training."""
    if not task.weigh:
        return rows
    everyone = np.ones(len(rows), dtype=np.bool_)
    return stood_for(task, rows, {"all": everyone}, everyone, config.censoring, config.seed)
