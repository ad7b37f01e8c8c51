"""From what was learnt to what is kept of it, for later comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.beside import champions_of
from training.bundle import Bundle
from training.data import Data
from training.learn import Learned
from training.prepare import Prepared
from training.production.kept import Kept, codes, secret
from training.production.rival import rival
from training.project import Project
from training.tasks import Task


def keep(
    project: Project,
    task: Task,
    data: Data,
    prepared: Prepared,
    learned: Sequence[Learned],
    bundle: Bundle,
    mlruns: Path,
) -> Kept:
    """Put together the scores of a run, with those of the present champion beside them.

    Parameters
    ----------
    project, task, data : Project, Task, Data
        As for `training.train.train`.
    prepared : Prepared
        Rows.
    learned : sequence of Learned
        A model for each split; the first one serves.
    bundle : Bundle
        Of the one that serves.
    mlruns : Path
        Folder of runs: holds the champions, and the secret that codes customers.

    Returns
    -------
    Kept
    """
    test = np.concatenate([each.test for each in learned])
    beside = rival(
        project, task, data, prepared, test, champions_of(mlruns, project.name) / task.name
    )
    rows, marks, key = prepared.rows, prepared.marks, secret(mlruns)
    return Kept(
        customers=codes(rows.vectors.customers[test], key),
        cutoffs=rows.vectors.cutoffs[test],
        label=rows.label[test],
        scores=np.concatenate([each.scores for each in learned]),
        rival=np.full(len(test), np.nan) if beside is None else beside.scores,
        champion="" if beside is None else beside.bundle,
        why_not="" if beside is None else beside.why_not,
        calibrate=learned[0].before,
        served=np.arange(len(test)) < len(learned[0].test),
        rows=None if marks is None else codes(marks[test], key),
    )
