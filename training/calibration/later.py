"""Outcomes that were settled since a model was checked."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.errors import CohortError, DefinitionError, StateError
from features.instants import DAY, instant, iso, micros
from features.ready.read import Rows
from features.windows import last_mature_cutoff
from training.bundle import Bundle
from training.calibration.certify import Outcomes
from training.data import Data
from training.labels import settling
from training.project import Project
from training.ready.order import ordered
from training.snapshots import Snapshot, snapshot

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
        Of cutoffs after the last one of the test slice; of a ready-made table, all later rows.

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
    if data.ready is not None:
        return _of_table(bundle, data.ready)
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
    return _outcomes(bundle, rows, newest)


def _of_table(bundle: Bundle, rows: Rows) -> Outcomes:
    """Score the rows of a ready-made table after the test slice; their outcomes are known."""
    task, table = bundle.task, rows.table.name
    told = f"no outcome of '{task.name}' was settled since the model was checked"
    cutoffs = bundle.trained["cutoffs"]
    if not rows.table.time or bundle.trained["split"] != "time":
        raise StateError(
            f"nobody knows which rows of '{table}' came since the model of '{task.name}' was "
            "checked: they tell no times; declare the column that does as time of the table and "
            "train again, or train again on all rows, which checks a new model"
        )
    try:
        tested = max(instant(each) for each in cutoffs["test"])
    except DefinitionError:
        raise StateError(
            f"{told}, as far as anybody knows: it was trained on rows that tell their order and no "
            "times; train again with time"
        ) from None
    made, _ = ordered(rows, task)
    at = made.vectors.cutoffs
    newer, last = at > tested, int(at.max())
    if not newer.any():
        raise StateError(
            f"{told}: its last row is of {iso(tested)}, and '{table}' ends on {iso(last)}; append "
            f"rows after {iso(tested)} whose outcome is known"
        )
    return _outcomes(bundle, made.take(newer), last)


def _outcomes(bundle: Bundle, rows: Snapshot, newest: int) -> Outcomes:
    levels, task = bundle.levels(rows.vectors), bundle.task
    return Outcomes(
        bundle.probabilities(bundle.margins(rows.vectors), rows.vectors),
        rows.label,
        rows.vectors.customers,
        np.full(len(rows), None, dtype=object) if levels is None else levels,
        newest + micros(task.gap) + micros(task.horizon),
    )
