"""From rows that were made elsewhere to slices and the inputs of a model."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from features.errors import CohortError, DefinitionError
from features.instants import DAY, iso, micros
from features.registers import Consents, Erasures
from training.config import Config
from training.folds import Rhythm, Slices
from training.judge.groups import beside
from training.known import require_known
from training.large.given import SLICES, given
from training.prepare import Prepared, arrange
from training.project import Project, require_portable
from training.reasons.named import require_changeable
from training.selection import unlearnt
from training.tasks import Task


def prepare_given(project: Project, task: Task, folder: Path, config: Config) -> Prepared:
    """Make of a folder of rows what `training.prepare.prepare` makes of tables.

    That the vectors know nothing of the future, nobody can check here: whoever wrote the folder
    answers for it. Slices stand as far apart as gap, horizon and the declared lag of the label's
    table ask.

    Parameters
    ----------
    project, task : Project, Task
        The question, and the features: they travel with the model, so that it can be served.
    folder : Path
        See `training.large.given.given`.
    config : Config
        Settings.

    Raises
    ------
    StateError, DefinitionError, CohortError
        When the folder does not hold such rows.
    MaturityError
        When a label cannot be known yet.
    """
    require_portable(project, task)
    if task.weigh:
        weighed = ", ".join(sorted({each.table for each in task.weigh}))
        fault = (
            f"task '{task.name}' weighs rows by '{weighed}', and rows made elsewhere do not tell "
            "how long each was followed; train from the tables, or drop `weigh`"
        )
        raise DefinitionError(f"rows of {folder}", [fault])
    started = time.perf_counter()
    selected = unlearnt(project.features_of(task))
    require_changeable(config.reasons, (*project.catalogue, *selected.catalogue))
    named = beside(project, selected.catalogue, config.judging.names)
    computed = selected.catalogue + task.levels + named.values()
    texts = {*computed.texts(project.tables)}
    found = given(folder, {name: name in texts for name in computed.names})
    cutoffs = np.unique(found.rows.vectors.cutoffs).tolist()
    lateness = micros(getattr(project.table(task.label.table), "lag", 0))
    require_known(f"rows of {folder}", task, found.rows.vectors.cutoffs, lateness)
    if config.split == "customer":
        if len(cutoffs) > 1:
            fault = f"split 'customer' is for one cutoff, and the rows have {len(cutoffs)}"
            raise DefinitionError(f"rows of {folder}", [fault])
        slices = None
    elif found.slices:
        slices = _as_said(found.slices)
    else:
        slices = slices_of(task, cutoffs, config.rhythm, lateness)
    seconds = time.perf_counter() - started
    return arrange(task, found.rows, slices, selected, config, lateness, seconds, named)


def unasked(project: Project) -> str:
    """Say which registers of a project are not asked when rows were made elsewhere; "" for none.

    Examples
    --------
    >>> from features import Erasures, EventTable
    >>> visits = EventTable("visits", customer="id", occurred_at="at")
    >>> asked = Erasures("erased", customer="id", known_at="at")
    >>> unasked(Project("shop", [visits, asked]))
    "the rows are taken as they are: 'erased' is not asked, so leave out whom it names"
    """
    named = [each.name for each in project.tables if isinstance(each, Erasures | Consents)]
    if not named:
        return ""
    listed = " and ".join(f"'{each}'" for each in named)
    return (
        f"the rows are taken as they are: {listed} {'is' if len(named) == 1 else 'are'} not asked, "
        f"so leave out whom {'it names' if len(named) == 1 else 'they name'}"
    )


def slices_of(task: Task, cutoffs: Sequence[int], rhythm: Rhythm, lateness: int = 0) -> Slices:
    """Split the cutoffs that are there: test, calibrate and stop from the end, train before them.

    Parameters
    ----------
    task : Task
        Gives gap and horizon.
    cutoffs : sequence of int
        UTC microseconds, ascending.
    rhythm : Rhythm
        Cutoffs in each of stop, calibrate and test.
    lateness : int
        Microseconds after which an event of the label is known at the latest.

    Returns
    -------
    Slices

    Raises
    ------
    CohortError
        When there are too few cutoffs for four purged slices.

    Examples
    --------
    >>> from training.tasks import Cohort, bought
    >>> task = Task("again", bought("visits"), Cohort(active=9), horizon=1)
    >>> found = slices_of(task, [DAY * day for day in range(9)], Rhythm(later=2))
    >>> [len(part) for part in (found.train, found.stop, found.calibrate, found.test)]
    [3, 2, 2, 2]
    """
    purge = micros(task.gap) + micros(task.horizon) + lateness
    left, laid = list(cutoffs), list[tuple[int, ...]]()
    for _ in ("test", "calibrate", "stop"):
        laid.append(tuple(left[-rhythm.later :]))
        left = [each for each in left if laid[-1] and each + purge <= laid[-1][0]]
    if not left:
        raise CohortError(
            f"task '{task.name}': four slices, each {purge / DAY:g} days after the one before, do "
            f"not fit into the {len(cutoffs)} cutoffs from {iso(cutoffs[0])} to "
            f"{iso(cutoffs[-1])}; add earlier cutoffs, lower `later`, or split by customer"
        )
    test, calibrate, stop = laid
    between = tuple(each for each in cutoffs if left[-1] < each < stop[0])
    late = tuple(each for each in cutoffs if stop[-1] < each < calibrate[0])
    return Slices(tuple(left), stop, calibrate, test, between, late)


def _as_said(found: Mapping[int, str]) -> Slices:
    train, stop, calibrate, test = (
        tuple(sorted(cutoff for cutoff, name in found.items() if name == each)) for each in SLICES
    )
    return Slices(train, stop, calibrate, test)
