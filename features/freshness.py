"""How fresh a table is as of an instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb

from features.instants import DAY, iso, plain
from features.tables import Table, is_register
from features.windows_sql import visible_sql, within_sql

RECENT: Final = (1, 7, 28)
"""Days before the instant in which rows are counted."""


@dataclass(frozen=True)
class Freshness:
    """How fresh a table is as of an instant; a static table has no times and tells nothing.

    Parameters
    ----------
    table : str
        Name of the table.
    at : int
        The instant, UTC microseconds. Only what was known before it counts.
    last_occurred, last_known : int or None
        When the last row happened, and when the last one became known.
    recent : mapping of int to int
        By days: rows that happened in the days before the instant.
    fresh_within : float or None
        Days within which something new must become known.
    """

    table: str
    at: int
    last_occurred: int | None = None
    last_known: int | None = None
    recent: Mapping[int, int] = field(default_factory=dict)
    fresh_within: float | None = None

    @property
    def age(self) -> float | None:
        """Days since something new became known."""
        return None if self.last_known is None else (self.at - self.last_known) / DAY

    @property
    def is_stale(self) -> bool:
        """Whether a limit is declared and nothing new became known within it."""
        if self.fresh_within is None:
            return False
        return self.age is None or self.age > self.fresh_within

    def __str__(self) -> str:
        if not self.is_stale or self.fresh_within is None:
            return f"{self.table} is fresh"
        limit, age = plain(self.fresh_within), self.age
        told = "nothing was known" if age is None else f"the last news was {age:.1f} days old"
        return (
            f"{self.table} is stale: expected something new within {limit} days, but as of "
            f"{iso(self.at)} {told}; feed the table, or declare another fresh_within"
        )

    def to_json(self) -> dict[str, Any]:
        """Return what is known as plain JSON values; days are rounded to a thousandth."""
        last = {"last_occurred": self.last_occurred, "last_known": self.last_known}
        return {
            "as_of": iso(self.at),
            **{name: None if each is None else iso(each) for name, each in last.items()},
            "age_days": None if self.age is None else round(self.age, 3),
            "rows": {f"last_{days}_days": rows for days, rows in self.recent.items()},
            "fresh_within": self.fresh_within,
            "stale": self.is_stale,
        }


def freshness(connection: duckdb.DuckDBPyConnection, table: Table, rows: str, at: int) -> Freshness:
    """Tell how fresh a table is.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the rows are.
    table : Table
        Contract.
    rows : str
        From `features.typed.type_rows`.
    at : int
        Instant, UTC microseconds.
    """
    if table.occurred_at is None and not is_register(table):
        return Freshness(table.name, at)
    counted = ", ".join(f"count_if({within_sql(at, days)})" for days in RECENT)
    query = (
        f"SELECT max(occurred_at) FILTER ({visible_sql(at)}), "  # noqa: S608  generated names
        f"max(known_at) FILTER ({visible_sql(at)}), {counted} FROM {rows}"
    )
    occurred, known, *recent = connection.execute(query).fetchall()[0]
    counts = {days: int(count or 0) for days, count in zip(RECENT, recent, strict=True)}
    return Freshness(table.name, at, occurred, known, counts, table.fresh_within)
