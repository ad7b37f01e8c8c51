"""The events that one group of features reads, with the segments and sums they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, TypeVar, cast

import numpy as np

from features.arrays import Bools, Ints
from features.compiled import compiled
from features.conditions import Condition
from features.errors import ContractError, Violation
from features.segments import Category, Events, Number, Spine
from features.windows import Window, feature_bounds, visible_ends

T = TypeVar("T")
_ROOM: Final = 2**63


@dataclass(frozen=True, eq=False)
class Segments:
    """Ranges of event positions ``[start, end)``, int64: (r,), or (w, r) for w windows."""

    starts: Ints
    ends: Ints

    @cached_property
    def lengths(self) -> Ints:
        """Events in each segment."""
        return self.ends - self.starts


@dataclass(frozen=True, eq=False)
class Stream:
    """Visible events of one table and condition, seen from the rows of a spine.

    Each customer's visible events at a cutoff must be the first ones in the order of the events:
    `kernel.views` sees to it.

    Parameters
    ----------
    whole : Events
        Events of the table, or of the stream that this one narrows.
    spine : Spine
        Rows.
    table : str
        Name of the table, for messages.
    windows : tuple of Window
        Windows that will be asked for: their segments are found in one pass.
    """

    whole: Events
    spine: Spine
    table: str = "events"
    windows: tuple[Window, ...] = ()
    _wider: Stream | None = None
    _mask: Bools | None = None
    _made: dict[object, object] = field(default_factory=dict, repr=False)

    def narrowed(self, where: tuple[Condition, ...]) -> Stream:
        """Return the stream of the events for which every condition holds."""
        if not where:
            return self
        mask = holding(self.whole, where)
        return Stream(self.whole, self.spine, self.table, self.windows, self, mask)

    @cached_property
    def events(self) -> Events:
        """Events that count, those after the cutoff of a row included."""
        if self._mask is None:
            return self.whole
        return self.whole.take(np.flatnonzero(self._mask), self._ranks[self.whole.offsets])

    @cached_property
    def lows(self) -> Ints:
        """First event of each row's customer, (r,)."""
        return self.events.offsets[self.spine.customer]

    @cached_property
    def visible(self) -> Ints:
        """End of the visible events of each row, (r,)."""
        if self._wider is not None:
            return self._ranks[self._wider.visible]
        highs = self.events.offsets[self.spine.customer + 1]
        events = self.events
        return visible_ends(
            events.occurred_at, events.known_at, self.lows, highs, self.spine.cutoff
        )

    def segments(self, window: Window) -> Segments:
        """Return the segment of every row for a window, (r,)."""
        many = self.stretches((window,))
        return Segments(many.starts[0], many.ends[0])

    def stretches(self, windows: tuple[Window, ...]) -> Segments:
        """Return the segments of every row for windows, (w, r)."""
        made = self._made.get(windows)
        if not isinstance(made, Segments):
            made = self._made[windows] = self._found(windows)
        return made

    def kept(self, key: object, make: Callable[[], T]) -> T:
        """Return what several aggregates share, made once; the key must be theirs alone."""
        if key not in self._made:
            self._made[key] = make()
        return cast(T, self._made[key])

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

    def sums(self, column: str) -> Ints:
        """Return the exact sums of a measure before each event, (n + 1,), in its smallest units.

        Raises
        ------
        ContractError
            When the values of one customer could sum to more than 64 bits hold.
        """
        made = self._made.get(("sums", column))
        if not isinstance(made, np.ndarray):
            values = self.number(column).values
            sums, most = _summed(values, self.events.offsets)
            # Far from the bound, rounding cannot matter; near it, the exact sums decide.
            if most > _ROOM / 4:
                self._require_room(column, values)
            made = self._made["sums", column] = sums
        return made

    def presents(self, column: str) -> Ints | None:
        """Count the values of a measure before each event, (n + 1,); None when none is absent."""
        present = self.number(column).present
        if present is None:
            return None
        made = self._made.get(("present", column))
        if not isinstance(made, np.ndarray):
            made = self._made["present", column] = _sums(present)
        return made

    @cached_property
    def _ranks(self) -> Ints:
        """Events of the narrowed stream before each event of the wider one."""
        return _sums(self._mask) if self._mask is not None else np.arange(len(self.whole) + 1)

    def _found(self, windows: tuple[Window, ...]) -> Segments:
        if self._wider is not None:
            wider = self._wider.stretches(windows)
            return Segments(*_ranked(self._ranks, wider.starts, wider.ends))
        places = _places(self.windows, windows)
        if places is not None and windows is not self.windows:
            every = self.stretches(self.windows)
            return Segments(*_chosen(every.starts, every.ends, places))
        bounds = feature_bounds(
            self.events.occurred_at, self.lows, self.visible, self.spine.cutoff, windows
        )
        return Segments(*bounds)

    def _require_room(self, column: str, values: Ints) -> None:
        # Prefix sums over all customers may wrap: differences of them are exact modulo 2**64. What
        # must fit is the sum of one customer, so that a batch refuses what a request refuses.
        most = max(-int(values.min(initial=0)), int(values.max(initial=0)))
        sizes = [abs(value) for value in values.tolist()]
        # Only what a row can see: what comes after its cutoff must not decide.
        for low, high in set(zip(self.lows.tolist(), self.visible.tolist(), strict=True)):
            if sum(sizes[low:high]) >= _ROOM:
                fault = Violation(
                    column,
                    "sums of 64 bits for every customer",
                    f"values as large as {most:,} units",
                    "check the unit of the column, or declare fewer decimals",
                )
                raise ContractError(self.table, "sorted events", [fault])


def holding(events: Events, where: tuple[Condition, ...]) -> Bools:
    """Tell for which events every condition holds, (n,) bool."""
    first, *rest = (each.holds(events.columns[each.column]) for each in where)
    for held in rest:
        first = first & held
    return first


@compiled
def _ranked(ranks: Ints, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    lows, highs = np.empty(starts.shape, np.int64), np.empty(starts.shape, np.int64)
    for window in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            lows[window, row] = ranks[starts[window, row]]
            highs[window, row] = ranks[ends[window, row]]
    return lows, highs


@compiled
def _chosen(starts: Ints, ends: Ints, places: Ints) -> tuple[Ints, Ints]:
    shape = (len(places), starts.shape[1])
    lows, highs = np.empty(shape, np.int64), np.empty(shape, np.int64)
    for window in range(len(places)):
        lows[window] = starts[places[window]]
        highs[window] = ends[places[window]]
    return lows, highs


@compiled
def _summed(values: Ints, offsets: Ints) -> tuple[Ints, float]:
    """Return the sums before each event, and the largest sum of sizes of any customer, rounded."""
    sums = np.empty(len(values) + 1, np.int64)
    sums[0] = 0
    most = 0.0
    for customer in range(len(offsets) - 1):
        sizes = 0.0
        for place in range(offsets[customer], offsets[customer + 1]):
            sums[place + 1] = sums[place] + values[place]
            sizes += abs(float(values[place]))
        most = max(most, sizes)
    return sums, most


def _sums(values: Ints | Bools) -> Ints:
    sums = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=sums[1:])
    return sums


@lru_cache(maxsize=4096)
def _places(every: tuple[Window, ...], wanted: tuple[Window, ...]) -> Ints | None:
    """Return where the wanted windows stand among all; None when one is not there."""
    if not set(wanted) <= set(every):
        return None
    return np.array([every.index(each) for each in wanted], dtype=np.int64)
