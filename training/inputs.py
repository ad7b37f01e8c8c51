"""What a model reads: features, and the target rates that the task asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from features.arrays import Bools, Ints
from features.instants import iso, micros
from features.kernel import Vectors
from features.prune import Dropped
from training.encoded import encoded, sources_of
from training.encoding import Encoding, learn_encoding
from training.snapshots import Snapshot
from training.tasks import Task


def learn_rates(
    task: Task, rows: Snapshot, roles: Mapping[str, Bools], lateness: int
) -> tuple[tuple[Encoding, ...], tuple[Dropped, ...]]:
    """Learn the target rates of a task from the outcomes of all rows before the test slice.

    A row is encoded by what was settled at its own cutoff, whichever slice it belongs to. Outcomes
    of the test slice judge, and encode nothing.

    Parameters
    ----------
    task : Task
        Gives the rates, gap and horizon.
    rows : Snapshot
        All rows, with the features that are encoded.
    roles : mapping of str to (r,) bool
        Rows of ``train``, and of ``final``: all that are settled before the test.
    lateness : int
        Microseconds after which an event of the label is known at the latest.

    Returns
    -------
    tuple of Encoding
        What was learnt.
    tuple of Dropped
        What was left out, and why: nothing was settled by the time of any training row.
    """
    learnt = rows.take(roles["final"])
    settled = settled_at(task, learnt.vectors.cutoffs, lateness)
    train = rows.vectors.take(roles["train"])
    made: list[Encoding] = []
    dropped: list[Dropped] = []
    for rate in task.encode:
        levels = learnt.vectors.columns[rate.feature.name]
        each = learn_encoding(rate, levels, settled, learnt.label)
        if np.isnan(each.encode(train.columns[each.source], train.cutoffs)).all():
            dropped.append(Dropped(each.name, _unsettled(train, int(settled.min()))))
        else:
            made.append(each)
    return tuple(made), tuple(dropped)


def no_rates(task: Task) -> tuple[tuple[Encoding, ...], tuple[Dropped, ...]]:
    """Leave out the target rates of a task whose data have one cutoff; see `learn_rates`."""
    reason = "it learns from outcomes, and a single cutoff has no earlier rows with settled ones"
    return (), tuple(Dropped(each.name, reason) for each in task.encode)


def settled_at(task: Task, cutoffs: Ints, lateness: int) -> Ints:
    """Return the instant from which on the outcome of each row is known for good.

    Parameters
    ----------
    task : Task
        Gives gap and horizon.
    cutoffs : (r,) int64
        UTC microseconds.
    lateness : int
        Microseconds after which an event of the label is known at the latest.

    Returns
    -------
    (r,) int64

    Examples
    --------
    >>> from features.instants import DAY
    >>> from training.tasks import Cohort, bought
    >>> task = Task("again", bought("visits"), Cohort(active=9), horizon=2, gap=1)
    >>> settled_at(task, np.array([0]), lateness=DAY) // DAY
    array([4])
    """
    return cutoffs + micros(task.gap) + micros(task.horizon) + lateness


def with_rates(rows: Snapshot, encodings: Sequence[Encoding], made: Vectors) -> Snapshot:
    """Put the columns of encodings beside the other inputs of the model.

    Parameters
    ----------
    rows : Snapshot
        Inputs without them.
    encodings : sequence of Encoding
        Target rates.
    made : Vectors
        The same rows with the features that are encoded.
    """
    return replace(rows, vectors=rows.vectors.plus(encoded(encodings, made)))


def with_levels(rows: Snapshot, encodings: Sequence[Encoding], made: Snapshot) -> Snapshot:
    """Put the features that are encoded beside the inputs of the model; see `with_rates`."""
    levels = made.vectors.only(sources_of(encodings)).columns
    return replace(rows, vectors=rows.vectors.plus(levels))


def only(rows: Snapshot, names: Sequence[str]) -> Snapshot:
    """Keep some columns, in the order of their names."""
    return replace(rows, vectors=rows.vectors.only(names))


def _unsettled(train: Vectors, first: int) -> str:
    last = int(train.cutoffs.max())
    return (
        f"the training rows end at {iso(last)} and the first outcome is settled at {iso(first)}, "
        "or no training row has a level by then"
    )
