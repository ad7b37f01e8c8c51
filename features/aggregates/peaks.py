"""When a measure stood at its worst."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.aggregates.aggregate import Aggregate, presence
from features.arrays import Bools, Floats, Ints
from features.compiled import compiled
from features.instants import DAY
from features.stream import Stream
from features.windows import Window


def _days_since_largest(stream: Stream, column: str, windows: tuple[Window, ...]) -> Floats:
    spans, number = stream.stretches(windows), stream.number(column)
    times, cutoff = stream.events.occurred_at, stream.spine.cutoff
    return _ages_of_largest(
        times, number.values, presence(number), spans.starts, spans.ends, cutoff
    )


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
def _ages_of_largest(
    times: Ints, values: Ints, present: Bools, starts: Ints, ends: Ints, cutoffs: Ints
) -> Floats:
    found = np.empty(starts.shape, np.float64)
    whole = len(present) == 0
    for row in range(starts.shape[1]):
        stop, place, best = -1, 0, -1
        for window in range(starts.shape[0]):
            start, end = starts[window, row], ends[window, row]
            if end != stop or start > place:
                stop, place, best = end, end, -1
            while place > start:
                place -= 1
                # Walked back from the end, so of equals the last one stays.
                if (whole or present[place]) and (best < 0 or values[place] > values[best]):
                    best = place
            found[window, row] = (cutoffs[row] - times[best]) / DAY if best >= 0 else np.nan
    return found
