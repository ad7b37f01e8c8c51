"""Contracts of generated event tables: what all of them have alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from features.instants import iso
from features.tables import EventTable
from features.worlds.calendar import Calendar


def ledgers(customer: str, days: Calendar) -> Callable[..., EventTable]:
    """Return a function that writes the contracts of a world's event tables.

    It takes a name, measures, categories and the column of the second clock, if there is one; every
    table is complete up to the end of the world.

    Parameters
    ----------
    customer : str
        Column of the ids.
    days : Calendar
        First and last day.
    """
    end = iso(days.ends)

    def ledger(
        name: str,
        measures: Mapping[str, str] | None = None,
        categories: Sequence[str] = (),
        known_at: str | None = None,
    ) -> EventTable:
        return EventTable(
            name,
            customer=customer,
            occurred_at="at",
            known_at=known_at,
            timezone="UTC",
            measures=measures or {},
            categories=categories,
            complete_until=end,
        )

    return ledger
