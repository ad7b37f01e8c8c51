"""From sorted tables to rows with vectors, labels and roles: all that learning needs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools
from features.errors import CohortError
from features.instants import instant
from training.config import Config
from training.data import Data
from training.encoding import Encoding
from training.fit import require_both_outcomes
from training.folds import (
    Slices,
    buckets_by_customer,
    roles_by_customer,
    rolling,
    slices_by_time,
)
from training.inputs import learn_rates, no_rates, only, with_levels, with_rates
from training.labels import settling
from training.large.gather import Gather
from training.project import Project, require_portable
from training.pruning import pruned
from training.purity import require_disjoint, require_purged
from training.selection import Selected, fitted, unlearnt
from training.snapshots import Snapshot, joined, snapshot
from training.tasks import Task


@dataclass(frozen=True, eq=False)
class Prepared:
    """Rows of a task, and what each may be used for.

    Parameters
    ----------
    rows : Snapshot
        All rows, with the inputs of the model.
    golden : Snapshot
        The same rows with the levels that target rates read, for a bundle to be verified by.
    splits : tuple of mapping of str to (r,) bool
        Rows of each slice (``train``, ``stop``, ``develop``, ``calibrate``, ``test``), for each
        model that is learnt; the first one's serves, the others only widen the test.
    earlier : tuple of ((r,) bool, (r,) bool)
        Older pairs of train and stop rows, for the search.
    slices : Slices or None
        Cutoffs of each slice; None for a task that is split by customer.
    selected : Selected
        Features that the model reads, and what was left out.
    encodings : tuple of Encoding
        Target rates among the columns.
    vector_seconds : float
        How long vectors and labels took.
    """

    rows: Snapshot
    golden: Snapshot
    splits: tuple[Mapping[str, Bools], ...]
    earlier: tuple[tuple[Bools, Bools], ...]
    slices: Slices | None
    selected: Selected
    encodings: tuple[Encoding, ...]
    vector_seconds: float


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
    require_portable(project, task)
    source = data.checked[task.label.table]
    if source.first is None or source.complete_until is None:
        raise CohortError(f"task '{task.name}': table '{task.label.table}' has no events")
    lateness, last_known = settling(task, data.partitions)
    # An event that happened by then may still be unknown, unless the contract says otherwise.
    declared = project.table(task.label.table).complete_until
    until = source.complete_until if declared else last_known - lateness
    slices = (
        None
        if config.split == "customer"
        else slices_by_time(task, source.first, until, config.rhythm, lateness)
    )
    cutoffs = slices.all if slices else [instant(config.cutoff)]

    started = time.perf_counter()
    asked = project.features_of(task)
    selected = fitted(asked, task, data.partitions, min(cutoffs)) if slices else unlearnt(asked)
    if task.recency.name not in selected.catalogue.names:
        reasons = {each.name: each.reason for each in selected.dropped}
        raise CohortError(
            f"task '{task.name}': its baseline '{task.recency.name}' cannot be made: "
            f"{reasons[task.recency.name]}"
        )
    computed = selected.catalogue + task.levels
    made = snapshot(project, task, data.partitions, cutoffs, until, computed, gather)
    vector_seconds = time.perf_counter() - started
    return arrange(task, made, slices, selected, config, lateness, vector_seconds)


def arrange(
    task: Task,
    made: Snapshot,
    slices: Slices | None,
    selected: Selected,
    config: Config,
    lateness: int,
    vector_seconds: float,
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
    """
    splits = (
        _splits_by_time(made, slices, task, lateness)
        if slices
        else _splits_by_customer(made, config)
    )
    earlier = _earlier(made, slices, task, config, lateness) if slices else []
    rates, unmade = learn_rates(task, made, splits[0], lateness) if slices else no_rates(task)
    rows = only(made, selected.catalogue.names)
    # One cutoff: what would be pruned by the training rows of one fold are test rows of another.
    if config.prune and slices:
        selected, rows = pruned(selected, rows, splits[0]["train"], task)
    rows = with_rates(rows, rates, made.vectors)
    require_both_outcomes("test", rows.label[np.any([each["test"] for each in splits], axis=0)])

    kept = Selected(
        selected.catalogue + dict.fromkeys(each.rate.feature for each in rates),
        (*selected.dropped, *unmade),
    )
    return Prepared(
        rows=rows,
        golden=with_levels(rows, rates, made),
        splits=tuple(splits),
        earlier=tuple(earlier),
        slices=slices,
        selected=kept,
        encodings=rates,
        vector_seconds=vector_seconds,
    )


def _splits_by_time(
    rows: Snapshot, slices: Slices, task: Task, lateness: int
) -> list[Mapping[str, Bools]]:
    cutoffs = rows.vectors.cutoffs
    roles = {name: slices.rows(name, cutoffs) for name in slices.by_name()}
    develop = {"develop": slices.rows("develop", cutoffs)}
    require_purged(roles, cutoffs, task.gap, task.horizon, lateness)
    later = {name: roles[name] for name in ("calibrate", "test")}
    require_purged(develop | later, cutoffs, task.gap, task.horizon, lateness)
    return [roles | develop]


def _earlier(
    rows: Snapshot, slices: Slices, task: Task, config: Config, lateness: int
) -> list[tuple[Bools, Bools]]:
    cutoffs, found = rows.vectors.cutoffs, []
    for train_at, stop_at in rolling(slices, task, config.rhythm, lateness)[1:]:
        pair = {"train": np.isin(cutoffs, train_at), "stop": np.isin(cutoffs, stop_at)}
        require_purged(pair, cutoffs, task.gap, task.horizon, lateness)
        found.append((pair["train"], pair["stop"]))
    return found


def _splits_by_customer(rows: Snapshot, config: Config) -> list[Mapping[str, Bools]]:
    buckets = buckets_by_customer(rows.vectors.customers, config.folds, config.seed)
    splits = [roles_by_customer(buckets, fold, config.folds) for fold in range(config.folds)]
    for roles in splits:
        apart = {name: mask for name, mask in roles.items() if name != "develop"}
        require_disjoint(apart, rows.vectors.customers)
        later = {name: roles[name] for name in ("develop", "calibrate", "test")}
        require_disjoint(later, rows.vectors.customers)
    return splits
