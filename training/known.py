"""No label is learnt from before it can be known: its window is over today."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np

from features.arrays import Ints
from features.errors import MaturityError
from features.instants import DAY, instant, iso
from features.windows import label_window, last_mature_cutoff
from training.tasks import Task

_AHEAD: Final = 14 * DAY // 24
"""How far the clocks of the easternmost places are ahead of UTC: times may tell no zone."""


def require_known(rows: str, task: Task, times: Ints, lateness: int, *, remedy: str = "") -> None:
    """Refuse labels of windows that are not over today.

    Parameters
    ----------
    rows : str
        What holds them, in words.
    task : Task
        Gives gap and horizon.
    times : (r,) int64
        When each row stands, in the order of the source; UTC microseconds.
    lateness : int
        Microseconds after which an event of the label is known at the latest.
    remedy : str, optional
        What to do; left out, to leave out the rows that are too new.

    Raises
    ------
    MaturityError
        With the first such row, how many there are, and up to when rows may stand.

    Examples
    --------
    >>> from training.tasks import labelled
    >>> far = np.array([0, instant("2120-01-01")])
    >>> try:
    ...     require_known("'calls'", Task("again", labelled("calls"), horizon=30), far, 0)
    ... except MaturityError as error:
    ...     print(str(error).partition(", and it is")[0])
    'calls': labels of 'again' in 1 of 2 rows are not known yet, first in row 2, which stands at \
2120-01-01T00:00:00Z: its label is known from 2120-01-31T00:00:00Z on
    """
    now = instant(datetime.now(UTC))
    last = last_mature_cutoff(task.gap, task.horizon, now + _AHEAD) - lateness
    early = np.flatnonzero(times > last)
    if not len(early):
        return
    at = int(times[early[0]])
    known = label_window(at, task.gap, task.horizon)[1] + lateness
    remedy = remedy or f"leave out rows after {iso(last - _AHEAD)}"
    raise MaturityError(
        f"{rows}: labels of '{task.name}' in {len(early):,} of {len(times):,} rows are not known "
        f"yet, first in row {early[0] + 1}, which stands at {iso(at)}: its label is known from "
        f"{iso(known)} on, and it is {iso(now)}; {remedy}"
    )
