"""From the rows of a ready-made table to rows with roles and inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from features.arrays import Bools, Ints
from features.prune import Limits
from features.ready.given import spelled
from features.ready.read import Rows
from training.buckets import buckets_by_customer, roles_by_customer
from training.config import Config
from training.enough import require_enough
from training.folds import Slices
from training.guard import alone, guarded, require_no_leak
from training.judge.groups import attributes, beside
from training.large.gather import Gather
from training.prepared import Prepared
from training.project import Project
from training.pruning import pruned
from training.purity import APART, require_disjoint, require_purged
from training.ready.order import marks, months, ordered
from training.ready.origins import Pair, periods, rolling
from training.ready.split import split_by_time
from training.reasons.named import require_changeable
from training.selection import Selected
from training.snapshots import Snapshot, joined
from training.tasks import Task

_STEADY: Final = Limits(shift=math.inf)
"""A first instant of few rows says nothing about how columns move."""

_PART: Final = 100_000
"""Rows that are put into a file at a time."""


def prepare_ready(
    project: Project, task: Task, rows: Rows, config: Config, gather: Gather = joined
) -> Prepared:
    """Split the rows of a ready-made table, and choose the inputs of the model.

    Parameters
    ----------
    project : Project
        Its catalogue holds the columns of the table, see `training.data.Data.described`.
    task : Task
        The question.
    rows : Rows
        With outcomes.
    config : Config
        Settings.
    gather : callable
        Puts the rows together that the model learns from, in memory or in files.

    Returns
    -------
    Prepared

    Raises
    ------
    MaturityError
        When a label cannot be known yet.
    CohortError
        When a slice is empty or has too few outcomes of a kind.
    LeakError
        When a column tells the outcome alone.
    """
    table = rows.table
    require_changeable(config.reasons, project.catalogue, table.categories)
    made, held = ordered(rows, task)
    at, told = made.vectors.cutoffs, marks(made)
    names = [each for each in config.judging.names if each not in held]
    named = beside(project, project.catalogue, names)
    by_column = spelled(project.catalogue)
    groups = {
        **{by_column.get(each, each): of for each, of in attributes(made.vectors, named).items()},
        **held,
    }
    slices: Slices | None = None
    earlier: Sequence[Pair] = ()
    scored: Sequence[Pair] = ()
    if table.time or table.order:
        times = np.arange(1, len(made) + 1) if table.order else at
        split = split_by_time(task, times, config.slicing, by_row=table.order)
        slices = split.slices
        _require_purged(split.roles, times, task, by_row=table.order)
        earlier = rolling(split, times, task, config.slicing)
        scored = periods(split, times, task, config.slicing, config.calibration.periods - 1)
        splits: Sequence[Mapping[str, Bools]] = [split.roles]
        made = replace(made, vectors=replace(made.vectors, cutoffs=months(at)))
    else:
        splits = _by_customer(made, config)
    require_enough(task.name, made.label, splits, _remedy(slices))
    selected = Selected(project.catalogue)
    train = splits[0]["train"]
    require_no_leak(task.name, guarded(made, splits[0]), config.guard)
    if config.prune and slices:
        # By all that the final fit learns from: a column may begin to tell in its last months.
        selected, made = pruned(selected, made, splits[0]["develop"], task, _STEADY)
    kept = gather(_parts(made))
    return Prepared(
        rows=kept,
        golden=kept,
        splits=tuple(splits),
        earlier=tuple(earlier),
        origins=tuple(scored),
        slices=slices,
        selected=selected,
        encodings=(),
        vector_seconds=0.0,
        baseline=_strongest(made.take(train)),
        at=at,
        marks=told,
        groups=groups,
    )


def _parts(rows: Snapshot) -> Iterator[Snapshot]:
    for first in range(0, len(rows), _PART):
        yield rows.take(np.arange(first, min(first + _PART, len(rows))))


def _remedy(slices: Slices | None) -> str:
    more = "bring more rows of the rarer outcome"
    if slices is None:
        return f"{more}, or learn fewer models (folds in train.toml), so that each meets more"
    shares = "the shares test, stop and calibrate" + ("" if slices.by_row else ", or test_from")
    return f"{more}, or lay the slices otherwise ({shares} in [slicing] of train.toml)"


def _by_customer(rows: Snapshot, config: Config) -> list[Mapping[str, Bools]]:
    buckets = buckets_by_customer(rows.vectors.customers, config.folds, config.seed)
    splits = [roles_by_customer(buckets, fold, config.folds) for fold in range(config.folds)]
    for roles in splits:
        for apart in APART:
            require_disjoint({name: roles[name] for name in apart}, rows.vectors.customers)
    return splits


def _require_purged(roles: Mapping[str, Bools], times: Ints, task: Task, *, by_row: bool) -> None:
    gap, horizon = (0.0, 0.0) if by_row else (task.gap, task.horizon)
    for apart in APART:
        require_purged({name: roles[name] for name in apart}, times, gap, horizon)


def _strongest(train: Snapshot) -> str:
    """Return the column that tells most alone: what the model must beat."""
    return next(iter(alone(train.vectors.columns, train.label)))
