"""The order of events that happened, and became known, at the same instant."""

from __future__ import annotations

from features.tables import Table


def tie_breakers(table: Table) -> list[str]:
    """Return the columns that order events of equal times, the first counting most.

    By name, so that the order does not hang on how a definition was written down.

    Examples
    --------
    >>> from features.tables import AttributeTable
    >>> tie_breakers(AttributeTable("a", customer="id", static=True, categories=["z", "b"]))
    ['b', 'z']
    """
    return sorted([*table.measures, *table.categories])
