"""Rows of a table as whole numbers, and back as the Arrow table that a carrier reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from features.arrays import Bools, Ints
from features.columns import staged
from features.contract import readings
from features.faults import Part, parts_of
from features.reading import Raw
from features.tables import EventTable, Table, measure

ABSENT: Final = int(np.iinfo(np.int64).min)
"""An empty cell."""

UNSEEN: Final = 3
"""Levels at the end of every list of levels that the data do not hold."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one table.

    Parameters
    ----------
    columns : mapping of str to (n,) int64
        By column of the contract: times in UTC microseconds, measures in smallest units, categories
        and event ids as positions in a list of levels, customers as numbers of this proof. `ABSENT`
        is an empty cell.
    """

    columns: Mapping[str, Ints]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, column: str) -> Ints:
        return self.columns[column]

    def take(self, rows: Ints | Bools) -> Rows:
        """Keep some rows, by position or by mask."""
        return Rows({name: cells[rows] for name, cells in self.columns.items()})

    def having(self, column: str, cells: Ints) -> Rows:
        """Return the same rows with other cells in one column."""
        return Rows({**self.columns, column: cells})

    @classmethod
    def join(cls, parts: Iterable[Rows]) -> Rows:
        """Put rows of one table one below the other."""
        many = list(parts)
        return cls(
            {name: np.concatenate([each[name] for each in many]) for name in many[0].columns}
        )


def customer_key(table: Table, raw: Raw, name: str = "key") -> str:
    """Return the query of every row's customer, as text, in a column of some name."""
    found = readings(table, raw)
    reading = found[Part("customer", table.customer)]
    return f"SELECT ({reading.value})::VARCHAR AS {name} FROM {staged(raw.view, [reading])}"  # noqa: S608


def read_rows(
    connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw, picked: str
) -> tuple[Rows, dict[str, tuple[str, ...]]]:
    """Read the rows of some customers.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the source is open.
    table : Table
        Contract, which the source must keep.
    raw : Raw
        The source.
    picked : str
        Table of customers: ``key`` as text, ``number`` as what they are called here.

    Returns
    -------
    Rows
        In an order that does not depend on the source's.
    dict of str to tuple of str
        Levels of each category, the last `UNSEEN` of them levels that no row has.
    """
    found = readings(table, raw)
    chosen = []
    for place, (part, reading) in enumerate(found.items()):
        text = part.role in ("customer", "category", "event_id")
        chosen.append(f"({reading.value}){'::VARCHAR' if text else ''} AS p{place}")
    customer = next(place for place, part in enumerate(found) if part.role == "customer")
    arrow = connection.sql(
        f"SELECT number, part.* FROM (SELECT {', '.join(chosen)} "  # noqa: S608  quoted
        f"FROM {staged(raw.view, found.values())}) AS part "
        f"JOIN {picked} ON p{customer} = key ORDER BY ALL"
    ).to_arrow_table()
    columns = {table.customer: _ints(arrow["number"])}
    levels: dict[str, tuple[str, ...]] = {}
    for place, part in enumerate(found):
        cells = arrow[f"p{place}"]
        if part.role in ("category", "event_id"):
            encoded = cells.combine_chunks().dictionary_encode()
            columns[part.column] = _ints(encoded.indices)
            if part.role == "category":
                names = encoded.dictionary.to_pylist()
                levels[part.column] = (*names, *_unseen(names))
        elif part.role != "customer":
            columns[part.column] = _ints(cells)
    return Rows(columns), levels


def to_arrow(table: Table, rows: Rows, levels: Mapping[str, Sequence[str]]) -> pa.Table:
    """Return rows as a table that keeps the contract, with times in UTC and exact numbers."""
    made: dict[str, Any] = {}
    for part in parts_of(table):
        cells = rows[part.column]
        there = cells != ABSENT
        if part.role in ("occurred_at", "known_at"):
            made[part.column] = pa.array(cells).cast(pa.timestamp("us", "UTC"))
        elif part.role == "withdrawn":
            made[part.column] = pa.array(cells == 1)
        elif part.role == "measure":
            made[part.column] = _numbers(cells, there, measure(table, part.column).scale)
        elif part.role == "category":
            codes = pa.array(cells, mask=~there)
            made[part.column] = pa.array(levels[part.column], pa.string()).take(codes)
        else:
            made[part.column] = pa.array(cells)
    return pa.table(made)


def event_id_of(table: Table) -> str | None:
    """Return the column that tells events apart, when it is one of its own."""
    return table.event_id if isinstance(table, EventTable) else None


def _numbers(cells: Ints, there: Bools, scale: int) -> Any:
    if not scale:
        return pa.array(cells, mask=~there)
    # A decimal of 128 bits is its units in two words, the higher one holding the sign.
    words = np.empty((len(cells), 2), dtype=np.int64)
    words[:, 0] = np.where(there, cells, 0)
    words[:, 1] = words[:, 0] >> 63
    valid = pa.array(there).buffers()[1]
    kind = pa.decimal128(38, scale)
    return pa.Array.from_buffers(kind, len(cells), [valid, pa.py_buffer(words.tobytes())])


def _unseen(names: Sequence[str]) -> list[str]:
    # One sorts before what is there, one in the middle and one after: codes of levels shift.
    middle = sorted(names)[len(names) // 2] if names else "m"
    made: list[str] = []
    for name in ("\x01", f"{middle}\x01", "\U0010fffd"):
        while name in names or name in made:
            name += "\x01"
        made.append(name)
    return made


def _ints(cells: Any) -> Ints:
    filled = cells.cast(pa.int64()).fill_null(ABSENT) if cells.null_count else cells
    return np.array(
        filled.to_numpy(zero_copy_only=False)
        if isinstance(filled, pa.Array)
        else filled.to_numpy(),
        dtype=np.int64,
    )
