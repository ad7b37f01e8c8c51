"""How many rows of a table were set aside, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from features.errors import StateError
from features.faults import Fault


@dataclass(frozen=True)
class Reason:
    """A fault of a column, and the rows that have it."""

    column: str
    fault: Fault
    rows: int


@dataclass(frozen=True)
class Aside:
    """How many rows of a table were set aside, and why.

    Parameters
    ----------
    table, source : str
        Name of the table, and where it was read from.
    rows_in : int
        Rows of the source; each was used, set aside or erased.
    rows : int
        Rows set aside.
    reasons : tuple of Reason
        In the order of the columns. A row with several faults is counted under each of them.
    erased : int
        Sound rows of customers who asked to be forgotten; they are not used either.

    Examples
    --------
    >>> print(Aside("visits", "visits.csv", 1_000, 2, (Reason("at", Fault.NOT_A_TIME, 2),)))
    visits: 2 of 1,000 rows set aside (at: not a time 2)
    """

    table: str
    source: str
    rows_in: int
    rows: int
    reasons: tuple[Reason, ...] = ()
    erased: int = 0

    @property
    def used(self) -> int:
        """Rows that are used."""
        return self.rows_in - self.rows - self.erased

    def __str__(self) -> str:
        return f"{self.table}: {in_words(self.to_json())}"

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain JSON values."""
        reasons = [
            {"column": each.column, "reason": words(each.fault), "rows": each.rows}
            for each in self.reasons
        ]
        counts = {"rows_in": self.rows_in, "rows_used": self.used, "rows_set_aside": self.rows}
        counts |= {"rows_erased": self.erased} if self.erased else {}
        return {**counts, "reasons": reasons}


Receiver: TypeAlias = Callable[[Aside], None]
"""Is told, for every table, what was set aside."""


def in_words(counts: Mapping[str, Any]) -> str:
    """Return what `Aside.to_json` tells in words.

    Examples
    --------
    >>> aside = Aside("visits", "v.csv", 1_000, 2, (Reason("at", Fault.ABSENT, 2),), erased=30)
    >>> in_words(aside.to_json())
    '2 of 1,000 rows set aside (at: absent 2); 30 of erased customers left out'
    """
    reasons = [f"{e['column']}: {e['reason']} {e['rows']:,}" for e in counts["reasons"]]
    why = f" ({', '.join(reasons)})" if reasons else ""
    erased = counts.get("rows_erased", 0)
    gone = f"; {erased:,} of erased customers left out" if erased else ""
    return f"{counts['rows_set_aside']:,} of {counts['rows_in']:,} rows set aside{why}{gone}"


def words(fault: Fault) -> str:
    """Return the name of a fault in words.

    Examples
    --------
    >>> words(Fault.KNOWN_EARLY)
    'known early'
    """
    return fault.name.lower().replace("_", " ")


def require_balance(aside: Aside, used: int) -> None:
    """Hold the rows that are used against those that came and those that were set aside.

    Raises
    ------
    StateError
        When they do not add up: the source changed while it was read.

    Examples
    --------
    >>> require_balance(Aside("visits", "visits.csv", 10, 1), used=9)
    """
    if used != aside.used:
        raise StateError(
            f"table '{aside.table}', read from {aside.source}: expected {aside.used:,} sound rows "
            f"({aside.rows_in:,} less {aside.rows:,} set aside), came {used:,}; the source changed "
            "while it was read, so read it again when nobody writes to it"
        )
