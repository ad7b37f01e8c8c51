"""Every aggregate by name."""

from __future__ import annotations

from typing import Final

from features.aggregates.aggregate import Aggregate
from features.aggregates.amounts import COUNT, LARGEST, MEAN, MEDIAN, SMALLEST, SPREAD, TOTAL
from features.aggregates.given import GIVEN
from features.aggregates.kinds import CONCENTRATION, DISTINCT, ENTROPY, HELD, NOVEL, OF_USUAL, USUAL
from features.aggregates.peaks import DAYS_SINCE_LARGEST
from features.aggregates.rhythm import (
    ACTIVE_DAYS,
    DAYS_BETWEEN,
    DAYS_SINCE,
    DAYS_SINCE_FIRST,
    IRREGULARITY,
    LONGEST_GAP,
    STREAKS,
)
from features.aggregates.series import DAYS_BELOW_ZERO, EARLIEST, LATEST, SLOPE

__all__ = ["AGGREGATES", "Aggregate", "NAMED"]

AGGREGATES: Final = {
    each.name: each
    for each in (
        COUNT,
        TOTAL,
        MEAN,
        MEDIAN,
        SPREAD,
        LARGEST,
        SMALLEST,
        DAYS_SINCE,
        DAYS_SINCE_FIRST,
        DAYS_BETWEEN,
        LONGEST_GAP,
        IRREGULARITY,
        ACTIVE_DAYS,
        *STREAKS.values(),
        DISTINCT,
        NOVEL,
        ENTROPY,
        CONCENTRATION,
        USUAL,
        OF_USUAL,
        HELD,
        LATEST,
        EARLIEST,
        SLOPE,
        DAYS_BELOW_ZERO,
        DAYS_SINCE_LARGEST,
    )
}
"""Every aggregate that is computed from events, by name."""

NAMED: Final = AGGREGATES | {GIVEN.name: GIVEN}
"""Every aggregate by name, for reading definitions back from JSON."""
