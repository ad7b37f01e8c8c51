"""Events drawn as tables: customer, kind, days from the cutoff, amount, and when it was known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.calendar import Dated
from features.instants import micros
from features.segments import Category, Events, Levels, Number, Partition, Spine

CUTOFF = micros(1_000)


@dataclass(frozen=True)
class Row:
    """One event; times in days from the cutoff."""

    customer: str
    kind: str | None
    day: float
    amount: int | None = None
    known: float | None = None

    @property
    def occurred_at(self) -> int:
        return CUTOFF + micros(self.day)

    @property
    def known_at(self) -> int:
        return self.occurred_at if self.known is None else CUTOFF + micros(self.known)


def rows(text: str) -> list[Row]:
    """Read a drawn table; ``-`` is an absent kind or amount, text after ``<-`` a remark."""
    found = []
    for line in text.strip().splitlines():
        cells = line.split("<-")[0].split()
        kind, amount = (None if cell == "-" else cell for cell in (cells[1], cells[3]))
        known = float(cells[4]) if len(cells) > 4 else None
        found.append(
            Row(cells[0], kind, float(cells[2]), None if amount is None else int(amount), known)
        )
    return found


def partition(events: Sequence[Row], customers: Sequence[str] | None = None) -> Partition:
    """Sort rows into the partition that a carrier would bring; the table is called ``events``."""
    names = sorted({row.customer for row in events} | set(customers or []))
    kinds = sorted({row.kind for row in events if row.kind is not None})
    ordered = sorted(
        events,
        key=lambda row: (
            row.customer,
            row.occurred_at,
            row.known_at,
            (row.amount is not None, row.amount or 0),
            row.kind or "",
        ),
    )
    owner = [names.index(row.customer) for row in ordered]
    occurred_at = np.array([row.occurred_at for row in ordered], dtype=np.int64)
    known_at = np.array([row.known_at for row in ordered], dtype=np.int64)
    present = np.array([row.amount is not None for row in ordered], dtype=np.bool_)
    return Partition(
        customers=np.array(names, dtype=object),
        events={
            "events": Events(
                offsets=np.searchsorted(owner, np.arange(len(names) + 1)).astype(np.int64),
                occurred_at=occurred_at,
                known_at=occurred_at if np.array_equal(occurred_at, known_at) else known_at,
                columns=Dated(
                    {
                        "amount": Number(
                            np.array([row.amount or 0 for row in ordered], dtype=np.int64),
                            None if present.all() else present,
                            scale=1,
                        ),
                        "kind": Category(
                            np.array(
                                [-1 if r.kind is None else kinds.index(r.kind) for r in ordered],
                                dtype=np.int32,
                            ),
                            Levels(np.array(kinds, dtype=object)),
                        ),
                    },
                    occurred_at,
                    "UTC",
                ),
            )
        },
    )


def at_cutoffs(events: Partition, *days: float) -> Spine:
    """Pair every customer with cutoffs given in days from the cutoff of the drawing."""
    cutoffs = np.array([CUTOFF + micros(day) for day in days or (0,)], dtype=np.int64)
    return Spine.cross(len(events.customers), cutoffs)
