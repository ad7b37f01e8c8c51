"""Every operation by name."""

from __future__ import annotations

from typing import Final

from features.derived import BEND, CONTRAST, DIFFERENCE, MONTHS, OVERDUE, PART, RATIO
from features.fitted import ALIVE, BAND, EXPECTED, SPEND

OPERATIONS: Final = {
    each.name: each
    for each in (
        RATIO,
        CONTRAST,
        BEND,
        OVERDUE,
        DIFFERENCE,
        PART,
        MONTHS,
        BAND,
        ALIVE,
        EXPECTED,
        SPEND,
    )
}
"""Every operation by name, for reading definitions back from JSON."""
