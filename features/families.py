"""Operations that fitting turns into several features: one for each level that it finds."""

from __future__ import annotations

from typing import Final, NoReturn

from features.arrays import Floats
from features.derived import Operation
from features.errors import DefinitionError


def _unexpanded(*given: Floats) -> NoReturn:
    """Refuse to compute or to learn constants: what is learnt are the features themselves."""
    raise DefinitionError("feature", ["it becomes several features; see Catalogue.fit"])


def _family(how: str, phrase: str, null: str, unit: str) -> Operation:
    text = f"{phrase}, for each of the most frequent levels and for the others; from: {{0}}"
    return Operation(f"top_{how}", _unexpanded, text, null, unit, _unexpanded, expands=True)


TOP_COUNT: Final = _family("count", "Number of events", "never", "events")
TOP_SHARE: Final = _family("share", "Share of events", "no event in the window", "ratio")
TOP_PRESENT: Final = _family("present", "1 if there is an event, else 0", "never", "0 or 1")
