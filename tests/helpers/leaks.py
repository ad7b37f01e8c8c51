"""Features that see the future, each in a way of its own, and honest ones that only look so.

They read the tables of `tests.helpers.trading`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from features import Catalogue, count
from features.aggregators import Aggregate
from features.arrays import Bools, Floats, Ints, Values
from features.derived import Operation
from features.feature import Derived, Feature, Tally
from features.instants import DAY
from features.segments import Category, Levels
from features.stream import Asked, Stream
from features.windows import Window, known

Rowwise = Callable[[Stream, str], Values]


def tally(name: str, table: str, rowwise: Rowwise, column: str = "", kind: str = "") -> Tally:
    """Make a feature of a function of a stream and a column."""

    def compute(stream: Stream, column: str, asked: Asked, found: Floats) -> Levels | None:
        found[:] = rowwise(stream, column)
        return stream.category(column).levels if rowwise is next_level else None

    aggregate = Aggregate(name, compute, "A feature of a user's own", "at times", "", kind)
    return Tally(aggregate, table, Window(None), column).named(name)


def _highs(stream: Stream) -> Ints:
    return stream.events.offsets[stream.spine.customer + 1]


def _values(stream: Stream, column: str) -> Floats:
    return stream.number(column).values.astype(np.float64)


def _next(stream: Stream, values: Floats, some: Bools | None = None) -> Values:
    ends = stream.visible
    there = ends < _highs(stream)
    if some is not None:
        there &= some
    found = np.full(len(ends), np.nan)
    found[there] = values[ends[there]]
    return found


def _at_cutoff(stream: Stream) -> tuple[Ints, Bools]:
    """Events that happen at the very cutoff of the rows of their customer."""
    rows, events = [], []
    for row, (low, high) in enumerate(zip(stream.lows, _highs(stream), strict=True)):
        for event in range(low, high):
            if stream.events.occurred_at[event] == stream.spine.cutoff[row]:
                rows.append(row)
                events.append(event)
    return np.array(rows, dtype=np.int64), np.array(events, dtype=np.int64)


def one_past(stream: Stream, column: str) -> Values:
    return _next(stream, _values(stream, column))


def one_past_of_some(stream: Stream, column: str) -> Values:
    return _next(stream, _values(stream, column), (stream.visible - stream.lows) % 3 == 1)


def ignores_knowledge(stream: Stream, column: str) -> Values:
    found = np.zeros(len(stream.spine))
    for row, (low, high) in enumerate(zip(stream.lows, _highs(stream), strict=True)):
        happened = known(stream.events.occurred_at[low:high], int(stream.spine.cutoff[row]))
        found[row] = happened.sum()
    return found


def sum_at_cutoff(stream: Stream, column: str) -> Values:
    found = np.zeros(len(stream.spine))
    rows, events = _at_cutoff(stream)
    np.add.at(found, rows, _values(stream, column)[events])
    return found


def tie_only(stream: Stream, column: str) -> Values:
    found = np.zeros(len(stream.spine))
    found[_at_cutoff(stream)[0]] = 1.0
    return found


def total_of_customer(stream: Stream, column: str) -> Values:
    return (_highs(stream) - stream.lows).astype(np.float64)


def mean_of_all(stream: Stream, column: str) -> Values:
    mean = _values(stream, column).mean() if len(stream.events) else np.nan
    return np.full(len(stream.spine), mean)


def code_as_number(stream: Stream, column: str) -> Values:
    codes = stream.category(column).codes
    found = np.full(len(stream.spine), np.nan)
    some = stream.visible > stream.lows
    found[some] = codes[stream.visible[some] - 1]
    return found


def of_another(stream: Stream, column: str) -> Values:
    """The last value of the customer who comes next."""
    values, offsets = _values(stream, column), stream.events.offsets
    other = (stream.spine.customer + 1) % (len(offsets) - 1)
    found = np.full(len(stream.spine), np.nan)
    some = offsets[other + 1] > offsets[other]
    found[some] = values[offsets[other + 1][some] - 1]
    return found


def last_known(stream: Stream, column: str) -> Values:
    found = np.full(len(stream.spine), np.nan)
    for row, (low, high) in enumerate(zip(stream.lows, _highs(stream), strict=True)):
        if high > low:
            found[row] = stream.events.known_at[low:high].max() / DAY
    return found


def next_level(stream: Stream, column: str) -> Values:
    category = stream.events.columns[column]
    assert isinstance(category, Category)
    found = np.full(len(stream.spine), -1.0)
    there = stream.visible < _highs(stream)
    found[there] = category.codes[stream.visible[there]]
    return found


def rounded_by_the_future(stream: Stream, column: str) -> Values:
    """Sums of binary fractions over everybody: what is to come moves the last bits."""
    sums: Floats = np.concatenate([[0.0], np.cumsum(_values(stream, column) / 7)])
    return np.asarray(sums[stream.visible] - sums[stream.lows], dtype=np.float64)


def people(stream: Stream, column: str) -> Values:
    return np.full(len(stream.spine), float(len(stream.events.offsets) - 1))


def breaks_on_growth(stream: Stream, column: str) -> Values:
    """A table of all levels that the author had met."""
    sizes = {"a": 1.0, "b": 2.0, "é": 3.0, "B": 4.0}
    met = sum(sizes[name] for name in stream.category(column).levels.names)
    return np.full(len(stream.spine), met)


def rank_at_cutoff(stream: Stream, column: str) -> Values:
    """Honest, and no row by itself: the share of rows at the same cutoff with fewer events."""
    counts, cutoffs = stream.visible - stream.lows, stream.spine.cutoff
    found = np.empty(len(counts))
    for cutoff in np.unique(cutoffs):
        rows = cutoffs == cutoff
        found[rows] = np.searchsorted(np.sort(counts[rows]), counts[rows]) / rows.sum()
    return found


def visible_of_all(stream: Stream, column: str) -> Values:
    """Honest: the mean over everything that anyone could know at the cutoff."""
    found = np.full(len(stream.spine), np.nan)
    events, values = stream.events, stream.number(column).values
    for cutoff in np.unique(stream.spine.cutoff):
        past = known(events.occurred_at, int(cutoff)) & known(events.known_at, int(cutoff))
        if past.any():
            found[stream.spine.cutoff == cutoff] = int(values[past].sum()) / int(past.sum())
    return found


def over_all_rows(over: Floats, under: Floats) -> Floats:
    return np.asarray(over - np.sum(under), dtype=np.float64)


def largest_of_life(stream: Stream, column: str) -> Values:
    found = np.full(len(stream.spine), np.nan)
    for row, (low, high) in enumerate(zip(stream.lows, _highs(stream), strict=True)):
        found[row] = stream.number(column).values[low:high].max(initial=0)
    return found


def both_are_huge(one: Floats, other: Floats) -> Floats:
    return ((one > 1e9) & (other > 1e9)).astype(np.float64)


BOTH_ARE_HUGE = Operation("both_huge", both_are_huge, "{0} and {1} are huge", "never", "yes or no")
OVER_ALL_ROWS = Operation("over_all", over_all_rows, "{0} less {1} of all rows", "never", "number")


class Leak(NamedTuple):
    """A feature that sees the future, and its true culprit; no column: the rows themselves."""

    feature: Feature
    table: str
    column: str


LEAKS: Final = (
    Leak(tally("one_past", "sales", one_past, "paid", "measure"), "sales", "paid"),
    Leak(tally("some_rows", "sales", one_past_of_some, "items", "measure"), "sales", "items"),
    Leak(tally("too_early", "orders", ignores_knowledge), "orders", "at"),
    Leak(tally("at_cutoff", "sales", sum_at_cutoff, "paid", "measure"), "sales", "paid"),
    Leak(tally("tie_only", "sales", tie_only), "sales", "at"),
    Leak(tally("whole_life", "sales", total_of_customer), "sales", ""),
    Leak(tally("calls_to_come", "calls", total_of_customer), "calls", ""),
    Leak(tally("grand_mean", "orders", mean_of_all, "sum", "measure"), "orders", "sum"),
    Leak(tally("code", "sales", code_as_number, "shop", "category"), "sales", "shop"),
    Leak(tally("neighbour", "calls", of_another, "minutes", "measure"), "calls", "minutes"),
    Leak(tally("last_known", "calls", last_known), "calls", "known"),
    Leak(tally("people", "orders", people), "", ""),
    Leak(tally("next_tier", "tiers", next_level, "tier", "category"), "tiers", "tier"),
    Leak(tally("rounded", "sales", rounded_by_the_future, "paid", "measure"), "sales", "paid"),
    Leak(tally("breaks", "sales", breaks_on_growth, "shop", "category"), "sales", "shop"),
    Leak(
        Derived(
            BOTH_ARE_HUGE,
            (
                tally("largest_sum", "orders", largest_of_life, "sum", "measure"),
                tally("largest_limit", "tiers", largest_of_life, "limit", "measure"),
            ),
        ).named("only_together"),
        "",
        "",
    ),
    Leak(
        Derived(OVER_ALL_ROWS, (count("orders", 30), count("orders", 30))).named("all_rows"),
        "orders",
        "at",
    ),
)

HONEST: Final[tuple[Feature, ...]] = (
    tally("rank", "sales", rank_at_cutoff),
    tally("rank_of_calls", "calls", rank_at_cutoff),
    tally("known_mean", "calls", visible_of_all, "minutes", "measure"),
    tally("known_mean_of_orders", "orders", visible_of_all, "sum", "measure"),
)

LEAKY: Final = Catalogue([each.feature for each in LEAKS])
