"""What boards say at the instants at which they are published."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Texts, Values
from features.boards.crowd import NOBODY, Crowd
from features.builders import count
from features.catalogue import Catalogue
from features.feature import Feature
from features.kernel import vectors
from features.links import MEMBERS, Answers, Board, Groups, Items, Mates, People
from features.segments import Category, Number, Partition, Spine
from features.windows import Window, known, within

DECIMALS: Final = 6
"""Decimals that are kept of what is published, of large values fewer."""

_MOST: Final = 2.0**50
"""What is published is at most as large, in units of its last decimal: sums of it have room."""


@dataclass(frozen=True, eq=False)
class Published:
    """One board as published at one instant.

    Parameters
    ----------
    places : mapping of str to int
        Where each item, person or group stands, by name.
    columns : mapping of str to Number
        Fields, (k + 1,) each: last stands what holds for those who are not on the board.
    """

    places: Mapping[str, int]
    columns: Mapping[str, Number]


@dataclass(frozen=True, eq=False)
class Membership:
    """Who belonged to which group at one instant.

    Parameters
    ----------
    places : mapping of str to int
        Where each customer stands, by name.
    group : (c,) int64
        Number of each customer's group, -1 for none.
    """

    places: Mapping[str, int]
    group: Ints


@dataclass(frozen=True, eq=False)
class Turns:
    """How often each customer turned to each other one.

    Parameters
    ----------
    places : mapping of str to int
        Where each customer stands, by name.
    pairs : (k,) int64
        Place of the one who turned, times the number of customers, plus that of the other;
        ascending.
    times : (k,) int64
        How often.
    """

    places: Mapping[str, int]
    pairs: Ints
    times: Ints

    @cached_property
    def padded(self) -> tuple[Ints, Ints]:
        """Pairs and times, ended by what no pair reaches."""
        last = np.iinfo(np.int64).max
        return np.append(self.pairs, last), np.append(self.times, 0)


Edition = Published | Membership | Turns


def editions(board: Board, crowd: Crowd, instants: Ints) -> list[Edition]:
    """Publish a board at some instants.

    Parameters
    ----------
    board : Board
        What to publish.
    crowd : Crowd
        All customers.
    instants : (t,) int64
        UTC microseconds. Nothing known at an instant or later matters to it.

    Returns
    -------
    list of Published, Membership or Turns
        One for each instant.
    """
    if isinstance(board, Items):
        return _of_items(board, crowd, instants)
    if isinstance(board, People):
        made = _of_everyone(board.fields, crowd, instants)
        strange = _made(Catalogue(board.fields), _nobody(crowd.partitions[0]), instants)
        made = {name: np.concatenate([made[name], strange[name]]) for name in board.names}
        return [
            Published(crowd.names, _columns(made, board.names, at)) for at in range(len(instants))
        ]
    if isinstance(board, Groups):
        return _of_groups(board, crowd, instants)
    if isinstance(board, Mates):
        named = _of_everyone((board.member,), crowd, instants)[board.member.name]
        return [Membership(crowd.names, _numbered(names)[1]) for names in named.T]
    return [_turns(board, crowd, int(instant)) for instant in instants]


def _of_items(board: Items, crowd: Crowd, instants: Ints) -> list[Edition]:
    part = crowd.by(board.table, board.column, board.customer)
    found = _made(Catalogue(board.fields), part, instants)
    strange = _made(Catalogue(board.fields), _nobody(part), instants)
    places = {name: place for place, name in enumerate(part.customers)}
    made = {name: np.concatenate([found[name], strange[name]]) for name in board.names}
    return [Published(places, _columns(made, board.names, at)) for at in range(len(instants))]


def _of_groups(board: Groups, crowd: Crowd, instants: Ints) -> list[Edition]:
    fields = dict.fromkeys(each for _, each in board.fields)
    if board.member is None:
        seen = _tables(fields, crowd)
        witnesses = [count(name).named(f"seen_{place}") for place, name in enumerate(seen)]
        made = _of_everyone((*fields, *witnesses), crowd, instants)
        there = _there(made, [each.name for each in witnesses])
        named = np.full(there.shape, None, dtype=np.object_)
        named[there] = ""
    else:
        # Under a name of its own: a field may be the same feature as the one that names the group.
        member = board.member.named("member_of")
        made = _of_everyone((member, *fields), crowd, instants)
        named = made[member.name]
    return [_pooled(board, made, named[:, at], at) for at in range(len(instants))]


def _there(made: Mapping[str, Values], counts: Sequence[str]) -> Bools:
    """Tell of whom an event was known, (c, t): who is still to come belongs to no population."""
    return np.asarray(np.any([made[name] > 0 for name in counts], axis=0))


def _tables(fields: Mapping[Feature, None], crowd: Crowd) -> list[str]:
    read = Catalogue(fields).columns_read() if fields else {}
    return list(read) or [*crowd.partitions[0].events]


def _pooled(board: Groups, made: Mapping[str, Values], named: Texts, at: int) -> Published:
    names, group = _numbered(named)
    inside = np.flatnonzero(group != NOBODY)
    # Customers ascend within each group, so that sums are made in one order.
    order = inside[np.argsort(group[inside], kind="stable")]
    columns = {MEMBERS: np.bincount(group[inside], minlength=len(names)).astype(np.float64)}
    for field, (how, feature) in zip(board.names[1:], board.fields, strict=True):
        columns[field] = _POOLS[how](made[feature.name][order, at], group[order], len(names))
    places = {name: place for place, name in enumerate(names)}
    strange = {name: 0.0 if name == MEMBERS else math.nan for name in columns}
    return Published(
        places,
        {name: _exact(np.append(values, strange[name])) for name, values in columns.items()},
    )


def _total(values: Floats, group: Ints, many: int) -> Floats:
    here = ~np.isnan(values)
    sums = np.bincount(group[here], weights=values[here], minlength=many)
    return np.where(np.bincount(group[here], minlength=many) > 0, sums, np.nan)


def _mean(values: Floats, group: Ints, many: int) -> Floats:
    held = np.bincount(group[~np.isnan(values)], minlength=many)
    return np.asarray(_total(values, group, many) / np.maximum(held, 1))


def _largest(values: Floats, group: Ints, many: int) -> Floats:
    found = np.full(many, np.nan)
    np.fmax.at(found, group, values)
    return found


def _smallest(values: Floats, group: Ints, many: int) -> Floats:
    found = np.full(many, np.nan)
    np.fmin.at(found, group, values)
    return found


_POOLS: Final[Mapping[str, Callable[[Floats, Ints, int], Floats]]] = {
    "total": _total,
    "mean": _mean,
    "largest": _largest,
    "smallest": _smallest,
}


def _of_everyone(features: Sequence[Feature], crowd: Crowd, instants: Ints) -> Mapping[str, Values]:
    """Return features of all customers in their order, (c, t)."""
    catalogue = Catalogue(features)
    made: dict[str, Values] = {}
    for part, ranks in zip(crowd.partitions, crowd.ranks, strict=True):
        for name, values in _made(catalogue, part, instants).items():
            if name not in made:
                made[name] = np.empty((len(crowd), len(instants)), dtype=values.dtype)
            made[name][ranks] = values
    return made


def _made(catalogue: Catalogue, part: Partition, instants: Ints) -> dict[str, Values]:
    """Return features of all customers of a partition, (c, t)."""
    found = vectors(catalogue, part, Spine.cross(len(part.customers), instants))
    return {name: values.reshape(-1, len(instants)) for name, values in found.columns.items()}


def _nobody(part: Partition) -> Partition:
    """Return one customer without events."""
    offsets = np.zeros(2, dtype=np.int64)
    return Partition(
        np.array([""], dtype=object),
        {name: events.take(slice(0, 0), offsets) for name, events in part.events.items()},
        part.boards,
    )


def _columns(made: Mapping[str, Values], names: Sequence[str], at: int) -> dict[str, Number]:
    return {name: _exact(made[name][:, at]) for name in names}


def _exact(values: Floats) -> Number:
    """Hold values as exact integers: to the sixth decimal, or as finely as a float would."""
    there = np.isfinite(values)
    held = np.where(there, values, 0.0)
    most = float(np.abs(held).max(initial=0.0))
    scale = DECIMALS if most == 0 else min(DECIMALS, math.floor(math.log10(_MOST / most)))
    whole = np.rint(held * 10.0**scale).astype(np.int64)
    return Number(whole, None if there.all() else there, scale)


def _numbered(names: Texts) -> tuple[list[str], Ints]:
    """Number the texts of a column, ascending; None is no text."""
    held = np.array([name is not None for name in names], dtype=np.bool_)
    found, place = np.unique(names[held].astype(str), return_inverse=True)
    numbers = np.full(len(names), NOBODY, dtype=np.int64)
    numbers[held] = place
    return found.tolist(), numbers


def _turns(board: Answers, crowd: Crowd, instant: int) -> Turns:
    pairs = []
    for part, ranks in zip(crowd.partitions, crowd.ranks, strict=True):
        events = part.events[board.table]
        named = events.columns[board.column]
        if not isinstance(named, Category):
            raise TypeError(f"column '{board.column}' is a measure, not a category")
        stand = [*(crowd.names.get(name, NOBODY) for name in named.levels.names), NOBODY]
        others = np.array(stand, dtype=np.int64)[named.codes]
        counts: Bools = known(events.seen_from, instant, events.superseded_at)
        counts &= within(events.occurred_at, instant, Window(board.days)) & (others != NOBODY)
        pairs.append(ranks[events.owner[counts]] * len(crowd) + others[counts])
    found, times = np.unique(np.concatenate(pairs), return_counts=True)
    return Turns(crowd.names, found, times.astype(np.int64))
