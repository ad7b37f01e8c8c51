"""What is done to the future of links between ids."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Ints
from features.prove.rows import Rows
from features.prove.scene import Scene, is_future
from features.registers import Identities

KINDS: Final = ("alter", "add", "delete", "re-time known_at", "new customers", "all at once")
"""Changes that apply to links: they become known, and nothing else."""


def relinked(scene: Scene, table: Identities, rows: Rows, kind: str) -> Rows:
    """Change what became known of who is who at the cutoff, or after it.

    Links may come to contradict each other, or to lead in a circle: such are not followed.

    Parameters
    ----------
    scene : Scene
        Cutoff and draws.
    table : Identities
        Contract.
    rows : Rows
        Links as they are.
    kind : str
        What to do, of `KINDS`.

    Returns
    -------
    Rows
    """
    future = is_future(scene, rows)
    past, coming = rows.take(~future), rows.take(future)
    sample = scene.sample
    if kind == "delete":
        return past
    if kind == "alter":
        return Rows.join([past, _altered(scene, table, coming)])
    if kind == "re-time known_at":
        return Rows.join([past, _learnt(scene, table, coming)])
    made = []
    if kind in ("add", "all at once"):
        made.append(_made(scene, table, sample.numbers, sample.numbers))
    if kind in ("new customers", "all at once"):
        made.append(_made(scene, table, sample.newcomers, sample.numbers))
        made.append(_made(scene, table, sample.numbers, sample.newcomers))
    if kind == "all at once":
        half = coming.take(scene.random.random(len(coming)) < 0.5)
        coming = _altered(scene, table, _learnt(scene, table, half))
    return Rows.join([past, coming, *made])


def _altered(scene: Scene, table: Identities, coming: Rows) -> Rows:
    drawn = scene.random.choice(scene.sample.numbers, len(coming))
    other = np.where(drawn == coming[table.customer], coming[table.alias] + 1, drawn)
    return _without_self_links(table, coming.having(table.customer, other))


def _learnt(scene: Scene, table: Identities, coming: Rows) -> Rows:
    new = scene.cutoff + scene.spans(len(coming))
    return coming.having(table.known_at, np.where(new == coming[table.known_at], new + 1, new))


def _made(scene: Scene, table: Identities, aliases: Ints, customers: Ints) -> Rows:
    """Link every alias to a customer: half of them at the very cutoff."""
    at = scene.cutoff + scene.spans(len(aliases)) * scene.random.integers(0, 2, len(aliases))
    columns = {
        table.alias: aliases,
        table.customer: scene.random.choice(customers, len(aliases)),
        table.known_at: at,
    }
    if table.withdrawn:
        columns[table.withdrawn] = scene.random.integers(0, 2, len(aliases))
    return _without_self_links(table, Rows(columns))


def _without_self_links(table: Identities, rows: Rows) -> Rows:
    return rows.take(rows[table.alias] != rows[table.customer])
