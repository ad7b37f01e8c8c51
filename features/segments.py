"""Sorted events of many customers, as the kernel reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from features.arrays import Bools, Codes, Ints, Texts, Values
from features.identity import Identity
from features.permits import Permits

if TYPE_CHECKING:
    from features.boards.boards import Boards


@dataclass(frozen=True, eq=False)
class Number:
    """A measure: exact integers of ``10 ** -scale`` units.

    Parameters
    ----------
    values : (n,) int64
        Values; 0 where absent.
    present : (n,) bool or None
        Where a value stands; None when none is absent.
    scale : int
        Decimals.
    """

    values: Ints
    present: Bools | None
    scale: int


class Levels:
    """The distinct values of a category, in a fixed order.

    Parameters
    ----------
    names : (k,) object
        Texts; the code of a level is its position.
    """

    def __init__(self, names: Texts) -> None:
        self.names = names

    @cached_property
    def codes(self) -> dict[str, int]:
        """Code of each level."""
        return {name: code for code, name in enumerate(self.names)}

    @cached_property
    def lists(self) -> dict[str, int]:
        """Codes of lists of levels, as texts, in the order in which they were met."""
        return {}

    @cached_property
    def _padded(self) -> Texts:
        # What is absent has the code -1, which is the last place.
        return np.append(self.names, [None]).astype(object)

    def texts(self, codes: Codes) -> Texts:
        """Turn codes of any shape into texts, with None for -1."""
        return self._padded[codes]


@dataclass(frozen=True, eq=False)
class Category:
    """A category: a code into its levels for each event, -1 where absent."""

    codes: Codes
    levels: Levels


Column = Number | Category


class Taken(Mapping[str, Column]):
    """Columns of some events, each taken out when it is first read.

    Parameters
    ----------
    columns : mapping of str to Column
        Columns of all events.
    rows : (k,) int64 or slice
        Positions to keep.
    """

    def __init__(self, columns: Mapping[str, Column], rows: Ints | slice) -> None:
        self._columns = columns
        self._rows = rows
        self._made: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._made:
            self._made[name] = take(self._columns[name], self._rows)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


@dataclass(frozen=True, eq=False)
class Events:
    """Events of one table, sorted by customer, then by time.

    Events of customer ``i`` stand at positions ``[offsets[i], offsets[i + 1])``.

    Parameters
    ----------
    offsets : (customers + 1,) int64
        First position of each customer.
    occurred_at, known_at : (n,) int64
        The two clocks in UTC microseconds; the same array when they never differ.
    columns : mapping of str to Column
        The other columns, each (n,).
    superseded_at : (n,) int64 or None
        When a later version of the event took its place; None when no event has versions.
    linked_at : (n,) int64 or None
        When it was known that the event is this customer's; None when no ids were merged.
    """

    offsets: Ints
    occurred_at: Ints
    known_at: Ints
    columns: Mapping[str, Column] = field(default_factory=dict)
    superseded_at: Ints | None = None
    linked_at: Ints | None = None

    def __len__(self) -> int:
        return len(self.occurred_at)

    @cached_property
    def owner(self) -> Ints:
        """Customer position of every event, (n,) int64."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    @cached_property
    def seen_from(self) -> Ints:
        """When the customer's vectors may first see each event, (n,) int64."""
        if self.linked_at is None:
            return self.known_at
        return np.maximum(self.known_at, self.linked_at)

    @cached_property
    def knowledge_ascends(self) -> bool:
        """Whether what is known of each customer at a cutoff is the first of the events."""
        if self.superseded_at is not None:
            return False
        if self.known_at is self.occurred_at:
            return True
        falls = self.known_at[1:] < self.known_at[:-1]
        return not bool(np.any(falls & (self.owner[1:] == self.owner[:-1])))

    def where(self, mask: Bools) -> Events:
        """Keep the events of a mask, (n,) bool."""
        ranks = np.zeros(len(mask) + 1, dtype=np.int64)
        np.cumsum(mask, out=ranks[1:])
        return self.take(np.flatnonzero(mask), ranks[self.offsets])

    def of(self, customer: int) -> Events:
        """Return one customer's events as views, with that customer as position 0."""
        low, high = int(self.offsets[customer]), int(self.offsets[customer + 1])
        return self.take(slice(low, high), np.array([0, high - low], dtype=np.int64))

    def take(self, rows: Ints | slice, offsets: Ints) -> Events:
        """Keep the events at some positions, which stand at new offsets; columns follow lazily."""
        occurred_at = self.occurred_at[rows]
        same = self.known_at is self.occurred_at
        return Events(
            offsets=offsets,
            occurred_at=occurred_at,
            known_at=occurred_at if same else self.known_at[rows],
            columns=Taken(self.columns, rows),
            superseded_at=None if self.superseded_at is None else self.superseded_at[rows],
            linked_at=None if self.linked_at is None else self.linked_at[rows],
        )


@dataclass(frozen=True, eq=False)
class Partition:
    """Some customers and all of their events in every table.

    Parameters
    ----------
    customers : (c,) int64 or object
        Ids, ascending, each once.
    events : mapping of str to Events
        By table; offsets follow ``customers``.
    identity : Identity or None
        Who is who; None when no ids were merged.
    permits : mapping of str to Permits
        What customers agreed to, by use; a use that is left out needs no consent.
    boards : Boards or None
        What is published of all customers, for features that read it; see `features.boards`.
    """

    customers: Values
    events: Mapping[str, Events]
    boards: Boards | None = None
    identity: Identity | None = None
    permits: Mapping[str, Permits] = field(default_factory=dict)

    @cached_property
    def persons(self) -> Ints:
        """Position of whom each customer is by everything known, mostly its own; (c,) int64."""
        if self.identity is None:
            return np.arange(len(self.customers))
        return self.identity.persons(self.customers)

    def of(self, customer: int) -> Partition:
        """Return the partition of one customer, by position."""
        return Partition(
            customers=self.customers[customer : customer + 1],
            events={name: events.of(customer) for name, events in self.events.items()},
            boards=self.boards,
        )

    def position(self, customer: int | str) -> int | None:
        """Return the position of a customer id, or None when it is not here.

        Whole numbers of numpy are ids too; truth values and fractions are nobody's.
        """
        if isinstance(customer, np.integer):
            customer = int(customer)
        wanted = str if self.customers.dtype == object else int
        if not isinstance(customer, wanted) or isinstance(customer, bool):
            return None
        place = int(np.searchsorted(self.customers, customer))
        found = place < len(self.customers) and self.customers[place] == customer
        return place if found else None


@dataclass(frozen=True, eq=False)
class Spine:
    """The rows to be made: pairs of a customer and a cutoff.

    Parameters
    ----------
    customer : (r,) int64
        Position in the partition's customers.
    cutoff : (r,) int64
        UTC microseconds.
    """

    customer: Ints
    cutoff: Ints

    def __len__(self) -> int:
        return len(self.customer)

    @classmethod
    def cross(cls, customers: int, cutoffs: Ints) -> Spine:
        """Pair every customer with every cutoff, by customer and then by cutoff.

        Examples
        --------
        >>> Spine.cross(2, np.array([10, 20])).cutoff
        array([10, 20, 10, 20])
        """
        return cls(
            customer=np.repeat(np.arange(customers), len(cutoffs)),
            cutoff=np.tile(np.asarray(cutoffs, dtype=np.int64), customers),
        )

    @classmethod
    def everyone(cls, partition: Partition, cutoffs: Sequence[int] | Ints) -> Spine:
        """Pair every customer of a partition with every cutoff at which it is nobody's alias."""
        moments = np.asarray(cutoffs, dtype=np.int64)
        spine = cls.cross(len(partition.customers), moments)
        if partition.identity is None:
            return spine
        return spine.take(partition.identity.somebody(partition.customers, moments).ravel())

    def take(self, rows: Ints | Bools) -> Spine:
        """Keep some rows, by position or by mask."""
        return Spine(self.customer[rows], self.cutoff[rows])


def take(column: Column, rows: Bools | Ints | slice) -> Column:
    """Keep some events of a column."""
    if isinstance(column, Category):
        return Category(column.codes[rows], column.levels)
    present = None if column.present is None else column.present[rows]
    return Number(column.values[rows], present, column.scale)
