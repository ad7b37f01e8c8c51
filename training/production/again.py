"""Two versions on the newest rows that neither has learnt from, scored now."""

from __future__ import annotations

import numpy as np

from features.errors import CohortError, StateError
from features.instants import iso
from training.bundle import Bundle
from training.config import Config
from training.data import Data
from training.folds import slices_by_time
from training.labels import settling
from training.production.kept import Kept, codes
from training.production.rival import another_question, fair_rows, last_learnt, probabilities
from training.project import Project
from training.snapshots import snapshot


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
        When they answer other questions, customers are split, or no cutoff is late enough.
    CohortError
        When the table of the label holds no events.
    """
    task = version.task
    what = f"'{version.project}.{version.name}'"
    if reason := another_question(champion.task, task):
        raise StateError(f"versions of {what} cannot be compared: {reason}")
    if "customer" in (config.split, version.trained["split"], champion.trained["split"]):
        raise StateError(
            f"versions of {what} are split by customer: every row was learnt from by one model or "
            "another; train both on the same customers, and promotion compares what they kept"
        )
    source = data.checked[task.label.table]
    if source.first is None or source.complete_until is None:
        raise CohortError(f"task '{task.name}': table '{task.label.table}' has no events")
    lateness, last_known = settling(task, data.partitions)
    declared = project.table(task.label.table).complete_until
    until = source.complete_until if declared else last_known - lateness
    cutoffs = np.array(slices_by_time(task, source.first, until, config.rhythm, lateness).test)
    fair = fair_rows(version, cutoffs, lateness) & fair_rows(champion, cutoffs, lateness)
    if not fair.any():
        learnt = max(last_learnt(version), last_learnt(champion))
        raise StateError(
            f"versions of {what} cannot be compared yet: one learnt from outcomes at "
            f"{iso(learnt)}, and the newest cutoff with settled outcomes is "
            f"{iso(int(cutoffs.max()))}; wait for newer events"
        )
    chosen = cutoffs[fair].tolist()
    rows, others = (
        snapshot(project, task, data.partitions, chosen, until, each.reads)
        for each in (version, champion)
    )
    return Kept(
        customers=codes(rows.vectors.customers, key),
        cutoffs=rows.vectors.cutoffs,
        label=rows.label,
        scores=probabilities(version, rows.vectors),
        rival=probabilities(champion, others.vectors),
        champion=champion.digest,
    )
