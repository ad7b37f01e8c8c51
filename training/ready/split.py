"""Slices of a ready-made table by the times of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Ints
from features.errors import CohortError, DefinitionError
from features.instants import instant, iso, micros
from training.folds import Slices
from training.ready.slicing import Slicing
from training.tasks import Task


@dataclass(frozen=True, eq=False)
class Split:
    """Roles of rows, and the first and last time of each slice.

    Parameters
    ----------
    roles : mapping of str to (r,) bool
        Rows of ``train``, ``stop``, ``calibrate``, ``test``, and of ``develop`` and ``final``:
        all that is settled before calibration and before the test. Rows that lie nearer to the
        next slice than a label takes to settle are in none.
    slices : Slices
        The first and the last instant of each.
    before : (r,) bool
        All rows before the test.
    """

    roles: Mapping[str, Bools]
    slices: Slices
    before: Bools


def split_by_time(task: Task, times: Ints, slicing: Slicing, *, by_row: bool = False) -> Split:
    """Lay rows into slices in the order of their times.

    Parameters
    ----------
    task : Task
        Gives gap and horizon: after so long the label of a row is settled.
    times : (r,) int64
        UTC microseconds; or the numbers of the rows, where only their order is known.
    slicing : Slicing
        Shares.
    by_row : bool
        Times are numbers of rows.

    Returns
    -------
    Split

    Raises
    ------
    DefinitionError
        When the test is to begin at a time, and only the order of rows is known.
    CohortError
        When the times are too few, or too near to each other, for four slices.

    Examples
    --------
    >>> from training.tasks import labelled
    >>> task = Task("again", labelled("calls"))
    >>> split = split_by_time(task, np.repeat(np.arange(10), 2), Slicing(), by_row=True)
    >>> {name: int(rows.sum()) for name, rows in split.roles.items()}
    {'train': 10, 'stop': 2, 'calibrate': 4, 'test': 4, 'develop': 12, 'final': 16}
    """
    if slicing.test_from and by_row:
        fault = (
            "test_from names a time, and the rows tell only their order: name their column as "
            "time, or drop test_from and say which share of the rows is the test"
        )
        raise DefinitionError("slicing", [fault])
    purge = 0 if by_row else micros(task.gap) + micros(task.horizon)
    ordered = np.sort(times)
    if slicing.test_from:
        test = instant(slicing.test_from)
    else:
        test = int(ordered[int(len(ordered) * (1 - slicing.test))])
    earlier = ordered[ordered < test]
    edges = [test]
    for share in (slicing.calibrate, slicing.calibrate + slicing.stop):
        if not len(earlier):
            break
        edges.append(int(earlier[int(len(earlier) * (1 - share))]))
    roles = _roles(times, edges, purge) if len(edges) == 3 else {}
    empty = [name for name, rows in roles.items() if not rows.any()] or [
        each for each in ("test",) if not roles
    ]
    if empty:
        remedy = (
            "change the shares in [slicing] of train.toml, or leave out order, so that customers "
            "are split"
            if by_row
            else "move test_from in [slicing] of train.toml, or declare as_of instead of time, so "
            "that customers are split"
        )
        told = "rows" if by_row else f"rows from {iso(int(ordered[0]))} to {iso(int(ordered[-1]))}"
        apart = f", each {purge / micros(1):g} days after the one before" if purge else ""
        raise CohortError(
            f"task '{task.name}': the {len(np.unique(times)):,} different times of {len(times):,} "
            f"{told} do not make four slices{apart}: no row is left for '{empty[0]}'; bring more "
            f"times, {remedy}"
        )
    spans = {
        name: tuple(sorted({int(times[rows].min()), int(times[rows].max())}))
        for name, rows in roles.items()
    }
    named = {name: spans[name] for name in ("train", "stop", "calibrate", "test")}
    return Split(roles, Slices(**named, by_row=by_row), times < test)


def purge_of(task: Task, slices: Slices) -> int:
    """Return the microseconds that rows must lie apart; 0 where only their order is known."""
    return 0 if slices.by_row else micros(task.gap) + micros(task.horizon)


def _roles(times: Ints, edges: list[int], purge: int) -> dict[str, Bools]:
    test, calibrate, stop = edges
    return {
        "train": times < stop - purge,
        "stop": (times >= stop) & (times < calibrate - purge),
        "calibrate": (times >= calibrate) & (times < test - purge),
        "test": times >= test,
        "develop": times < calibrate - purge,
        "final": times < test - purge,
    }
