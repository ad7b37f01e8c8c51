"""Vectors kept up to date: new events change only the customers and cutoffs that they touch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from features.arrays import Bools, Values
from features.aside import Receiver
from features.carriers.joined import Content, Joined, joined
from features.catalogue import Catalogue
from features.errors import CohortError, StateError
from features.identity import positions
from features.kernel import Vectors, vectors
from features.needs import refuse_boards, refuse_own_code
from features.registers import Identities, refuse_registers
from features.segments import Partition, Spine
from features.sources import Source
from features.store import (
    MANIFEST,
    Store,
    held_alone,
    merged,
    read_store,
    with_vectors,
    write_store,
)
from features.tables import Table
from features.taught import taught
from features.touched import needed_since, touched
from features.unchanged import require_content, require_same
from features.versions import refuse_versions


@dataclass(frozen=True)
class Appended:
    """What an append did.

    Parameters
    ----------
    store : Store
        As it is now.
    recomputed : int
        Rows, pairs of a customer and a cutoff, that were computed.
    kept : int
        Rows that were left as they were.
    newcomers : int
        Customers of whom nothing was known before.
    events : int
        New rows of all tables.
    erased : int
        Rows that were dropped, of customers who asked to be forgotten.
    """

    store: Store
    recomputed: int
    kept: int
    newcomers: int
    events: int
    erased: int = 0


def build(
    catalogue: Catalogue,
    tables: Sequence[Table],
    sources: Mapping[str, Source],
    cutoffs: Sequence[int],
    folder: str | os.PathLike[str],
    *,
    memory: str = "2GiB",
    now: int | None = None,
    quarantine: Receiver | None = None,
) -> Store:
    """Make a store: the vectors of everyone at some cutoffs.

    Parameters
    ----------
    catalogue : Catalogue
        Features. Those that learn from data learn from what was known at the earliest cutoff; the
        store keeps what they learnt.
    tables : sequence of Table
        Contracts.
    sources : mapping of str to Source
        Where each table lies.
    cutoffs : sequence of int
        UTC microseconds.
    folder : path
        Where the store is to lie; there must be none yet.
    memory : str
        Memory limit of DuckDB. The vectors themselves must fit into memory beside it.
    now : int, optional
        Instant after which nothing can have happened, UTC microseconds; the clock when left out.
    quarantine : callable, optional
        Set aside rows that break a contract by themselves, as training does, and tell it for every
        table how many and why. Left out, such a row refuses its table.

    Returns
    -------
    Store

    Raises
    ------
    StateError
        When there is a store already.
    ContractError
        When a source breaks the contract of its table.
    CohortError
        When no cutoff is given.
    DefinitionError
        When the features do not fit the tables, or cannot be kept.
    """
    place = Path(folder)
    if (place / MANIFEST).exists():
        raise StateError(f"{place} holds a store already; append to it, or choose another folder")
    if not cutoffs:
        raise CohortError("expected at least one cutoff, got none")
    refuse_versions(tables)
    refuse_registers(
        tables,
        "kept vectors do not follow; make them with `foretell vectors`, or merge the ids before",
        (Identities,),
    )
    catalogue.check(tables)
    refuse_own_code(catalogue, "vectors that are kept", "a store")
    refuse_boards(
        catalogue,
        "one new event may change it for anybody, so make vectors anew instead of a store",
    )
    with joined(tables, {}, sources, memory=memory, now=now, quarantine=quarantine) as read:
        fitted, lesson = taught(
            catalogue,
            tables,
            sources,
            min(cutoffs),
            memory=memory,
            now=now,
            quarantine=quarantine is not None,
        )
        made = _computed(fitted, read.everyone(), sorted(set(cutoffs)))
        contents = read.content(read.new)
    place.mkdir(parents=True, exist_ok=True)
    with held_alone(place):
        store = Store(place, fitted, tuple(tables), contents, read.ids, {}, lesson)
        for cutoff, parts in made.items():
            store = with_vectors(store, cutoff, Vectors.concat(parts))
        write_store(store)
    return store


def append(
    catalogue: Catalogue,
    tables: Sequence[Table],
    before: Mapping[str, Source],
    new: Mapping[str, Source],
    folder: str | os.PathLike[str],
    *,
    cutoffs: Sequence[int] = (),
    memory: str = "2GiB",
    now: int | None = None,
    quarantine: Receiver | None = None,
) -> Appended:
    """Bring a store up to date with new events.

    The store is then, bit for bit, what `build` would make of both deliveries together, without
    customers who asked to be forgotten. What features learnt when the store was made stays, also
    when news come of the time before its earliest cutoff. A row is computed again only when one of
    the new events stands in a window of a feature as seen from its cutoff, see
    `features.touched.touched`; of customers who are new there are rows at every cutoff.

    Parameters
    ----------
    catalogue, tables : Catalogue, sequence of Table
        As the store was made with.
    before : mapping of str to Source
        Every table, with exactly the rows that the store was made from, earlier appends included.
    new : mapping of str to Source
        New rows, of some tables. They are held against the contract.
    folder : path
        The store.
    cutoffs : sequence of int
        Cutoffs to add, for everyone; UTC microseconds.
    memory : str
        Memory limit of DuckDB.
    now : int, optional
        Instant after which nothing can have happened, UTC microseconds; the clock when left out.
    quarantine : callable, optional
        Set aside rows that break a contract by themselves, as the store was made, and tell it how
        many of the new ones and why. A delivery is judged alone: where both together would set
        others aside, the next append finds other rows than the store was made from, and refuses.

    Returns
    -------
    Appended

    Raises
    ------
    StateError
        When there is no store, it was made with other definitions or from other rows, or another
        process is writing to it. The store is left as it was.
    CohortError
        When a cutoff lies before the one at which features learnt.
    ContractError
        When new rows break their contract, or were brought before.
    """
    place = Path(folder)
    store = read_store(place)
    require_same(store, catalogue, tables)
    if store.taught is not None:
        store.taught.require_later(place, cutoffs)
    with held_alone(place):
        store = read_store(place)
        with joined(tables, before, new, memory=memory, now=now, quarantine=quarantine) as read:
            came = read.content(read.new)
            require_content(store, read)
            store, erased = _without(store, read.erased())
            done, recomputed, newcomers = _updated(store, read, came)
            added = sorted(set(cutoffs) - set(store.cutoffs))
            if added:
                for cutoff, parts in _computed(store.catalogue, read.everyone(), added).items():
                    done = with_vectors(done, cutoff, Vectors.concat(parts))
                    recomputed += done.kept[cutoff].rows
        contents = {
            name: held + came.get(name, Content(0, 0)) for name, held in store.contents.items()
        }
        done = replace(done, contents=contents)
        write_store(done)
    rows = sum(each.rows for each in done.kept.values())
    events = sum(each.rows for each in came.values())
    return Appended(done, recomputed, rows - recomputed, newcomers, events, erased)


def _without(store: Store, erased: Values) -> tuple[Store, int]:
    """Drop the rows of customers who asked to be forgotten."""
    dropped = 0
    for cutoff in store.cutoffs if len(erased) else ():
        held = store.vectors(cutoff)
        stays = positions(erased, held.customers) < 0
        if not stays.all():
            dropped += int(np.count_nonzero(~stays))
            store = with_vectors(store, cutoff, held.take(stays))
    return store, dropped


def _updated(store: Store, read: Joined, came: Mapping[str, Content]) -> tuple[Store, int, int]:
    if not came:
        return store, 0, 0
    fresh = read.came()
    spine = Spine.cross(len(fresh.customers), np.array(store.cutoffs, dtype=np.int64))
    newcomer = ~np.isin(fresh.customers, store.customers())
    chosen = touched(store.catalogue, fresh, spine) | newcomer[spine.customer]
    found = _by_cutoff(store, read, fresh, newcomer, spine.take(chosen))
    for cutoff, parts in found.items():
        store = with_vectors(store, cutoff, merged(store.vectors(cutoff), parts))
    return store, int(chosen.sum()), int(newcomer.sum())


def _by_cutoff(
    store: Store, read: Joined, fresh: Partition, newcomer: Bools, wanted: Spine
) -> dict[int, list[Vectors]]:
    found: dict[int, list[Vectors]] = {}
    if not len(wanted):
        return found
    since = needed_since(store.catalogue, int(wanted.cutoff.min()))
    places = np.unique(wanted.customer)
    # Of newcomers something must be there, also where no window reaches it.
    for part in read.of(fresh.customers[places], since, newcomer[places]):
        held = positions(part.customers, fresh.customers)[wanted.customer]
        rows = Spine(held[held >= 0], wanted.cutoff[held >= 0])
        made = vectors(store.catalogue, part, rows)
        for cutoff in np.unique(rows.cutoff).tolist():
            found.setdefault(cutoff, []).append(made.take(made.cutoffs == cutoff))
    return found


def _computed(
    catalogue: Catalogue, parts: Iterable[Partition], cutoffs: Sequence[int]
) -> dict[int, list[Vectors]]:
    found: dict[int, list[Vectors]] = {cutoff: [] for cutoff in cutoffs}
    for part in parts:
        spine = Spine.cross(len(part.customers), np.array(cutoffs, dtype=np.int64))
        made = vectors(catalogue, part, spine)
        for cutoff in cutoffs:
            found[cutoff].append(made.take(made.cutoffs == cutoff))
    return found
