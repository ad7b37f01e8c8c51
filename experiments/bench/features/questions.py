"""What every side is asked: the same window features of the same events, in plain words.

Nothing but the standard library is imported here, so that a peer's environment can read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

KINDS = ("purchase", "visit", "call", "payment", "refund")
WINDOWS = (7, 28, 91, 182, 365)
BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
CUTOFFS = tuple(
    datetime(2024 + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)
    for month in range(4, 16)
)
END = CUTOFFS[-1] + timedelta(days=14)
"""Events go on after the last cutoff, so that a side that looks ahead is found out."""

EXACT = ("count", "distinct")
MONEY = ("total", "largest", "smallest")
NEVER_NULL = ("count", "distinct", "total")


@dataclass(frozen=True)
class Question:
    """One window feature.

    Parameters
    ----------
    aggregate : str
        ``count``, ``total``, ``mean``, ``largest`` or ``smallest`` of the amount, ``distinct``
        items, ``days_since`` the last event, or the ``share`` of a kind among the events.
    days : int
        Window ``[cutoff - days, cutoff)``.
    kind : str
        Events that count; empty for all.
    """

    aggregate: str
    days: int
    kind: str = ""

    @property
    def name(self) -> str:
        """Column of the answers."""
        return "_".join(part for part in (self.kind, self.aggregate, f"{self.days}d") if part)


def _asked() -> Iterator[Question]:
    for days in WINDOWS:
        for aggregate in ("count", "total", "mean", "largest", "smallest", "distinct"):
            yield Question(aggregate, days)
    for kind in KINDS:
        for days in (28, 91):
            yield Question("count", days, kind)
            yield Question("total", days, kind)
        for aggregate in ("mean", "largest", "smallest", "share"):
            yield Question(aggregate, 91, kind)
    for kind in ("", *KINDS):
        yield Question("days_since", 365, kind)


QUESTIONS = tuple(_asked())


def micros(moment: datetime) -> int:
    """Return UTC microseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
