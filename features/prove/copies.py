"""Many versions of the same customers' tables, read and sorted by the carrier in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa

from features.arrays import Ints
from features.boards.boards import related
from features.calendar import Dated
from features.carriers.duck import load
from features.identity import Identity
from features.prove.rows import Rows, event_id_of, to_arrow
from features.prove.sample import Sample
from features.registers import Identities
from features.segments import Category, Column, Events, Levels, Number, Partition
from features.tables import Table

Version: TypeAlias = Mapping[str, Rows]
"""Rows of every table."""

ROWS_A_READ: Final = 4_000_000
"""Rows, of all versions together, that the carrier is given at once."""

_IDS: Final = 2**33
"""Above every event id of one version."""


def partitions_of(
    sample: Sample, versions: Sequence[Callable[[], Version]], memory: str = "2GiB"
) -> Iterator[Partition]:
    """Bring versions of a sample's tables as the partitions that each alone would give.

    Customers of a version are told apart from those of the others by their numbers, so that one
    reading serves all; what a partition shares, as the levels of a category, is cut apart again.

    Parameters
    ----------
    sample : Sample
        Contracts, levels and customers.
    versions : sequence of callable
        Each makes a version when it is its turn.
    memory : str
        Memory limit of DuckDB.

    Yields
    ------
    Partition
        In the order of the versions. Every customer of the sample is there, also without a row.
    """
    rows = sum(map(len, sample.rows.values()))
    many = max(1, ROWS_A_READ // max(1, 2 * rows))
    for start in range(0, len(versions), many):
        made = [make() for make in versions[start : start + many]]
        sources = {table.name: _together(sample, table, made) for table in sample.tables}
        whole = load(sample.tables, sources, memory=memory, checked=True)
        for place in range(len(made)):
            yield related([_cut(sample, whole, place)], sample.called)[0]


def _together(sample: Sample, table: Table, versions: Sequence[Version]) -> pa.Table:
    identity, parts = event_id_of(table), []
    for place, version in enumerate(versions):
        rows = version[table.name]
        for column in (table.customer, *([table.alias] if isinstance(table, Identities) else [])):
            rows = rows.having(column, rows[column] + place * sample.span)
        if identity is not None:
            rows = rows.having(identity, rows[identity] + place * _IDS)
        parts.append(rows)
    return to_arrow(table, Rows.join(parts), sample.levels[table.name])


def _cut(sample: Sample, whole: Partition, place: int) -> Partition:
    low = place * sample.span
    first, end = np.searchsorted(whole.customers, [low, low + sample.span])
    customers = np.union1d(whole.customers[first:end] - low, sample.numbers)
    # Where a customer has no row, this is where the next one's rows begin.
    bounds = np.searchsorted(whole.customers, np.append(customers + low, low + sample.span))
    return Partition(
        customers=customers,
        events={
            table.name: _events(whole.events[table.name], bounds, table.timezone or "UTC")
            for table in sample.tables
            if table.name in whole.events
        },
        identity=None if whole.identity is None else _identity(whole.identity, low, sample.span),
    )


def _identity(identity: Identity, low: int, span: int) -> Identity:
    here = slice(*np.searchsorted(identity.alias, [low, low + span]))
    since, until = identity.since[here], identity.until[here]
    return Identity(identity.alias[here] - low, since, until, identity.root[here] - low)


def _events(events: Events, bounds: Ints, zone: str) -> Events:
    offsets = events.offsets[bounds]
    span = slice(int(offsets[0]), int(offsets[-1]))
    occurred_at, known_at = events.occurred_at[span], events.known_at[span]
    columns = {name: _column(column, span) for name, column in events.columns.items()}
    return Events(
        offsets=offsets - offsets[0],
        occurred_at=occurred_at,
        known_at=occurred_at if np.array_equal(known_at, occurred_at) else known_at,
        columns=Dated(columns, occurred_at, zone),
        superseded_at=None if events.superseded_at is None else events.superseded_at[span],
        linked_at=None if events.linked_at is None else events.linked_at[span],
    )


def _column(column: Column, span: slice) -> Column:
    if isinstance(column, Number):
        present = None if column.present is None else column.present[span]
        whole = present is None or bool(present.all())
        return Number(column.values[span], None if whole else present, column.scale)
    codes = column.codes[span]
    # Counted from 1, so that absent ones have a place: 0.
    held = np.bincount(codes + 1, minlength=len(column.levels.names) + 1) > 0
    held[0] = False
    own = np.where(codes < 0, -1, np.cumsum(held)[codes + 1] - 1).astype(codes.dtype)
    return Category(own, Levels(column.levels.names[held[1:]]))
