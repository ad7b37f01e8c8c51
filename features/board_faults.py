"""What is wrong with the definition of a board, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from features.errors import DefinitionError
from features.instants import MOST_DAYS, TICK

if TYPE_CHECKING:
    from features.feature import Feature


def refuse(what: str, faults: list[str]) -> None:
    """Raise a DefinitionError when there are faults."""
    if faults:
        raise DefinitionError(f"board of {what}", faults)


def twice(names: tuple[str, ...]) -> list[str]:
    """Refuse two fields of one name."""
    found = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return [f"two fields are called '{name}'; rename one with .named()" for name in found]


def stretch(name: str, days: float) -> list[str]:
    """Refuse what is no number of days."""
    is_number = isinstance(days, int | float) and not isinstance(days, bool)
    if is_number and TICK <= days <= MOST_DAYS:
        return []
    return [f"{name} must be above 0 and at most {MOST_DAYS:,} days, got {days!r}"]


def learning(features: Sequence[Feature]) -> list[str]:
    """Refuse what learns: a board is published before there is anybody to learn from."""
    return [
        f"'{each.name}' learns from data, which a board cannot"
        for each in _with_inputs(features)
        if getattr(each, "waits", False)
    ]


def reading_boards(features: Sequence[Feature]) -> list[str]:
    """Refuse what reads boards: these tell of customers, and events are dealt out to items."""
    return [
        f"'{each.name}' reads '{link.name}' of another board, which features of items cannot"
        for each in _with_inputs(features)
        for link in getattr(each, "links", ())
    ]


def _with_inputs(features: Sequence[Feature]) -> list[Feature]:
    found, waiting = [], list(features)
    while waiting:
        each = waiting.pop()
        waiting += each.inputs
        found.append(each)
    return found
