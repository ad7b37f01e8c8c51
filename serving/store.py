"""The events of one project's customers, in memory, and the vectors made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np

from features.arrays import Ints
from features.catalogue import Catalogue
from features.errors import DefinitionError, UnknownCustomerError
from features.instants import BEGINNING, DAY, NEVER, instant, iso
from features.kernel import Vectors, vectors
from features.segments import Events, Partition, Spine

Clock = Callable[[], datetime]

_AHEAD: Final = 8
"""Days for which boards are published when a server starts."""


class EventStore:
    """What is stored of the customers of one project.

    Parameters
    ----------
    partition : Partition
        All customers and their events.
    clock : callable
        Returns the present as an aware datetime.

    Attributes
    ----------
    until : str or None
        When the last stored event became known, ISO 8601; None when there is no event.
    """

    def __init__(self, partition: Partition, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self.partition = partition
        self.until = _until(partition)
        self._clock = clock

    def __len__(self) -> int:
        return len(self.partition.customers)

    def position(self, customer: int | str, cutoff: int | None = None) -> int:
        """Return the position of a customer.

        Parameters
        ----------
        customer : int or str
            Id; one that was merged stands for whom it was known to be.
        cutoff : int, optional
            Known when, UTC microseconds; left out, by now.

        Raises
        ------
        UnknownCustomerError
            When nothing is stored of the customer.
        """
        identity = self.partition.identity
        asked = customer
        if identity is not None and not isinstance(customer, bool):
            customer = identity.root_of(customer, NEVER if cutoff is None else cutoff)
        place = self.partition.position(customer)
        if place is None:
            wanted = "texts" if self.partition.customers.dtype == object else "whole numbers"
            came = "a text" if isinstance(customer, str) else "a whole number"
            kind = "" if wanted.endswith(came[2:] + "s") else f"; ids are {wanted}, came {came}"
            # The id that was asked for: another name of the customer is not the asker's to know.
            raise UnknownCustomerError(f"nothing is stored of customer {asked!r}{kind}")
        return place

    def require_consent(self, customer: int | str, place: int, cutoff: int) -> None:
        """Refuse a customer who may not be scored.

        Raises
        ------
        UnknownCustomerError
            When scoring needs consent, and the customer had given none before the cutoff or has
            taken it back since.
        """
        permits = self.partition.permits.get("scoring")
        if permits is not None:
            row = np.array([place], dtype=np.int64)
            if not permits.stood(row, np.array([cutoff], dtype=np.int64))[0]:
                raise UnknownCustomerError(f"customer {customer!r} has not consented to scoring")

    def publish(self, catalogue: Catalogue, as_of: int | None) -> None:
        """Publish what features read of boards, for the coming week or for one instant.

        A request of a later day publishes what it needs, and takes as long as that takes.
        """
        if self.partition.boards is not None:
            first = instant(self._clock()) if as_of is None else as_of
            days = np.arange(1 if as_of is not None else _AHEAD) * DAY
            self.partition.boards.ready(catalogue, first + days)


def _until(partition: Partition) -> str | None:
    last = [int(each.known_at.max()) for each in partition.events.values() if len(each)]
    latest = max(last, default=BEGINNING)
    return None if latest == BEGINNING else iso(latest)


def read_as_of(asked: str | None, present: datetime) -> int:
    """Read the cutoff of a request: the present, or an instant of the past.

    Parameters
    ----------
    asked : str or None
        ISO 8601 with a zone, or None for the present.
    present : datetime
        Aware.

    Returns
    -------
    int
        UTC microseconds.

    Raises
    ------
    DefinitionError
        When the instant is malformed, naive, in the future or before 1900.
    """
    latest = instant(present)
    if asked is None:
        return latest
    moment = instant(asked)
    if not _OLDEST <= moment <= latest:
        fault = (
            f"expected an instant from {iso(_OLDEST)} to the present, {iso(latest)}, got {asked!r}"
        )
        raise DefinitionError("as_of", [fault])
    return moment


_OLDEST = instant("1900-01-01")


def vectors_of(
    partition: Partition, positions: Sequence[int], cutoff: int, catalogue: Catalogue
) -> Vectors:
    """Compute the vectors of some customers as of one cutoff, in the order asked.

    Parameters
    ----------
    partition : Partition
        Their events, and perhaps those of others.
    positions : sequence of int
        Positions of the customers.
    cutoff : int
        UTC microseconds.
    catalogue : Catalogue
        Features.

    Returns
    -------
    Vectors
    """
    cutoffs = np.full(len(positions), cutoff, dtype=np.int64)
    if len(positions) == 1:
        part = partition.of(positions[0])
        return vectors(catalogue, part, Spine(np.zeros(1, dtype=np.int64), cutoffs))
    chosen, rank = np.unique(np.asarray(positions, dtype=np.int64), return_inverse=True)
    part = select(partition, chosen)
    return vectors(catalogue, part, Spine(rank.astype(np.int64), cutoffs))


def select(partition: Partition, positions: Ints) -> Partition:
    """Copy some customers out of a partition.

    Parameters
    ----------
    partition : Partition
        Many customers.
    positions : (k,) int64
        Ascending.
    """
    return Partition(
        partition.customers[positions],
        {name: _select(events, positions) for name, events in partition.events.items()},
        partition.boards,
    )


def _select(events: Events, positions: Ints) -> Events:
    lows, lengths = events.offsets[positions], np.diff(events.offsets)[positions]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    rows = np.repeat(lows - offsets[:-1], lengths) + np.arange(offsets[-1])
    return events.take(rows, offsets)
