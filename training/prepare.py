"""From sorted tables to rows with vectors, labels and roles: all that learning needs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from features.arrays import Bools
from features.errors import CohortError
from features.feature import Feature
from features.instants import instant
from training.buckets import buckets_by_customer, roles_by_customer
from training.censoring.stand_in import stood_for
from training.config import Config
from training.crowded import uncrowded
from training.data import Data
from training.enough import require_enough
from training.folds import Slices, periods, rolling, slices_by_time
from training.guard import guarded, require_no_leak
from training.inputs import learn_rates, no_rates, only, with_levels, with_rates
from training.judge.groups import attributes, beside
from training.large.gather import Gather
from training.prepared import Prepared as Prepared
from training.project import Project, require_portable
from training.pruning import pruned
from training.purity import APART, require_disjoint, require_purged
from training.ready.prepare import prepare_ready
from training.reasons.named import require_changeable
from training.selection import Selected, fitted, unlearnt
from training.settled import settled
from training.snapshots import Snapshot, joined, snapshot
from training.tasks import Task


def prepare(
    project: Project, task: Task, data: Data, config: Config, gather: Gather = joined
) -> Prepared:
    """Make the rows of a task, split them, and choose the inputs of its model.

    Parameters
    ----------
    project, task : Project, Task
        The question, and the features that may answer it.
    data : Data
        As `training.data.open_data` returns it.
    config : Config
        Settings.
    gather : callable
        Puts rows together, in memory or in files.

    Returns
    -------
    Prepared

    Raises
    ------
    MaturityError, CohortError, ImpureSplitError
        When the data cannot answer the task honestly.
    DefinitionError
        When no bundle could carry a feature.
    """
    if data.ready is not None:
        return prepare_ready(project, task, data.ready, config, gather)
    require_portable(project, task)
    known = settled(project, task, data)
    until, lateness = known.until, known.lateness
    slices = (
        None
        if config.split == "customer"
        else slices_by_time(task, known.first, until, config.rhythm, lateness)
    )
    cutoffs = slices.all if slices else [instant(config.cutoff)]

    started = time.perf_counter()
    asked = project.features_of(task)
    require_changeable(config.reasons, (*project.catalogue, *asked))
    selected = fitted(asked, task, data.partitions, min(cutoffs)) if slices else unlearnt(asked)
    if task.recency.name not in selected.catalogue.names:
        reasons = {each.name: each.reason for each in selected.dropped}
        raise CohortError(
            f"task '{task.name}': its baseline '{task.recency.name}' cannot be made: "
            f"{reasons[task.recency.name]}"
        )
    named = beside(project, selected.catalogue, config.judging.names)
    computed = selected.catalogue + task.levels + named.values()
    made = snapshot(project, task, data.partitions, cutoffs, until, computed, gather)
    made = _stood_for(task, made, slices, config)
    vector_seconds = time.perf_counter() - started
    return arrange(task, made, slices, selected, config, lateness, vector_seconds, named)


def arrange(
    task: Task,
    made: Snapshot,
    slices: Slices | None,
    selected: Selected,
    config: Config,
    lateness: int,
    vector_seconds: float,
    named: Mapping[str, Feature],
) -> Prepared:
    """Split rows that are made, and choose the inputs of the model; see `prepare`.

    Parameters
    ----------
    task : Task
        The question.
    made : Snapshot
        Rows with all features that may be read.
    slices : Slices or None
        Cutoffs of each slice; None to split by customer.
    selected : Selected
        Features of the rows.
    config : Config
        Settings.
    lateness : int
        Microseconds after which an event of the label is known at the latest.
    vector_seconds : float
        How long the rows took.
    named : mapping of str to Feature
        Attributes to judge by, see `training.judge.groups.beside`.
    """
    splits = (
        _splits_by_time(made, slices, task, lateness)
        if slices
        else _splits_by_customer(made, config)
    )
    require_enough(task.name, made.label, splits)
    earlier: list[tuple[Bools, Bools]] = []
    origins: list[tuple[Bools, Bools]] = []
    if slices:
        rolled = rolling(slices, task, config.rhythm, lateness)[1:]
        earlier = _pairs(made, rolled, task, lateness)
        most = config.calibration.periods - 1
        laid = periods(slices, task, config.rhythm, most, lateness)
        origins = _pairs(made, laid, task, lateness)
    rates, unmade = learn_rates(task, made, splits[0], lateness) if slices else no_rates(task)
    rows = only(made, selected.catalogue.names)
    # One cutoff: what would be pruned by the training rows of one fold are test rows of another.
    if config.prune and slices:
        selected, rows = pruned(selected, rows, splits[0]["train"], task)
    selected, rows = uncrowded(selected, rows, splits[0]["train"], task, by_time=bool(slices))
    rows = with_rates(rows, rates, made.vectors)
    require_no_leak(task.name, guarded(rows, splits[0]), config.guard)
    kept = Selected(
        selected.catalogue + dict.fromkeys(each.rate.feature for each in rates),
        (*selected.dropped, *unmade),
        selected.crowded,
    )
    return Prepared(
        rows=rows,
        golden=with_levels(rows, rates, made),
        splits=tuple(splits),
        earlier=tuple(earlier),
        origins=tuple(origins),
        slices=slices,
        selected=kept,
        encodings=rates,
        vector_seconds=vector_seconds,
        baseline=task.recency.name,
        groups=attributes(made.vectors, named),
    )


def _stood_for(task: Task, rows: Snapshot, slices: Slices | None, config: Config) -> Snapshot:
    """Let rows stand for interrupted ones, each slice for itself; see `training.censoring`."""
    if not task.weigh:
        return rows
    everyone = np.ones(len(rows), dtype=np.bool_)
    parts, learnt = {"all": everyone}, everyone
    if slices:
        cutoffs = rows.vectors.cutoffs
        apart = ("develop", "late", "calibrate", "test")
        parts = {name: slices.rows(name, cutoffs) for name in apart}
        learnt = slices.rows("train", cutoffs)
    return stood_for(task, rows, parts, learnt, config.censoring, config.seed)


def _splits_by_time(
    rows: Snapshot, slices: Slices, task: Task, lateness: int
) -> list[Mapping[str, Bools]]:
    cutoffs = rows.vectors.cutoffs
    roles = {name: slices.rows(name, cutoffs) for name in slices.by_name()}
    learnt = {name: slices.rows(name, cutoffs) for name in ("develop", "final")}
    roles |= learnt
    for apart in APART:
        held = {name: roles[name] for name in apart}
        require_purged(held, cutoffs, task.gap, task.horizon, lateness)
    return [roles]


def _pairs(
    rows: Snapshot,
    laid: Sequence[tuple[tuple[int, ...], tuple[int, ...]]],
    task: Task,
    lateness: int,
) -> list[tuple[Bools, Bools]]:
    cutoffs, found = rows.vectors.cutoffs, []
    for train_at, stop_at in laid:
        pair = {"train": np.isin(cutoffs, train_at), "stop": np.isin(cutoffs, stop_at)}
        require_purged(pair, cutoffs, task.gap, task.horizon, lateness)
        found.append((pair["train"], pair["stop"]))
    return found


def _splits_by_customer(rows: Snapshot, config: Config) -> list[Mapping[str, Bools]]:
    buckets = buckets_by_customer(rows.vectors.customers, config.folds, config.seed)
    splits = [roles_by_customer(buckets, fold, config.folds) for fold in range(config.folds)]
    for roles in splits:
        for apart in APART:
            require_disjoint({name: roles[name] for name in apart}, rows.vectors.customers)
    return splits
