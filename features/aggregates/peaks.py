"""When a measure stood at its worst."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.aggregates.aggregate import Aggregate
from features.arrays import Bools, Floats, Ints
from features.compiled import compiled
from features.instants import DAY
from features.stream import Asked, Stream


def _days_since_largest(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    values, present, _ = stream.measured(column)
    times, cutoffs = stream.events.occurred_at, stream.spine.cutoff
    _ages(times, values, present, stream.bounds, asked.places, cutoffs, found)


DAYS_SINCE_LARGEST: Final = Aggregate(
    "days_since_largest",
    _days_since_largest,
    "Days since {column} was last at its largest over {events}",
    "no value in the window",
    "days",
    column="measure",
    timed=True,
)


@compiled
def _ages(
    times: Ints,
    values: Ints,
    present: Bools,
    bounds: Ints,
    chosen: Ints,
    cutoffs: Ints,
    found: Floats,
) -> None:
    whole = len(present) == 0
    for row in range(bounds.shape[2]):
        stop, place, best = -1, 0, -1
        for window in range(len(chosen)):
            start, end = bounds[0, chosen[window], row], bounds[1, chosen[window], row]
            if end != stop or start > place:
                stop, place, best = end, end, -1
            while place > start:
                place -= 1
                # Walked back from the end, so of equals the last one stays.
                if (whole or present[place]) and (best < 0 or values[place] > values[best]):
                    best = place
            found[window, row] = (cutoffs[row] - times[best]) / DAY if best >= 0 else np.nan
