"""All customers of some partitions as one, and their events dealt out anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from features.arrays import Codes, Ints
from features.boards.places import Places
from features.calendar import Dated
from features.carriers.arranged import arranged
from features.instants import BEGINNING, NEVER
from features.segments import Category, Column, Events, Levels, Number, Partition
from features.windows import known

NOBODY: Final = -1


@dataclass(frozen=True, eq=False)
class Crowd:
    """All customers of some partitions.

    Parameters
    ----------
    partitions : tuple of Partition
        A customer is in one of them only.
    called : callable
        Text by which events name a customer, from the id.
    """

    partitions: tuple[Partition, ...]
    called: Callable[[int | str], str] = str

    @cached_property
    def ranks(self) -> tuple[Ints, ...]:
        """Place of each partition's customers among all, by id."""
        many = [part.customers for part in self.partitions]
        whole = np.concatenate(many) if many else np.zeros(0, dtype=np.int64)
        ranks = np.empty(len(whole), dtype=np.int64)
        ranks[np.argsort(whole, kind="stable")] = np.arange(len(whole))
        return tuple(np.split(ranks, np.cumsum([len(each) for each in many])[:-1]))

    @cached_property
    def names(self) -> Mapping[str, int]:
        """Place of each customer, by the text of the id."""
        return {
            self.called(customer): rank
            for part, ranks in zip(self.partitions, self.ranks, strict=True)
            for customer, rank in zip(part.customers.tolist(), ranks.tolist(), strict=True)
        }

    def places_at(self, instant: int) -> Places:
        """Places of the customers, by every name that was known before an instant."""
        merged = [part.identity for part in self.partitions if part.identity is not None]
        if not merged:
            return self._places
        names = dict(self.names)
        for identity in merged:
            other = known(identity.since, instant, identity.until)
            other &= np.asarray(identity.alias != identity.root, dtype=np.bool_)
            pairs = zip(identity.alias[other].tolist(), identity.root[other].tolist(), strict=True)
            for alias, root in pairs:
                names[self.called(alias)] = self._places.at(self.called(root))
        return Places(names, len(self))

    @cached_property
    def _places(self) -> Places:
        return Places(self.names, len(self))

    def __len__(self) -> int:
        return sum(len(part.customers) for part in self.partitions)

    def by(self, table: str, column: str, customer: str) -> Partition:
        """Deal out the events of a table by one of its categories.

        Parameters
        ----------
        table, column : str
            Events, and the category that names what takes the place of the customer. Events
            without a name are left out.
        customer : str
            Category under which the customers now stand.

        Returns
        -------
        Partition
            Ids are texts, ascending. Its arrays do not depend on how customers were parted.
        """
        parts = [part.events[table] for part in self.partitions]
        named, owner = _pooled([_category(each, column) for each in parts])
        held = np.flatnonzero(owner != NOBODY)
        rank = np.concatenate(
            [ranks[each.owner] for each, ranks in zip(parts, self.ranks, strict=True)]
        )
        # Of one customer, events keep the order in which they stand.
        place = np.concatenate([np.arange(len(each)) - each.offsets[each.owner] for each in parts])
        occurred_at = np.concatenate([each.occurred_at for each in parts])
        known_at = np.concatenate([each.known_at for each in parts])
        sizes = [len(each) for each in parts]
        superseded = _joined([each.superseded_at for each in parts], NEVER, sizes)
        linked = _joined([each.linked_at for each in parts], BEGINNING, sizes)
        ties = [known_at, rank, place]
        offsets, order = arranged(
            owner[held], occurred_at[held], [each[held] for each in ties], len(named.names)
        )
        order = held[order]
        at = occurred_at[order]
        same = all(each.known_at is each.occurred_at for each in parts)
        columns: dict[str, Column] = {
            name: _joined_column([each.columns[name] for each in parts], order)
            for name in parts[0].columns
            if name != column
        }
        columns[customer] = Category(rank[order].astype(np.int32), self._levels)
        zone = next((each.columns.zone for each in parts if isinstance(each.columns, Dated)), "UTC")
        events = Events(
            offsets=offsets,
            occurred_at=at,
            known_at=at if same else known_at[order],
            columns=Dated(columns, at, zone),
            superseded_at=None if superseded is None else superseded[order],
            linked_at=None if linked is None else linked[order],
        )
        return Partition(named.names, {table: events})

    @cached_property
    def _levels(self) -> Levels:
        names = np.empty(len(self), dtype=object)
        for name, rank in self.names.items():
            names[rank] = name
        return Levels(names)


def _category(events: Events, column: str) -> Category:
    found = events.columns[column]
    if not isinstance(found, Category):
        raise TypeError(f"column '{column}' is a measure, not a category")
    return found


def _pooled(categories: Sequence[Category]) -> tuple[Levels, Codes]:
    """Give categories of several partitions one set of levels."""
    if len(categories) == 1:
        return categories[0].levels, categories[0].codes
    names = sorted({name for each in categories for name in each.levels.names})
    code = {name: place for place, name in enumerate(names)}
    codes = [
        np.array([*(code[name] for name in each.levels.names), NOBODY], dtype=np.int32)[each.codes]
        for each in categories
    ]
    return Levels(np.array(names, dtype=object)), np.concatenate(codes)


def _joined_column(columns: Sequence[Column], order: Ints) -> Column:
    if isinstance(columns[0], Category):
        levels, codes = _pooled([each for each in columns if isinstance(each, Category)])
        return Category(codes[order], levels)
    numbers = [each for each in columns if isinstance(each, Number)]
    values = np.concatenate([each.values for each in numbers])[order]
    if all(each.present is None for each in numbers):
        return Number(values, None, numbers[0].scale)
    present = [
        np.ones(len(each.values), dtype=np.bool_) if each.present is None else each.present
        for each in numbers
    ]
    return Number(values, np.concatenate(present)[order], numbers[0].scale)


def _joined(clocks: Sequence[Ints | None], otherwise: int, sizes: Sequence[int]) -> Ints | None:
    """Join clocks of which some partitions have none."""
    if all(each is None for each in clocks):
        return None
    return np.concatenate(
        [
            np.full(size, otherwise, dtype=np.int64) if each is None else each
            for each, size in zip(clocks, sizes, strict=True)
        ]
    )
