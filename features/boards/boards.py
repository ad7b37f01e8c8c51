"""Boards of some customers: published when a feature first reads them, then kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from features.arrays import Ints, Values
from features.boards.crowd import NOBODY, Crowd
from features.boards.publish import Edition, Membership, Published, Turns, editions
from features.boards.shelf import Shelf
from features.catalogue import Catalogue
from features.links import Link
from features.segments import Column, Events, Number, Partition, Spine
from features.windows import published_at


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
        self._shelf = Shelf(lambda board, instants: editions(board, self._crowd, instants))

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
            self._shelf.editions(link.board, published_at(cutoffs, link.board.every))

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
        of = {link.board: instants[rhythms.index(link.board.every)] for link in links}
        read = {board: self._shelf.editions(board, each) for board, each in of.items()}
        found, inverse = np.unique(instants, axis=1, return_inverse=True)
        # Without rows nothing is read, but every feature still needs its (empty) column.
        for place in range(max(1, found.shape[1])):
            rows = np.flatnonzero(inverse.ravel() == place)
            columns = {
                link.name: self._maker(
                    link,
                    events,
                    customers,
                    read[link.board][int(of[link.board][rows[0]])] if len(rows) else None,
                )
                for link in links
            }
            yield replace(events, columns=Wider(events.columns, columns)), rows

    def _maker(
        self, link: Link, events: Events, customers: Values, edition: Edition | None
    ) -> Callable[[], Number]:
        def make() -> Number:
            if edition is None:
                nothing = np.zeros(len(events), dtype=np.int64)
                return Number(nothing, nothing.astype(np.bool_), 0)
            return self._column(link, events, customers, edition)

        return make

    def _column(self, link: Link, events: Events, customers: Values, edition: Edition) -> Number:
        places = edition.places
        if isinstance(edition, Published):
            # Everyone is one group, or none while nobody is there.
            everyone = np.zeros(len(events), dtype=np.int64)
            column = edition.columns[link.field]
            return _taken(column, places.of(events, link.by) if link.by else everyone)
        own = [places.at(self._crowd.called(each)) for each in customers.tolist()]
        mine = np.array(own, dtype=np.int64)[events.owner]
        theirs = places.of(events, link.by)
        if isinstance(edition, Membership):
            groups = edition.group
            belongs = groups[mine] != NOBODY
            same = (groups[mine] == groups[theirs]) & belongs
            return Number(same.astype(np.int64), belongs, 0)
        return Number(_answered(edition, mine, theirs), None, 0)


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
    there = None if column.present is None else column.present[places]
    whole = there is None or bool(there.all())
    return Number(column.values[places], None if whole else there, column.scale)


def _answered(turns: Turns, mine: Ints, theirs: Ints) -> Ints:
    wanted = theirs * len(turns.places) + mine
    place = np.searchsorted(turns.pairs, wanted)
    there = turns.places.holds(mine) & turns.places.holds(theirs) & (turns.pairs[place] == wanted)
    return np.where(there, turns.times[place], 0)
