"""Corrected events: which version of an event exists at a cutoff.

A table may hold several rows with one event id, each known later than the one before. At a cutoff
the version with the greatest ``known_at`` before it is the event; a correction may move its time,
its customer and its cells, or withdraw it. So a version exists at the cutoffs with
``known_at < cutoff <= superseded_at``, where ``superseded_at`` is the ``known_at`` of the next
version, and `NEVER` for the newest. A withdrawal ends the version before it and is itself no
event: its row is dropped once ``superseded_at`` is known, so nothing after the carrier has to know
of withdrawals.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np

from features.arrays import Ints
from features.carriers.order import tie_breakers
from features.columns import staged
from features.connection import quoted
from features.contract import readings
from features.errors import DefinitionError
from features.instants import NEVER as NEVER
from features.reading import Raw
from features.tables import Table


def superseded_at(event_ids: Sequence[str], known_at: Sequence[int]) -> Ints:
    """Return when each version is superseded, for the few rows of a request.

    Parameters
    ----------
    event_ids : sequence of str
        Event of each row.
    known_at : sequence of int
        When each row became known; the rows of one event differ in it.

    Returns
    -------
    (n,) int64
        In the order of the rows.

    Examples
    --------
    >>> superseded_at(["a", "b", "a"], [5, 6, 9]).tolist() == [9, NEVER, NEVER]
    True
    """
    made = np.full(len(known_at), NEVER, dtype=np.int64)
    newer: dict[str, int] = {}
    for row in sorted(range(len(known_at)), key=lambda row: -known_at[row]):
        made[row] = newer.get(event_ids[row], NEVER)
        newer[event_ids[row]] = known_at[row]
    return made


def version_rows(
    connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw, id_type: str = "VARCHAR"
) -> str:
    """Return the query of a checked table's versions with ``superseded_at``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the source is open.
    table : Table
        Contract that declares versions.
    raw : Raw
        The source.
    id_type : str
        DuckDB type of customer ids.

    Returns
    -------
    str
        Query with ``customer``, ``occurred_at``, ``known_at``, ``superseded_at`` in UTC
        microseconds, and measures and categories as ``v0``, ``v1`` and so on in the order of
        `tie_breakers`; without rows that withdraw an event.

    Raises
    ------
    DefinitionError
        When the table declares no versions.
    """
    if not table.versions:
        raise DefinitionError(f"table '{table.name}'", ["expected versions=True, got False"])
    found = readings(table, raw)
    ranked, chosen = tie_breakers(table), {"withdrawn": "FALSE"}
    for part, reading in found.items():
        if part.role == "customer":
            chosen["customer"] = f"({reading.value})::{id_type}"
        elif part.role in ("measure", "category"):
            chosen[f"v{ranked.index(part.column)}"] = reading.value
        else:
            chosen[part.role] = reading.value
    listed = ", ".join(f"{value} AS {name}" for name, value in chosen.items())
    rows = f"(SELECT {listed} FROM {staged(quoted(raw.view), found.values())})"  # noqa: S608
    keys, ends = quoted(f"{raw.view}_keys"), quoted(f"{raw.view}_ends")
    # Few events have versions: only their rows are sorted.
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {keys} AS SELECT event_id FROM {rows} "  # noqa: S608
        "GROUP BY ALL HAVING count(*) > 1"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {ends} AS SELECT event_id, known_at, "  # noqa: S608
        "lead(known_at) OVER (PARTITION BY event_id ORDER BY known_at) AS superseded_at "
        f"FROM {rows} SEMI JOIN {keys} USING (event_id)"
    )
    return (
        "SELECT * EXCLUDE (event_id, withdrawn, superseded_at), "  # noqa: S608  generated names
        f"coalesce(superseded_at, {NEVER}) AS superseded_at "
        f"FROM {rows} LEFT JOIN {ends} USING (event_id, known_at) WHERE NOT withdrawn"
    )


def refuse_versions(tables: Sequence[Table]) -> None:
    """Refuse tables with versions where they would all be taken for events.

    Raises
    ------
    DefinitionError
        With every such table.
    """
    faults = [
        f"table '{table.name}' declares versions, which kept vectors and Spark do not read; train "
        "and score from the tables with the default engine, duckdb"
        for table in tables
        if table.versions
    ]
    if faults:
        raise DefinitionError("reading of tables", faults)
