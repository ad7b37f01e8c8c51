"""Outcomes that were settled since a model was checked."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.errors import CohortError, StateError
from features.instants import DAY, instant, iso, micros
from features.windows import last_mature_cutoff
from training.bundle import Bundle
from training.calibration.certify import Outcomes
from training.data import Data
from training.labels import settling
from training.project import Project
from training.snapshots import snapshot

_MOST: Final = 12
"""Cutoffs that are looked at, the newest ones."""


def outcomes_since(project: Project, bundle: Bundle, data: Data, every: float) -> Outcomes:
    """Score the cohort at later cutoffs whose labels are mature, and say what came.

    Parameters
    ----------
    project : Project
        Whose tables hold the outcomes.
    bundle : Bundle
        A model with a calibration contract.
    data : Data
        As `training.data.open_data` returns it.
    every : float
        Days between cutoffs.

    Returns
    -------
    Outcomes
        Of cutoffs after the last one of the test slice.

    Raises
    ------
    StateError
        When the model has no contract, or no later outcome is settled, with the dates.
    """
    task, contract = bundle.task, bundle.contract
    if contract is None:
        raise StateError(
            f"model '{bundle.name}' has no calibration contract, as it was trained by an older "
            "version; train again"
        )
    source = data.checked[task.label.table]
    if source.complete_until is None:
        raise CohortError(f"task '{task.name}': table '{task.label.table}' has no events")
    lateness, last_known = settling(task, data.partitions)
    declared = project.table(task.label.table).complete_until
    until = source.complete_until if declared else last_known - lateness
    newest = last_mature_cutoff(task.gap, task.horizon, until) // DAY * DAY
    cutoffs = bundle.trained["cutoffs"]
    tested = max(instant(each) for each in cutoffs.get("test", cutoffs.get("all", [])))
    step = micros(every)
    laid = [newest - step * place for place in range(_MOST) if newest - step * place > tested]
    if not laid:
        next_settled = iso(tested + DAY + micros(task.gap) + micros(task.horizon))[:10]
        raise StateError(
            f"no outcome of '{task.name}' was settled since the model was checked: its last cutoff "
            f"is {iso(tested)[:10]}, and the newest whose label is mature is {iso(newest)[:10]}; "
            f"come back when events reach {next_settled}"
        )
    rows = snapshot(project, task, data.partitions, laid[::-1], until, bundle.reads)
    levels = bundle.levels(rows.vectors)
    return Outcomes(
        bundle.probabilities(bundle.margins(rows.vectors), rows.vectors),
        rows.label,
        rows.vectors.customers,
        np.full(len(rows), None, dtype=object) if levels is None else levels,
        newest + micros(task.gap) + micros(task.horizon),
    )
