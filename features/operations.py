"""Every operation by name."""

from __future__ import annotations

from typing import Final

from features.derived import BEND, CONTRAST, DIFFERENCE, OVERDUE, RATIO
from features.fitted import BAND

OPERATIONS: Final = {each.name: each for each in (RATIO, CONTRAST, BEND, OVERDUE, DIFFERENCE, BAND)}
"""Every operation by name, for reading definitions back from JSON."""
