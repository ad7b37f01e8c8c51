"""The events that one group of features reads, with the segments and prefix sums they share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from features.arrays import Bools, Ints
from features.errors import ContractError, Violation
from features.ranges import previous_same
from features.segments import Category, Events, Number, Spine
from features.windows import Window, feature_bounds, visible_ends

_ROOM: Final = 2**63


@dataclass(frozen=True, eq=False)
class Segments:
    """A range of event positions ``[start, end)`` for each row, (r,) int64 each."""

    starts: Ints
    ends: Ints

    @cached_property
    def lengths(self) -> Ints:
        """Events in each segment."""
        return self.ends - self.starts

    @classmethod
    def join(cls, many: list[Segments]) -> Segments:
        """Put segments one after the other, so that one pass answers all of them."""
        return cls(
            np.concatenate([each.starts for each in many]),
            np.concatenate([each.ends for each in many]),
        )


@dataclass(frozen=True, eq=False)
class Moments:
    """The distinct instants of a stream, and the gaps between them.

    Parameters
    ----------
    before : (n + 1,) int64
        Distinct instants before each event position.
    ranks : (m,) int64
        Rank of each instant's gap to the one before, among the gaps of its customer.
    lows : (m,) int64
        First instant of each instant's customer.
    ordered : (m,) int64
        Gaps in microseconds, sorted within each customer.
    """

    before: Ints
    ranks: Ints
    lows: Ints
    ordered: Ints


@dataclass(frozen=True, eq=False)
class Stream:
    """Visible events of one table and condition, seen from the rows of a spine.

    Each customer's visible events at a cutoff must be the first ones in the order of the events:
    `kernel.views` sees to it.

    Parameters
    ----------
    events : Events
        Events.
    spine : Spine
        Rows.
    table : str
        Name of the table, for messages.
    """

    events: Events
    spine: Spine
    table: str = "events"
    _made: dict[object, object] = field(default_factory=dict, repr=False)

    @cached_property
    def lows(self) -> Ints:
        """First event of each row's customer."""
        return self.events.offsets[self.spine.customer]

    @cached_property
    def visible(self) -> Ints:
        """End of the visible events of each row."""
        highs = self.events.offsets[self.spine.customer + 1]
        events = self.events
        return visible_ends(
            events.occurred_at, events.known_at, self.lows, highs, self.spine.cutoff
        )

    def segments(self, window: Window) -> Segments:
        """Return the segment of every row for a window."""
        made = self._made.get(window)
        if not isinstance(made, Segments):
            bounds = feature_bounds(
                self.events.occurred_at, self.lows, self.visible, self.spine.cutoff, window
            )
            made = self._made[window] = Segments(*bounds)
        return made

    def number(self, column: str) -> Number:
        """Return a measure."""
        found = self.events.columns[column]
        if not isinstance(found, Number):
            raise TypeError(f"column '{column}' is a category, not a measure")
        return found

    def category(self, column: str) -> Category:
        """Return a category."""
        found = self.events.columns[column]
        if not isinstance(found, Category):
            raise TypeError(f"column '{column}' is a measure, not a category")
        return found

    def sums(self, column: str, segments: Segments) -> Ints:
        """Return the exact sum of a measure over each segment, in its smallest units.

        Raises
        ------
        ContractError
            When the values of one customer could sum to more than 64 bits hold.
        """
        values = self.number(column).values
        if ("sum", column) not in self._made:
            self._require_room(column, values)
        prefix = self._prefix(("sum", column), values)
        return prefix[segments.ends] - prefix[segments.starts]

    def presents(self, column: str, segments: Segments) -> Ints:
        """Count the values of a measure that are not absent in each segment."""
        present = self.number(column).present
        if present is None:
            return segments.lengths
        prefix = self._prefix(("present", column), present)
        return prefix[segments.ends] - prefix[segments.starts]

    @cached_property
    def moments(self) -> Moments:
        """Distinct instants and the gaps between them."""
        times, owner = self.events.occurred_at, self.events.owner
        first = np.ones(len(times), dtype=np.bool_)
        first[1:] = (times[1:] != times[:-1]) | (owner[1:] != owner[:-1])
        owners, at = owner[first], times[first]
        lows = np.searchsorted(owners, owners)
        gaps = np.diff(at, prepend=at[:1])
        # A customer's first instant has no gap; queries never reach it, and 0 keeps ranks small.
        gaps[lows == np.arange(len(at))] = 0
        order = np.lexsort((gaps, owners))
        ranks = np.empty(len(at), dtype=np.int64)
        ranks[order] = np.arange(len(at)) - lows
        return Moments(_prefix_sums(first), ranks, lows, gaps[order])

    def repeats(self, column: str) -> Ints:
        """Return, for each event, one plus the last place of its level within its customer.

        Places count from 0 at the customer's first event; 0 means never before. An absent level
        gets a place past every event, so that it counts as no new level.
        """
        codes, owner = self.category(column).codes, self.events.owner
        low = self.events.offsets[owner]
        previous = previous_same(owner, codes.astype(np.int64))
        longest = int(np.diff(self.events.offsets).max(initial=0))
        places = np.where(previous < 0, 0, previous - low + 1)
        return np.where(codes < 0, longest + 1, places)

    def _require_room(self, column: str, values: Ints) -> None:
        # Prefix sums over all customers may wrap: differences of them are exact modulo 2**64. What
        # must fit is the sum of one customer, so that a batch refuses what a request refuses.
        lengths = np.diff(self.events.offsets)
        most = max(-int(values.min(initial=0)), int(values.max(initial=0)))
        if most * int(lengths.max(initial=0)) < _ROOM:
            return
        sizes = [abs(value) for value in values.tolist()]
        for low, high in pairwise(self.events.offsets.tolist()):
            if sum(sizes[low:high]) >= _ROOM:
                fault = Violation(
                    column,
                    "sums of 64 bits for every customer",
                    f"values as large as {most:,} units",
                    "check the unit of the column, or declare fewer decimals",
                )
                raise ContractError(self.table, "sorted events", [fault])

    def _prefix(self, key: object, values: Ints | Bools) -> Ints:
        made = self._made.get(key)
        if not isinstance(made, np.ndarray):
            made = self._made[key] = _prefix_sums(values)
        return made


def _prefix_sums(values: Ints | Bools) -> Ints:
    sums = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=sums[1:])
    return sums
