"""One table at one cutoff: which of its rows are future, and what new cells and rows may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Ints
from features.instants import DAY, micros
from features.prove.rows import ABSENT, UNSEEN, Rows, event_id_of
from features.prove.sample import Sample, clocks
from features.registers import Identities
from features.tables import AttributeTable, Table
from features.windows import days_before

SOON: Final = 60 * DAY
"""Drawn times lie within this of the cutoff."""

LONG: Final = 3_653 * DAY
"""And some lie this far away."""

_FRESH: Final = 2**31
"""Above every event id of the data."""


@dataclass(frozen=True, eq=False)
class Scene:
    """Where a change takes place, and what it draws from.

    Parameters
    ----------
    sample : Sample
        Customers and levels.
    table : Table
        The table.
    cutoff : int
        UTC microseconds.
    random : numpy.random.Generator
        Draws.
    """

    sample: Sample
    table: Table
    cutoff: int
    random: np.random.Generator

    @property
    def cells(self) -> tuple[str, ...]:
        """Measures and categories."""
        return (*self.table.measures, *self.table.categories)

    @property
    def announced(self) -> bool:
        """Whether rows may be known before they happen, as changes of attributes may."""
        return isinstance(self.table, AttributeTable) and self.table.known_at is not None

    @property
    def earliest(self) -> int:
        """The first time of happening that is future, for a table without ``known_at``."""
        return self.cutoff - micros(self.table.lag)

    def spans(self, many: int) -> Ints:
        """Draw stretches of time: none, a microsecond, weeks or years; (many,) int64."""
        weeks = self.random.integers(2, SOON, many)
        drawn = self.random.integers(0, 4, many)
        return np.choose(drawn, [np.zeros_like(weeks), np.ones_like(weeks), weeks, LONG + weeks])


def is_future(scene: Scene, rows: Rows) -> Bools:
    """Tell which rows no vector at the cutoff may see, (n,) bool.

    Those that happened at the cutoff or after it, those that were known at the cutoff at the
    earliest, and those of customers who are yet to come. Others of a static table are known always.
    Of links between ids, those that were known at the cutoff at the earliest.
    """
    if isinstance(scene.table, Identities):
        return ~is_before(scene, rows[scene.table.known_at])
    come: Bools = np.isin(rows[scene.table.customer], scene.sample.newcomers)
    if scene.table.occurred_at is None:
        return come
    return ~is_before(scene, np.maximum(*clocks(scene.table, rows))) | come


def is_before(scene: Scene, moments: Ints) -> Bools:
    """Tell which moments lie before the cutoff, by another way than the vectors take."""
    return np.asarray(days_before(moments, np.array([scene.cutoff])) > 0, dtype=np.bool_)


def drawn_cells(scene: Scene, column: str, many: int) -> Ints:
    """Draw cells of a measure or category: extreme, ordinary or empty, often unseen levels."""
    pick = scene.random.random(many)
    if column in scene.table.measures:
        room = scene.sample.room(scene.table)
        ordinary = scene.random.integers(-1_000, 100_000, many)
        return np.select(
            [pick < 0.3, pick < 0.5, pick < 0.6], [room - np.abs(ordinary), -room, ABSENT], ordinary
        )
    levels = len(scene.sample.levels[scene.table.name][column])
    unseen = scene.random.integers(levels - UNSEEN, levels, many)
    any_level = scene.random.integers(0, levels, many)
    return np.select([pick < 0.6, pick < 0.7], [unseen, ABSENT], any_level)


def other_cells(scene: Scene, column: str, old: Ints) -> Ints:
    """Draw cells every one of which differs from the old one."""
    new = drawn_cells(scene, column, len(old))
    return np.where(new == old, np.where(old == ABSENT, 0, ABSENT), new)


def new_rows(scene: Scene, customers: Ints, occurred_at: Ints | None, known_at: Ints) -> Rows:
    """Make rows with drawn cells.

    Parameters
    ----------
    scene : Scene
        Table and draws.
    customers : (n,) int64
        Whose.
    occurred_at : (n,) int64 or None
        When they happen; None for a static table.
    known_at : (n,) int64
        When they are known, for a table that has such a column.
    """
    table, columns = scene.table, {scene.table.customer: customers}
    if occurred_at is not None:
        columns[str(table.occurred_at)] = occurred_at
    if table.known_at is not None:
        columns[table.known_at] = known_at
    columns |= {column: drawn_cells(scene, column, len(customers)) for column in scene.cells}
    identity = event_id_of(table)
    if identity is not None:
        columns[identity] = np.full(len(customers), ABSENT, dtype=np.int64)
    if table.withdrawn is not None:
        columns[table.withdrawn] = np.zeros(len(customers), dtype=np.int64)
    return Rows(columns)


def numbered(table: Table, rows: Rows) -> Rows:
    """Give event ids of their own to rows that were made."""
    identity = event_id_of(table)
    if identity is None:
        return rows
    made = rows[identity] == ABSENT
    return rows.having(identity, np.where(made, _FRESH + np.cumsum(made), rows[identity]))
