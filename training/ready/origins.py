"""Earlier origins of a ready-made table that tells its times: for the search and the calibrator.

What `training.folds.rolling` and `training.folds.periods` lay over cutoffs is laid over rows here.
A scored part holds as many rows as the stop slice was given, and rows of one instant stay together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from features.arrays import Bools, Ints
from training.purity import require_purged
from training.ready.slicing import Slicing
from training.ready.split import Split, purge_of
from training.tasks import Task

Pair: TypeAlias = tuple[Bools, Bools]


def rolling(split: Split, times: Ints, task: Task, slicing: Slicing) -> tuple[Pair, ...]:
    """Lay older pairs of rows to learn from and rows to stop by, for the search.

    Parameters
    ----------
    split : Split
        Its ``train`` and ``stop`` are the newest pair, which is not returned.
    times : (r,) int64
        As for `training.ready.split.split_by_time`.
    task : Task
        Gives gap and horizon.
    slicing : Slicing
        Shares, and how many origins there may be with the newest.

    Returns
    -------
    tuple of ((r,) bool, (r,) bool)
        The newest first; each is purged.

    Examples
    --------
    >>> from training.ready.split import split_by_time
    >>> from training.tasks import labelled
    >>> task, times = Task("again", labelled("calls")), np.arange(20)
    >>> split = split_by_time(task, times, Slicing(stop=0.25), by_row=True)
    >>> [np.flatnonzero(rows).tolist() for rows in (split.roles["train"], split.roles["stop"])]
    [[0, 1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12]]
    >>> [[np.flatnonzero(rows).tolist() for rows in pair]
    ...     for pair in rolling(split, times, task, Slicing(stop=0.25))]
    [[[0, 1, 2, 3, 4], [5, 6, 7, 8]]]
    """
    purge, width = purge_of(task, split.slices), _width(split, slicing)
    found: list[Pair] = []
    end = int(times[split.roles["stop"]].min())
    while len(found) < slicing.origins - 1:
        first = _first(times, end, width)
        train = times < (end if first is None else first) - purge
        if first is None or not train.any():
            break
        found.append((train, (times >= first) & (times < end)))
        end = first
    _require_purged(found, times, task, split)
    return tuple(found)


def periods(split: Split, times: Ints, task: Task, slicing: Slicing, most: int) -> tuple[Pair, ...]:
    """Lay pairs of rows to learn from and rows to score, for the calibrator.

    Unlike those of `rolling`, the scored rows of two pairs are purged from one another: their
    outcomes are those of different times.

    Parameters
    ----------
    split, times, task, slicing
        As for `rolling`.
    most : int
        Pairs at most; one that could learn from less than half the rows of ``train`` is none.

    Returns
    -------
    tuple of ((r,) bool, (r,) bool)
        The newest first, which is ``train`` and ``stop``.

    Examples
    --------
    >>> from training.ready.split import split_by_time
    >>> from training.tasks import labelled
    >>> task, times = Task("again", labelled("calls")), np.arange(20)
    >>> split = split_by_time(task, times, Slicing(stop=0.25), by_row=True)
    >>> [[int(rows.sum()) for rows in pair]
    ...     for pair in periods(split, times, task, Slicing(stop=0.25), 9)]
    [[9, 4], [5, 4]]
    """
    purge, width = purge_of(task, split.slices), _width(split, slicing)
    whole = split.roles["train"]
    found: list[Pair] = [(whole, split.roles["stop"])]
    while len(found) < most:
        end = int(times[found[-1][1]].min()) - purge
        first = _first(times, end, width)
        train = times < (end if first is None else first) - purge
        if first is None or train.sum() < whole.sum() / 2:
            break
        found.append((train, (times >= first) & (times < end)))
    found = found[: max(most, 0)]
    _require_purged(found, times, task, split)
    for later, earlier in pairwise(found):
        _require_purged([(earlier[1], later[1])], times, task, split)
    return tuple(found)


def _width(split: Split, slicing: Slicing) -> int:
    """Return how many rows a scored part holds, where no instant is cut."""
    before = int(split.before.sum())
    return max(1, int(before * slicing.stop))


def _first(times: Ints, end: int, width: int) -> int | None:
    """Return the time of the row that lies so many rows before an end; None where none does."""
    before = np.sort(times[times < end])
    return int(before[-width]) if len(before) >= width else None


def _require_purged(pairs: Sequence[Pair], times: Ints, task: Task, split: Split) -> None:
    gap, horizon = (0.0, 0.0) if split.slices.by_row else (task.gap, task.horizon)
    for train, scored in pairs:
        require_purged({"train": train, "scored": scored}, times, gap, horizon)
