"""Boards of some customers: published when a feature first reads them, then kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from features.arrays import Ints, Values
from features.boards.crowd import NOBODY, Crowd
from features.boards.publish import Edition, Membership, Published, Turns, editions
from features.catalogue import Catalogue
from features.links import Board, Link
from features.segments import Category, Column, Events, Levels, Number, Partition, Spine
from features.windows import published_at

KEPT: Final = 128
"""Editions of one board that are kept at most."""


class Boards:
    """What boards say of the customers of some partitions.

    Parameters
    ----------
    partitions : sequence of Partition
        All customers.
    called : callable
        Text by which events name a customer, from the id.
    """

    def __init__(
        self, partitions: Iterable[Partition], called: Callable[[int | str], str] = str
    ) -> None:
        # Boards may read other boards.
        self.partitions = tuple(replace(each, boards=self) for each in partitions)
        self._crowd = Crowd(self.partitions, called)
        self._editions: dict[Board, dict[int, Edition]] = {}
        self._places: WeakKeyDictionary[
            Levels, dict[tuple[int, int], tuple[Mapping[str, int], Ints]]
        ] = WeakKeyDictionary()

    def ready(self, catalogue: Catalogue, cutoffs: Ints) -> None:
        """Publish what features will read at some cutoffs, all at once.

        Parameters
        ----------
        catalogue : Catalogue
            Features.
        cutoffs : (r,) int64
            UTC microseconds.
        """
        for link in dict.fromkeys(link for each in catalogue.tallies() for link in each.links):
            self._published(link.board, np.asarray(cutoffs, dtype=np.int64))

    def views(
        self, links: Sequence[Link], events: Events, customers: Values, spine: Spine
    ) -> Iterator[tuple[Events, Ints]]:
        """Split rows by the editions they read, and give events the columns of these.

        Parameters
        ----------
        links : sequence of Link
            What is read.
        events : Events
            Events of one table.
        customers : (c,) int64 or object
            Ids of their customers.
        spine : Spine
            Rows.

        Yields
        ------
        Events
            The same events, with a column for each link.
        (k,) int64
            Rows that read them.
        """
        rhythms = list(dict.fromkeys(link.board.every for link in links))
        instants = np.stack([published_at(spine.cutoff, every) for every in rhythms])
        for board in dict.fromkeys(link.board for link in links):
            self._published(board, spine.cutoff)
        found, inverse = np.unique(instants, axis=1, return_inverse=True)
        # Without rows nothing is read, but every feature still needs its (empty) column.
        for place in range(max(1, found.shape[1])):
            rows = np.flatnonzero(inverse.ravel() == place)
            columns = {
                link.name: self._maker(
                    link,
                    events,
                    customers,
                    None if not len(spine) else int(found[rhythms.index(link.board.every), place]),
                )
                for link in links
            }
            yield replace(events, columns=Wider(events.columns, columns)), rows

    def _maker(
        self, link: Link, events: Events, customers: Values, instant: int | None
    ) -> Callable[[], Number]:
        def make() -> Number:
            if instant is None:
                nothing = np.zeros(len(events), dtype=np.int64)
                return Number(nothing, nothing.astype(np.bool_), 0)
            return self._column(link, events, customers, instant)

        return make

    def _column(self, link: Link, events: Events, customers: Values, instant: int) -> Number:
        board = link.board
        edition = self._published(board, np.array([instant]))[instant]
        if isinstance(edition, Published):
            column = edition.columns[link.field]
            if not link.by:
                return _taken(column, np.zeros(len(events), dtype=np.int64))
            strange = len(edition.places)
            return _taken(column, self._named(link.by, events, edition.places, strange))
        names = edition.places
        own = np.array(
            [names.get(self._crowd.called(each), NOBODY) for each in customers.tolist()], np.int64
        )
        mine, theirs = own[events.owner], self._named(link.by, events, names, NOBODY)
        if isinstance(edition, Membership):
            groups = np.append(edition.group, NOBODY)
            same = groups[mine] == groups[theirs]
            belongs = groups[mine] != NOBODY
            return Number((same & belongs).astype(np.int64), belongs, 0)
        return Number(_answered(edition, mine, theirs), None, 0)

    def _named(self, column: str, events: Events, places: Mapping[str, int], strange: int) -> Ints:
        """Return where those whom events name stand on a board, (n,); -1 where none is named."""
        found = events.columns[column]
        if not isinstance(found, Category):
            raise TypeError(f"column '{column}' is a measure, not a category")
        known = self._places.setdefault(found.levels, {})
        if len(known) > KEPT:
            known.clear()
        # The mapping is kept beside what was made of it, so that its id stays its own.
        key = id(places), strange
        if key not in known:
            stand = [*(places.get(name, strange) for name in found.levels.names), NOBODY]
            known[key] = places, np.array(stand, dtype=np.int64)
        return known[key][1][found.codes]

    def _published(self, board: Board, cutoffs: Ints) -> Mapping[int, Edition]:
        instants = np.unique(published_at(cutoffs, board.every))
        kept = self._editions.setdefault(board, {})
        missing = np.array([each for each in instants.tolist() if each not in kept], np.int64)
        if not len(missing):
            return kept
        made = dict(zip(missing.tolist(), editions(board, self._crowd, missing), strict=True))
        if len(kept) + len(made) > KEPT:
            # A request may still read from the old ones.
            kept = self._editions[board] = {at: kept[at] for at in instants.tolist() if at in kept}
        kept |= made
        return kept


class Wider(Mapping[str, Column]):
    """The columns of a table, and those that boards add, which are made when they are read.

    Only the table's own columns are counted and walked through.
    """

    def __init__(
        self, columns: Mapping[str, Column], more: Mapping[str, Callable[[], Number]]
    ) -> None:
        self._columns = columns
        self._more = more
        self._made: dict[str, Number] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._more:
            return self._columns[name]
        if name not in self._made:
            self._made[name] = self._more[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def related(
    partitions: Iterable[Partition], called: Callable[[int | str], str] = str
) -> list[Partition]:
    """Let the customers of partitions read boards of one another.

    Parameters
    ----------
    partitions : iterable of Partition
        All customers: what is left out is on no board.
    called : callable
        Text by which events name a customer, from the id.

    Returns
    -------
    list of Partition
        The same, sharing one set of boards. Nothing is published before a feature reads it.
    """
    return list(Boards(partitions, called).partitions)


def _taken(column: Number, places: Ints) -> Number:
    values = np.append(column.values, 0)[places]
    there = np.append(
        np.ones(len(column.values), np.bool_) if column.present is None else column.present, False
    )[places]
    return Number(values, None if there.all() else there, column.scale)


def _answered(turns: Turns, mine: Ints, theirs: Ints) -> Ints:
    wanted = theirs * len(turns.places) + mine
    pairs, times = turns.padded
    place = np.searchsorted(pairs, wanted)
    there = (pairs[place] == wanted) & (mine != NOBODY) & (theirs != NOBODY)
    return np.where(there, times[place], 0)
