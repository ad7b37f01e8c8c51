"""Every operation by name."""

from __future__ import annotations

from typing import Final

from features.derived import (
    BEND,
    CONTRAST,
    DIFFERENCE,
    MONTHS,
    OVERDUE,
    PART,
    PRESENT,
    RATIO,
)
from features.families import TOP_COUNT, TOP_PRESENT, TOP_SHARE
from features.fitted import ALIVE, BAND, EXPECTED, SPEND

OPERATIONS: Final = {
    each.name: each
    for each in (
        RATIO,
        CONTRAST,
        BEND,
        OVERDUE,
        DIFFERENCE,
        PRESENT,
        PART,
        MONTHS,
        BAND,
        ALIVE,
        EXPECTED,
        SPEND,
        TOP_COUNT,
        TOP_SHARE,
        TOP_PRESENT,
    )
}
"""Every operation by name, for reading definitions back from JSON."""
