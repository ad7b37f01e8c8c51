"""What is done to the future of a table: everything that a vector may not notice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

import numpy as np

from features.arrays import Ints
from features.instants import DAY
from features.prove.relink import KINDS as LINKS
from features.prove.relink import relinked
from features.prove.rows import Rows, event_id_of
from features.prove.sample import clocks
from features.prove.scene import (
    LONG,
    SOON,
    Scene,
    is_before,
    is_future,
    new_rows,
    numbered,
    other_cells,
)
from features.registers import Identities
from features.tables import Table

GENTLY: Final = DAY // 24
"""How far times move that keep their order."""


class Kind(StrEnum):
    """A kind of change to what happened, or became known, at the cutoff or after it."""

    ALTER = "alter"
    ADD = "add"
    ADD_LATE = "add, known late"
    DELETE = "delete"
    MOVE = "re-time occurred_at"
    LEARN = "re-time known_at"
    NEWCOMERS = "new customers"
    ALL = "all at once"


def applies(table: Table, kind: Kind) -> bool:
    """Tell whether a table has what a kind of change needs; a static one can only gain customers.

    Examples
    --------
    >>> from features.tables import EventTable
    >>> [kind.name for kind in Kind if not applies(EventTable("visits", "id", "at"), kind)]
    ['ALTER', 'ADD_LATE', 'LEARN']
    """
    if isinstance(table, Identities):
        return kind in LINKS
    if kind in (Kind.NEWCOMERS, Kind.ALL):
        return True
    needs = {
        Kind.ALTER: bool(table.measures or table.categories),
        Kind.ADD_LATE: table.known_at is not None or table.lag > 0,
        Kind.LEARN: table.known_at is not None,
    }
    return table.occurred_at is not None and needs.get(kind, True)


def changed(scene: Scene, rows: Rows, kind: Kind) -> Rows:
    """Change the future of a table in one way, and leave its past as it is.

    Parameters
    ----------
    scene : Scene
        Table, cutoff and draws.
    rows : Rows
        Rows as they are.
    kind : Kind
        What to do; nothing where it does not apply.

    Returns
    -------
    Rows
        Within the contract of the table.
    """
    if not applies(scene.table, kind):
        return rows
    if isinstance(scene.table, Identities):
        return relinked(scene, scene.table, rows, kind)
    future = is_future(scene, rows)
    past, coming = rows.take(~future), rows.take(future)
    return numbered(scene.table, Rows.join([past, *_CHANGES[kind](scene, past, coming)]))


def changed_column(scene: Scene, rows: Rows, column: str, *, gently: bool = False) -> Rows:
    """Change one column of the future of a table, and nothing else.

    Parameters
    ----------
    scene : Scene
        Table, cutoff and draws.
    rows : Rows
        Rows as they are.
    column : str
        Measure, category or time.
    gently : bool
        Move times by one stretch for all, so that what follows what stays as it is. Otherwise times
        are drawn, and events still become known in the order in which they happen: else the kernel
        would hide from a feature what it could see before.
    """
    future = is_future(scene, rows)
    past, coming = rows.take(~future), rows.take(future)
    if column == scene.table.occurred_at:
        # An event may not move to after it was known; an attribute may.
        step = -1 if scene.table.known_at and not scene.announced else GENTLY
        new = coming[column] + step if gently else _moved_in_order(scene, coming)
    elif column == scene.table.known_at:
        new = coming[column] + GENTLY if gently else _learnt_in_order(scene, coming)
    else:
        new = other_cells(scene, column, coming[column])
    return Rows.join([past, coming.having(column, new)])


def grown(scene: Scene, rows: Rows) -> Rows:
    """Let events follow at the cutoff and after it, of those who are there and of new customers."""
    grown = rows if scene.table.occurred_at is None else changed(scene, rows, Kind.ADD)
    return changed(scene, grown, Kind.NEWCOMERS)


def _altered(scene: Scene, coming: Rows) -> Rows:
    for column in scene.cells:
        coming = coming.having(column, other_cells(scene, column, coming[column]))
    if scene.table.withdrawn is not None:
        coming = coming.having(scene.table.withdrawn, 1 - coming[scene.table.withdrawn])
    return coming


def _moved(scene: Scene, coming: Rows) -> Rows:
    """Let future rows happen at other times, at which they are still future."""
    table, many = scene.table, len(coming)
    if table.occurred_at is None:
        return coming
    old, known_at = clocks(table, coming)
    later = scene.earliest + scene.spans(many)
    later = np.where(later == old, later + 1, later)
    if table.known_at is None:
        return coming.having(table.occurred_at, later)
    # What becomes known at the cutoff or later may have happened whenever it likes before.
    early = scene.cutoff - scene.random.integers(1, 7 * SOON, many)
    pick = scene.random.integers(0, 4, many)
    new = np.choose(pick, [early, np.full(many, scene.cutoff - 1), early, known_at])
    new = np.where(new == old, new - 1, new)
    told = is_before(scene, known_at)
    return coming.having(table.occurred_at, np.where(told, later, new))


def _learnt(scene: Scene, coming: Rows) -> Rows:
    """Let future rows become known at other times, at which they are still future."""
    table, many = scene.table, len(coming)
    if table.known_at is None or table.occurred_at is None:
        return coming
    occurred_at, old = clocks(table, coming)
    new = np.maximum(occurred_at, scene.cutoff) + scene.spans(many)
    if scene.announced:
        # What is still to happen may have been known for long.
        early = scene.cutoff - scene.random.integers(1, 7 * SOON, many)
        may = ~is_before(scene, occurred_at) & (scene.random.random(many) < 0.5)
        new = np.where(may, early, new)
    return coming.having(table.known_at, np.where(new == old, new + 1, new))


def _moved_in_order(scene: Scene, coming: Rows) -> Ints:
    occurred_at, known_at = clocks(scene.table, coming)
    if scene.table.known_at is None:
        return _moved(scene, coming)[str(scene.table.occurred_at)]
    new = np.where(occurred_at == known_at, scene.cutoff, known_at)
    return np.where(is_before(scene, known_at), occurred_at, new)


def _learnt_in_order(scene: Scene, coming: Rows) -> Ints:
    occurred_at, known_at = clocks(scene.table, coming)
    order = np.lexsort((occurred_at, coming[scene.table.customer]))
    new = np.empty_like(known_at)
    new[order] = np.maximum(occurred_at, scene.cutoff)[order] + np.sort(scene.spans(len(order)))
    return new


def _followers(scene: Scene, customers: Ints) -> Rows:
    """Make rows that happen from the cutoff on, the first ones at the cutoff itself."""
    if scene.table.occurred_at is None:
        return new_rows(scene, customers, None, customers)
    weeks = int(scene.random.integers(DAY, SOON))
    times = scene.cutoff + np.array([0, 0, 1, weeks, LONG], dtype=np.int64)
    # Known as late as others were, so that knowledge still comes in the order of events.
    occurred_at, known_at = clocks(scene.table, scene.sample.rows[scene.table.name])
    return _crossed(scene, customers, times, times + (known_at - occurred_at).max(initial=0))


def _late(scene: Scene, past: Rows) -> Rows:
    """Make rows that are known out of order: of earlier times, or at once where others wait."""
    table, cutoff, draw = scene.table, scene.cutoff, scene.random.integers
    if table.known_at is None:
        inside = int(draw(1, cutoff - scene.earliest + 1)) if table.lag else 1
        times = np.array([scene.earliest, cutoff - inside, cutoff - 1], dtype=np.int64)
        return _crossed(scene, scene.sample.numbers, times, times)
    days = int(draw(DAY, SOON))
    pairs = [(0, 0), (1, 1), (-1, 0), (-days, 1), (-LONG, 0), (-days, days)]
    if scene.announced:
        pairs += [(0, -1), (0, -days), (days, -LONG), (days, 0)]
    happened, learnt = cutoff + np.array(pairs, dtype=np.int64).T
    made = _crossed(scene, scene.sample.numbers, happened, learnt)
    return Rows.join([made, _echoes(scene, past)])


def _echoes(scene: Scene, past: Rows) -> Rows:
    """Make rows that happened at the very time of a past one, and become known at the cutoff."""
    occurred_at, _ = clocks(scene.table, past)
    shuffled = scene.random.permutation(len(past))
    latest = np.argsort(-occurred_at, kind="stable")
    owners = past[scene.table.customer]
    firsts = [order[np.unique(owners[order], return_index=True)[1]] for order in (shuffled, latest)]
    rows = np.concatenate(firsts)
    learnt = np.full(len(rows), scene.cutoff, dtype=np.int64)
    made = new_rows(scene, owners[rows], occurred_at[rows], learnt)
    identity = event_id_of(scene.table)
    if scene.table.versions and identity is not None:
        # The first of them are corrections of what is past.
        events = made[identity].copy()
        events[: len(firsts[0])] = past[identity][firsts[0]]
        made = made.having(identity, events)
    return made


def _crossed(scene: Scene, customers: Ints, occurred_at: Ints, known_at: Ints) -> Rows:
    whose = np.repeat(customers, len(occurred_at))
    times = (np.tile(each, len(customers)) for each in (occurred_at, known_at))
    return new_rows(scene, whose, *times)


def _alter(scene: Scene, past: Rows, coming: Rows) -> Sequence[Rows]:
    return [_altered(scene, coming)]


def _add(scene: Scene, past: Rows, coming: Rows) -> Sequence[Rows]:
    return [coming, _followers(scene, scene.sample.numbers)]


def _add_late(scene: Scene, past: Rows, coming: Rows) -> Sequence[Rows]:
    return [coming, _late(scene, past)]


def _delete(scene: Scene, past: Rows, coming: Rows) -> Sequence[Rows]:
    return []


def _move(scene: Scene, past: Rows, coming: Rows) -> Sequence[Rows]:
    return [_moved(scene, coming)]


def _learn(scene: Scene, past: Rows, coming: Rows) -> Sequence[Rows]:
    return [_learnt(scene, coming)]


def _newcomers(scene: Scene, past: Rows, coming: Rows) -> Sequence[Rows]:
    return [coming, _followers(scene, scene.sample.newcomers)]


def _all(scene: Scene, past: Rows, coming: Rows) -> Sequence[Rows]:
    made = [_followers(scene, scene.sample.newcomers)]
    if scene.table.occurred_at is not None:
        made.append(_followers(scene, scene.sample.numbers))
    if applies(scene.table, Kind.ADD_LATE):
        made.append(_late(scene, past))
    half = coming.take(scene.random.random(len(coming)) < 0.5)
    return [_altered(scene, _learnt(scene, _moved(scene, half))), *made]


_CHANGES: Final[dict[Kind, Callable[[Scene, Rows, Rows], Sequence[Rows]]]] = {
    Kind.ALTER: _alter,
    Kind.ADD: _add,
    Kind.ADD_LATE: _add_late,
    Kind.DELETE: _delete,
    Kind.MOVE: _move,
    Kind.LEARN: _learn,
    Kind.NEWCOMERS: _newcomers,
    Kind.ALL: _all,
}
