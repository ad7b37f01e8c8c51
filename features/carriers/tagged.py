"""Events of several tables in one stream of rows, each tagged with the place of its table.

A cluster groups and sorts one relation at a time, so the rows of all tables share one: customer,
place of the table, the two clocks, and *slots* for measures and categories. A slot holds whole
numbers or texts. The columns of a table take slots from left to right in the order of
`tie_breakers`, so sorting by the slots sorts the events of every table by its own rule; slots
that a table does not use are null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints, Values
from features.calendar import Dated
from features.carriers.order import tie_breakers
from features.instants import BEGINNING, micros
from features.segments import Category, Column, Events, Levels, Number, Partition
from features.tables import Table, measure

CHUNK: Final = 500_000
"""Events that are turned into vectors at once, or as many as one customer has."""

_HEAD: Final = {
    "place": ("INTEGER", pa.int32()),
    "occurred_at": ("BIGINT", pa.int64()),
    "known_at": ("BIGINT", pa.int64()),
}


@dataclass(frozen=True)
class Layout:
    """Where each column of each table lies.

    Parameters
    ----------
    ids : str
        SQL type of customer ids.
    slots : tuple of str
        SQL type of each slot.
    places : tuple of mapping of str to int
        For each table the slots of its columns.
    """

    ids: str
    slots: tuple[str, ...]
    places: tuple[Mapping[str, int], ...]

    @classmethod
    def of(cls, tables: Sequence[Table], ids: str) -> Layout:
        """Lay out tables whose customer ids have an SQL type.

        Examples
        --------
        >>> from features.tables import EventTable
        >>> paid = EventTable("paid", "id", "at", measures={"sum": "int"}, categories=["by", "to"])
        >>> seen = EventTable("seen", "id", "at", measures={"n": "int"}, categories=["where"])
        >>> layout = Layout.of([paid, seen], "BIGINT")
        >>> layout.slots
        ('VARCHAR', 'BIGINT', 'VARCHAR')
        >>> layout.places[1]
        {'n': 1, 'where': 2}
        """
        slots: list[str] = []
        places = []
        for table in tables:
            free, taken = 0, {}
            for column in tie_breakers(table):
                kind = "BIGINT" if column in table.measures else "VARCHAR"
                if kind not in slots[free:]:
                    slots.append(kind)
                taken[column] = slots.index(kind, free)
                free = taken[column] + 1
            places.append(taken)
        return cls(ids, tuple(slots), tuple(places))

    @property
    def names(self) -> tuple[str, ...]:
        """Columns of the rows, in the order by which they are sorted."""
        return ("customer", *_HEAD, *(f"s{slot}" for slot in range(len(self.slots))))

    @property
    def kinds(self) -> dict[str, str]:
        """SQL type of each column."""
        types = [self.ids, *(kind for kind, _ in _HEAD.values()), *self.slots]
        return dict(zip(self.names, types, strict=True))

    def select(self, tables: Sequence[Table], place: int, rows: str) -> str:
        """Return a query of tagged rows from one of `features.carriers.rows.rows_of`."""
        table, taken = tables[place], self.places[place]
        at = "0::BIGINT" if table.occurred_at is None else "occurred_at::BIGINT"
        known = at if table.known_at is None else "known_at::BIGINT"
        held = {taken[column]: f"v{rank}" for rank, column in enumerate(tie_breakers(table))}
        cells = [f"{held.get(slot, 'NULL')}::{kind}" for slot, kind in enumerate(self.slots)]
        values = ["customer", f"{place}::INTEGER", at, known, *cells]
        chosen = (f"{value} AS {name}" for value, name in zip(values, self.names, strict=True))
        return f"SELECT {', '.join(chosen)} FROM ({rows})"


def chunks(batches: Iterable[pa.RecordBatch], events: int = CHUNK) -> Iterator[pa.Table]:
    """Cut sorted rows into chunks of whole customers.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        Rows sorted by customer.
    events : int
        Rows after which a chunk ends with the customer at hand.

    Examples
    --------
    >>> rows = pa.record_batch({"customer": [1, 1, 2, 2, 2, 3]})
    >>> cut = chunks([rows.slice(0, 3), rows.slice(3)], events=3)
    >>> [chunk["customer"].to_pylist() for chunk in cut]
    [[1, 1], [2, 2, 2], [3]]
    """
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows < events:
            continue
        table = pa.Table.from_batches(held)
        border = pc.index(table["customer"], table["customer"][-1]).as_py()
        if border:
            yield table.slice(0, border)
        rest = table.slice(border)
        held, rows = rest.to_batches(), rest.num_rows
    if rows:
        yield pa.Table.from_batches(held)


def groups(chunk: pa.Table, customers: int) -> Iterator[pa.Table]:
    """Cut a chunk of sorted rows after every so many customers.

    Examples
    --------
    >>> [group["customer"].to_pylist() for group in groups(pa.table({"customer": [1, 1, 2, 3]}), 2)]
    [[1, 1, 2], [3]]
    """
    owners, _ = _owners(chunk)
    firsts = np.flatnonzero(np.diff(owners, prepend=-1))[::customers]
    for low, high in zip(firsts, [*firsts[1:], len(owners)], strict=True):
        yield chunk.slice(low, high - low)


def partition_of(
    tables: Sequence[Table], layout: Layout, rows: pa.Table, columns: Mapping[str, set[str]]
) -> Partition:
    """Make a partition of sorted rows: what `features.carriers.duck` makes of the same events.

    Parameters
    ----------
    tables : sequence of Table
        Contracts.
    layout : Layout
        Of these tables.
    rows : pyarrow.Table
        Sorted by all columns of the layout, nulls first.
    columns : mapping of str to set of str
        Measures and categories to keep, by table; a table that is left out keeps all.
    """
    owners, customers = _owners(rows)
    place = rows["place"].to_numpy()
    events = {}
    for number, table in enumerate(tables):
        mine = np.flatnonzero(place == number)
        wanted = columns.get(table.name, {*table.measures, *table.categories})
        taken = layout.places[number]
        counts = np.bincount(owners[mine], minlength=len(customers))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        held: dict[str, Column] = {}
        for column in [*table.measures, *table.categories]:
            if column not in wanted:
                continue
            cells = rows[f"s{taken[column]}"].take(pa.array(mine))
            if column in table.measures:
                held[column] = _number(cells, measure(table, column).scale)
            else:
                held[column] = _category(cells)
        happened, known = _clocks(table, rows, mine)
        dated = Dated(held, happened, table.timezone or "UTC")
        events[table.name] = Events(offsets, happened, known, dated)
    return Partition(customers, events)


def _owners(rows: pa.Table) -> tuple[Ints, Values]:
    # Rows are sorted, so customers are met, and numbered, in ascending order.
    coded = rows["customer"].combine_chunks().dictionary_encode()
    named = coded.dictionary
    whole = pa.types.is_int64(named.type)
    customers = named.to_numpy() if whole else np.array(named.to_pylist(), dtype=object)
    return coded.indices.to_numpy().astype(np.int64), customers


def _clocks(table: Table, rows: pa.Table, mine: Ints) -> tuple[Ints, Ints]:
    if table.occurred_at is None:
        always = np.full(len(mine), BEGINNING, dtype=np.int64)
        return always, always
    occurred_at = rows["occurred_at"].to_numpy()[mine]
    if table.known_at is not None:
        known_at = rows["known_at"].to_numpy()[mine]
        return occurred_at, occurred_at if np.array_equal(known_at, occurred_at) else known_at
    delay = micros(table.lag)
    return occurred_at, occurred_at + delay if delay and len(mine) else occurred_at


def _number(cells: Any, scale: int) -> Number:
    present = cells.is_valid().to_numpy() if cells.null_count else None
    values = cells.fill_null(0) if cells.null_count else cells
    return Number(np.ascontiguousarray(values.to_numpy(), dtype=np.int64), present, scale)


def _category(cells: Any) -> Category:
    coded = cells.combine_chunks().dictionary_encode()
    met = np.array([*coded.dictionary.to_pylist(), None], dtype=object)[:-1]
    order = np.array(sorted(range(len(met)), key=met.__getitem__), dtype=np.int64)
    # One more, for absent cells: position -1.
    code_of = np.full(len(met) + 1, -1, dtype=np.int32)
    code_of[order] = np.arange(len(met))
    indices = coded.indices.fill_null(-1).to_numpy()
    return Category(code_of[indices], Levels(met[order]))
