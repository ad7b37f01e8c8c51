"""Links between ids in a proof: whose they are, and how they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb
import numpy as np

from features.columns import staged
from features.connection import quoted
from features.contract import readings
from features.identity import Identity
from features.knots import links_of
from features.prove.rows import Rows
from features.reading import Raw
from features.registers import Identities


def with_other_names(picked: Iterable[str], identity: Identity | None) -> list[str]:
    """Return customers with all ids that stand for them, or for whom they stand, at any time."""
    wanted = set(picked)
    if identity is not None:
        near: dict[str, set[str]] = {}
        for alias, root in zip(identity.alias.tolist(), identity.root.tolist(), strict=True):
            near.setdefault(alias, set()).add(root)
            near.setdefault(root, set()).add(alias)
        waiting = list(wanted)
        while waiting:
            others = near.get(waiting.pop(), set()) - wanted
            wanted |= others
            waiting += others
    return sorted(wanted)


def read_links(
    connection: duckdb.DuckDBPyConnection,
    table: Identities,
    raw: Raw,
    numbers: Mapping[str, int],
) -> Rows:
    """Read the links of some customers.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the source is open.
    table : Identities
        Contract, which the source must keep.
    raw : Raw
        The source.
    numbers : mapping of str to int
        By id of those customers, what they are called in the proof.

    Returns
    -------
    Rows
        In an order that does not depend on the source's.
    """
    found = readings(table, raw)
    at = next(reading.value for part, reading in found.items() if part.role == "known_at")
    numbered = f"(SELECT *, row_number() OVER () AS n FROM {quoted(raw.view)})"  # noqa: S608
    rows = f"(SELECT *, {at} AS known_at FROM {staged(numbered, found.values())})"  # noqa: S608
    # A link that is withdrawn leads nowhere; the alias stands there instead.
    lines = sorted(
        (
            numbers[str(each.alias)],
            numbers[str(each.alias if each.customer is None else each.customer)],
            each.known_at,
            int(each.customer is None),
        )
        for each in links_of(connection, rows, found)
        if each.alias in numbers
    )
    cells = np.array(lines, dtype=np.int64).reshape(-1, 4).T
    columns = {table.alias: cells[0], table.customer: cells[1], table.known_at: cells[2]}
    return Rows(columns | ({table.withdrawn: cells[3]} if table.withdrawn else {}))
