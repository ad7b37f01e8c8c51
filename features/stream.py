"""The events that one group of features reads, with the segments and sums they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeAlias, TypeVar, TypeVarTuple

import numpy as np

from features.arrays import Bools, Ints
from features.compiled import compiled
from features.conditions import Condition
from features.errors import ContractError, Violation
from features.segments import Category, Events, Number, Spine
from features.windows import Windows, feature_bounds, visible_ends

T = TypeVar("T")
Keys = TypeVarTuple("Keys")
Measured: TypeAlias = tuple[Ints, Bools, float]
"""Values of a measure, where one stands (empty: everywhere), and how many units make one."""

_ROOM: Final = 2**63
_EVERY: Final = np.zeros(0, dtype=np.int64)
_PRESENT: Final = np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class Asked:
    """Windows that a group of features asks for.

    Parameters
    ----------
    windows : Windows
        By lag, the shortest first.
    places : (w,) int64
        Where they stand among the windows of the stream.
    """

    windows: Windows
    places: Ints


@dataclass(frozen=True, eq=False)
class Stream:
    """Visible events of one table and condition, seen from the rows of a spine.

    Each customer's visible events at a cutoff must be the first ones in the order of the events:
    `kernel.views` sees to it.

    Parameters
    ----------
    whole : Events
        Events of the table.
    spine : Spine
        Rows.
    table : str
        Name of the table, for messages.
    bounds : (2, v, r) int64
        Starts and ends of the segments of every window that will be asked for: ranges
        ``[start, end)`` of positions.
    visible : (r,) int64
        End of the visible events of each row.
    """

    whole: Events
    spine: Spine
    table: str
    bounds: Ints
    visible: Ints
    _counted: Bools | None = None
    _ranks: Ints | None = None
    _made: dict[object, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, events: Events, spine: Spine, windows: Windows, table: str = "events") -> Stream:
        """Find the segments of every row for windows."""
        offsets, times = events.offsets, events.occurred_at
        lows, highs, cutoffs = offsets[spine.customer], offsets[1:][spine.customer], spine.cutoff
        visible = visible_ends(times, events.known_at, lows, highs, cutoffs)
        bounds = feature_bounds(times, lows, visible, cutoffs, windows)
        return cls(events, spine, table, bounds, visible)

    def narrowed(self, where: tuple[Condition, ...], places: Ints) -> Stream:
        """Return the stream of the events for which every condition holds, with some windows."""
        if not where:
            return self
        counts = holding(self.whole, where)
        ranks = np.empty(len(counts) + 1, dtype=np.int64)
        bounds = np.empty((2, len(places), len(self.spine)), dtype=np.int64)
        _rank(counts, self.bounds, places, ranks, bounds)
        visible = ranks[self.visible]
        return Stream(self.whole, self.spine, self.table, bounds, visible, counts, ranks)

    @cached_property
    def events(self) -> Events:
        """Events that count, those after the cutoff of a row included."""
        if self._counted is None or self._ranks is None:
            return self.whole
        return self.whole.take(np.flatnonzero(self._counted), self._ranks[self.whole.offsets])

    @cached_property
    def lows(self) -> Ints:
        """First event of each row's customer, (r,)."""
        return self.events.offsets[self.spine.customer]

    def kept(self, make: Callable[[Stream, *Keys], T], *keys: *Keys) -> T:
        """Return what several aggregates share, made once for the keys."""
        found: T | None = self._made.get((make, keys))
        if found is None:
            found = self._made[make, keys] = make(self, *keys)
        return found

    def number(self, column: str) -> Number:
        """Return a measure."""
        found = self.events.columns[column]
        if not isinstance(found, Number):
            raise TypeError(f"column '{column}' is a category, not a measure")
        return found

    def measured(self, column: str) -> Measured:
        """Return a measure as compiled loops read it."""
        # Nearly every aggregate asks: no more is done than to look the name up.
        found: Measured | None = self._made.get(column)
        if found is None:
            found = self._made[column] = _measured(self.number(column))
        return found

    def category(self, column: str) -> Category:
        """Return a category."""
        found = self.events.columns[column]
        if not isinstance(found, Category):
            raise TypeError(f"column '{column}' is a measure, not a category")
        return found

    def sums(self, column: str) -> Ints:
        """Return the exact sums of a measure before each event, (n + 1,), in its smallest units.

        Raises
        ------
        ContractError
            When the values of one customer could sum to more than 64 bits hold.
        """
        return self.kept(_summed, column)

    def presents(self, column: str) -> Ints:
        """Count the values of a measure before each event, (n + 1,); empty when none is absent."""
        return self.kept(_presents, column)

    def require_room(self, column: str, values: Ints) -> None:
        """Refuse values of which a row's customer could have more than 64 bits hold."""
        # Prefix sums over all customers may wrap: differences of them are exact modulo 2**64. What
        # must fit is the sum of one customer, so that a batch refuses what a request refuses.
        most = max(-int(values.min(initial=0)), int(values.max(initial=0)))
        sizes = [abs(value) for value in values.tolist()]
        # Only what a row can see: what comes after its cutoff must not decide.
        for low, high in set(zip(self.lows.tolist(), self.visible.tolist(), strict=True)):
            if sum(sizes[low:high]) >= _ROOM:
                remedy = "check the unit of the column, or declare fewer decimals"
                # Columns that boards lend are read, but not counted among those of the table.
                if column not in set(self.whole.columns):
                    remedy = (
                        "a board publishes this column: publish something smaller, such as a mean "
                        "or a shorter window; or find the id that stands for many customers"
                    )
                fault = Violation(
                    column,
                    "sums of 64 bits for every customer",
                    f"values as large as {most:,} units",
                    remedy,
                )
                raise ContractError(self.table, "sorted events", [fault])


def _measured(number: Number) -> Measured:
    present = _PRESENT if number.present is None else number.present
    return number.values, present, float(10**number.scale)


def _presents(stream: Stream, column: str) -> Ints:
    _, present, _ = stream.measured(column)
    return _counts(present) if len(present) else _EVERY


def _summed(stream: Stream, column: str) -> Ints:
    values, _, _ = stream.measured(column)
    sums = np.empty(len(values) + 1, dtype=np.int64)
    most = _sum(values, stream.events.offsets, sums)
    # Far from the bound, rounding cannot matter; near it, the exact sums decide.
    if most > _ROOM / 4:
        stream.require_room(column, values)
    return sums


def holding(events: Events, where: tuple[Condition, ...]) -> Bools:
    """Tell for which events every condition holds, (n,) bool."""
    first, *rest = (each.holds(events.columns[each.column]) for each in where)
    for held in rest:
        first = first & held
    return first


@compiled
def _count(marks: Bools, counts: Ints) -> None:
    counts[0] = 0
    for place in range(len(marks)):
        counts[place + 1] = counts[place] + marks[place]


@compiled
def _rank(counts: Bools, wider: Ints, places: Ints, ranks: Ints, bounds: Ints) -> None:
    """Fill in the marks before each event, and segments among what is marked."""
    _count(counts, ranks)
    for window in range(len(places)):
        for row in range(bounds.shape[2]):
            bounds[0, window, row] = ranks[wider[0, places[window], row]]
            bounds[1, window, row] = ranks[wider[1, places[window], row]]


@compiled
def _sum(values: Ints, offsets: Ints, sums: Ints) -> float:
    """Fill in the sums before each event; return the largest sum of sizes of any customer."""
    sums[0] = 0
    most = 0.0
    for customer in range(len(offsets) - 1):
        sizes = 0.0
        for place in range(offsets[customer], offsets[customer + 1]):
            sums[place + 1] = sums[place] + values[place]
            sizes += abs(float(values[place]))
        most = max(most, sizes)
    return most


def _counts(marks: Bools) -> Ints:
    """Count the marks before each event, (n + 1,)."""
    counts = np.empty(len(marks) + 1, dtype=np.int64)
    _count(marks, counts)
    return counts
