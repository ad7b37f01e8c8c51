"""Which rows of vectors new events change: those in whose windows they stand."""

from __future__ import annotations

import math

import numpy as np

from features.arrays import Bools
from features.catalogue import Catalogue
from features.conditions import Condition
from features.feature import Tally
from features.instants import MOST_DAYS, micros
from features.kernel import matching, views
from features.segments import Partition, Spine
from features.stream import Stream
from features.windows import Window, Windows


def touched(catalogue: Catalogue, came: Partition, spine: Spine) -> Bools:
    """Tell which rows see one of some new events.

    A row sees an event when both of its clocks lie before the cutoff and a window of some feature
    that counts the event holds it. Late events thus touch a past cutoff only if they were known
    by then; a feature that looks back for ever sees an event from every later cutoff. The kernel's
    own segments decide, over the new events alone, so that this cannot differ from what a vector
    reads.

    Parameters
    ----------
    catalogue : Catalogue
        Features.
    came : Partition
        The new events; tables of which none came may be missing.
    spine : Spine
        Rows, by position in the customers of the partition.

    Returns
    -------
    (r,) bool
    """
    seen = np.zeros(len(spine), dtype=np.bool_)
    for (table, where), windows in _windows(catalogue).items():
        if table not in came.events:
            continue
        events = matching(came.events[table], where)
        for visible, rows in views(events, spine):
            places = np.arange(len(spine)) if rows is None else rows
            stream = Stream.of(visible, spine.take(places), windows, table)
            seen[places] |= (stream.bounds[1] > stream.bounds[0]).any(axis=0)
    return seen


def needed_since(catalogue: Catalogue, cutoff: int) -> dict[str, int]:
    """Return, by table, an instant before which no event matters at a cutoff or a later one.

    Tables of which some feature looks back for ever are left out. The instant lies a day before
    the longest window: it saves reading, and decides nothing.

    Examples
    --------
    >>> from features.builders import count
    >>> from features.rhythms import days_since
    >>> from features.instants import DAY
    >>> catalogue = Catalogue([count("visits", 28), days_since("calls")])
    >>> needed_since(catalogue, 0) == {"visits": -29 * DAY}
    True
    """
    reach: dict[str, float] = {}
    for tally in catalogue.tallies():
        window = _read(tally)
        days = math.inf if window.days is None else window.days + window.lag
        reach[tally.table] = max(days, reach.get(tally.table, 0))
    return {
        table: cutoff - micros(math.ceil(days) + 1)
        for table, days in reach.items()
        if days < MOST_DAYS
    }


def _windows(catalogue: Catalogue) -> dict[tuple[str, tuple[Condition, ...]], Windows]:
    found: dict[tuple[str, tuple[Condition, ...]], dict[Window, None]] = {}
    for tally in catalogue.tallies():
        found.setdefault((tally.table, tally.where), {})[_read(tally)] = None
    return {source: Windows(windows) for source, windows in found.items()}


def _read(tally: Tally) -> Window:
    """Return the stretch whose events decide the value of a tally."""
    return Window(None, tally.window.lag) if tally.aggregate.reaches else tally.window
