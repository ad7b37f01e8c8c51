"""What boards say at the instants at which they are published."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Texts, Values
from features.boards.crowd import NOBODY, Crowd
from features.boards.places import Places
from features.boards.pools import POOLS
from features.builders import count
from features.catalogue import Catalogue
from features.feature import Feature
from features.instants import BEGINNING, NEVER
from features.kernel import vectors
from features.links import MEMBERS, Answers, Board, Groups, Items, Mates, People
from features.needs import columns_needed
from features.segments import Number, Partition, Spine
from features.windows import Window, known, within

DECIMALS: Final = 6
"""Decimals that are kept of what is published; of large values fewer, of small ones more."""

_FINEST: Final = 300
"""Decimals at most: more than a float has powers of ten for."""

_MOST: Final = 2.0**40
"""What is published is at most as large, in units of its last decimal: twelve digits.

A sum of 64 bits then has room for eight million events of one customer.
"""


@dataclass(frozen=True, eq=False)
class Published:
    """One board as published at one instant.

    Parameters
    ----------
    places : Places
        Where each of k items, people or groups stands.
    columns : mapping of str to Number
        Fields, (k + 2,) each: what holds for those who are not on the board, and last nothing.
    """

    places: Places
    columns: Mapping[str, Number]


@dataclass(frozen=True, eq=False)
class Membership:
    """Who belonged to which group at one instant.

    Parameters
    ----------
    places : Places
        Where each of c customers stands.
    group : (c + 2,) int64
        Number of each customer's group, `NOBODY` for none; of nobody in the last two.
    """

    places: Places
    group: Ints


@dataclass(frozen=True, eq=False)
class Turns:
    """How often each customer turned to each other one.

    Parameters
    ----------
    places : Places
        Where each customer stands.
    pairs : (k + 1,) int64
        Place of the one who turned, times the number of places, plus that of the other;
        ascending, and last what no pair reaches.
    times : (k + 1,) int64
        How often.
    """

    places: Places
    pairs: Ints
    times: Ints


Edition = Published | Membership | Turns


def size_of(edition: Edition) -> int:
    """Return the bytes of an edition's arrays."""
    if isinstance(edition, Membership):
        return edition.group.nbytes
    if isinstance(edition, Turns):
        return edition.pairs.nbytes + edition.times.nbytes
    # A truth value beside each number.
    return sum(9 * len(each.values) for each in edition.columns.values())


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
    if isinstance(board, Groups):
        return _of_groups(board, crowd, instants)
    if isinstance(board, People):
        made = _of_everyone(board.fields, crowd, instants)
        strange = _made(board.fields, _nobody(crowd.partitions[0]), instants)
        columns = _columns(board.names, made, strange)
        return [
            Published(crowd.places_at(at), each)
            for at, each in zip(instants.tolist(), columns, strict=True)
        ]
    if isinstance(board, Mates):
        (named,) = _of_everyone((board.member,), crowd, instants)
        return [
            Membership(crowd.places_at(at), np.append(_numbered(names)[1], [NOBODY, NOBODY]))
            for at, names in zip(instants.tolist(), named.T, strict=True)
        ]
    return [_turns(board, crowd, at) for at in instants.tolist()]


def _of_items(board: Items, crowd: Crowd, instants: Ints) -> list[Edition]:
    part = crowd.by(board.table, board.column, board.customer)
    made = _made(board.fields, part, instants)
    strange = _made(board.fields, _nobody(part), instants)
    places = _listed(part.customers)
    return [Published(places, each) for each in _columns(board.names, made, strange)]


def _of_groups(board: Groups, crowd: Crowd, instants: Ints) -> list[Edition]:
    fields = tuple(each for _, each in board.fields)
    member = () if board.member is None else (board.member,)
    witnesses = _witnesses(board.member, fields, crowd)
    made = _of_everyone((*fields, *member, *witnesses), crowd, instants)
    named = (
        made[len(fields)] if member else np.full((len(crowd), len(instants)), "", dtype=np.object_)
    )
    if witnesses:
        named[~_there(made[-len(witnesses) :])] = None
    return [
        _pooled(board, [each[:, at] for each in made], named[:, at]) for at in range(len(instants))
    ]


def _there(counts: Sequence[Values]) -> Bools:
    """Tell of whom an event was known, (c, t): who is still to come belongs to no population."""
    return np.asarray(np.any([each > 0 for each in counts], axis=0))


def _witnesses(
    member: Feature | None, fields: Sequence[Feature], crowd: Crowd
) -> tuple[Feature, ...]:
    """Return what tells of whom an event was known, where the group itself does not."""
    if member is not None and not _is_static(member.table, crowd):
        return ()
    read, every = columns_needed(fields), [*crowd.partitions[0].events]
    # Rows without times are there at every cutoff, also those of people who are still to come.
    timed = [name for name in every if not _is_static(name, crowd)]
    return tuple(count(name) for name in [each for each in timed if each in read] or timed or every)


def _is_static(table: str, crowd: Crowd) -> bool:
    times = [part.events[table].occurred_at for part in crowd.partitions]
    return any(map(len, times)) and all(bool(np.all(each == BEGINNING)) for each in times)


def _pooled(board: Groups, made: Sequence[Floats], named: Texts) -> Published:
    names, group = _numbered(named)
    inside = np.flatnonzero(group != NOBODY)
    # Customers ascend within each group, so that sums are made in one order.
    order = inside[np.argsort(group[inside], kind="stable")]
    members = np.bincount(group[inside], minlength=len(names)).astype(np.float64)
    columns = {MEMBERS: _exact(members, 0.0)}
    for field, (how, _), values in zip(board.names[1:], board.fields, made, strict=False):
        pooled = POOLS[how](values[order], group[order], len(names))
        columns[field] = _exact(pooled, math.nan)
    return Published(_listed(names), columns)


def _of_everyone(features: Sequence[Feature], crowd: Crowd, instants: Ints) -> list[Values]:
    """Return features of all customers in their order, (c, t) each."""
    parts = [_made(features, part, instants) for part in crowd.partitions]
    order = np.argsort(np.concatenate(crowd.ranks))
    return [np.concatenate(each)[order] for each in zip(*parts, strict=True)]


def _made(features: Sequence[Feature], part: Partition, instants: Ints) -> list[Values]:
    """Return features of all customers of a partition, (c, t) each."""
    # Under names of their own: fields may be called alike, or as the head of a row is.
    named = Catalogue(each.named(f"field_{place}") for place, each in enumerate(features))
    found = vectors(named, part, Spine.cross(len(part.customers), instants))
    return [values.reshape(-1, len(instants)) for values in found.columns.values()]


def _nobody(part: Partition) -> Partition:
    """Return one customer without events."""
    offsets = np.zeros(2, dtype=np.int64)
    return Partition(
        np.array([""], dtype=object),
        {name: events.take(slice(0, 0), offsets) for name, events in part.events.items()},
        part.boards,
    )


def _columns(
    names: Sequence[str], made: Sequence[Floats], strange: Sequence[Floats]
) -> Iterator[dict[str, Number]]:
    """Give fields at each instant as columns of a board."""
    for at in range(made[0].shape[1]):
        yield {
            name: _exact(values[:, at], float(other[0, at]))
            for name, values, other in zip(names, made, strange, strict=True)
        }


def _exact(values: Floats, strange: float) -> Number:
    """Hold values as exact integers: to the sixth decimal, or so that the largest has 12 digits.

    Where all are below 1, the largest keeps six digits.
    """
    values = np.append(values, [strange, np.nan])
    there = np.isfinite(values)
    held = np.where(there, values, 0.0)
    scale = _scale(float(np.abs(held).max()))
    return Number(np.rint(held * 10.0**scale).astype(np.int64), there, scale)


def _scale(most: float) -> int:
    if most > _MOST / 10**DECIMALS:
        return math.floor(math.log10(_MOST / most))
    zeros = -math.ceil(math.log10(most)) if 0 < most < 1 else 0
    return min(DECIMALS + zeros, _FINEST)


def _listed(names: Sequence[str] | Texts) -> Places:
    return Places({name: place for place, name in enumerate(names)}, len(names))


def _numbered(names: Texts) -> tuple[list[str], Ints]:
    """Number the texts of a column, ascending; None is no text."""
    held = np.array([name is not None for name in names], dtype=np.bool_)
    found, place = np.unique(names[held].astype(str), return_inverse=True)
    numbers = np.full(len(names), NOBODY, dtype=np.int64)
    numbers[held] = place
    return found.tolist(), numbers


def _turns(board: Answers, crowd: Crowd, instant: int) -> Turns:
    pairs, places = [], crowd.places_at(instant)
    for part, ranks in zip(crowd.partitions, crowd.ranks, strict=True):
        events = part.events[board.table]
        others = places.of(events, board.column)
        counts: Bools = known(events.seen_from, instant, events.superseded_at)
        counts &= within(events.occurred_at, instant, Window(board.days)) & places.holds(others)
        pairs.append(ranks[events.owner[counts]] * len(places) + others[counts])
    found, times = np.unique(np.concatenate(pairs), return_counts=True)
    return Turns(places, np.append(found, NEVER), np.append(times, 0))
