"""What binds measures of the same events to each other: which facts can be true together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from features.feature import Tally
from training.reasons.occasions import Occasions

Facts: TypeAlias = Sequence[float | None]
"""Values of some tallies: None where nobody knows it, nan for null."""

_SLACK: Final = 1e-6

_LESS: Final = {
    *((name, name) for name in ("count", "total", "active_days", "distinct", "largest")),
    ("days_since_first", "days_since_first"),
    *(("days_since", "days_since_first"), ("active_days", "count"), ("distinct", "count")),
    *((name, "largest") for name in ("mean", "median", "smallest")),
}
"""Of events among others: the first is at most the second of the others."""
_MORE: Final = {
    *((name, "days_since") for name in ("days_since", "days_since_first")),
    *((name, "smallest") for name in ("smallest", "mean", "median", "largest")),
}
_COLUMNLESS: Final = ("count", "active_days", "days_since", "days_since_first")
_NULL_IF_NONE: Final = (
    *("days_since", "days_since_first", "mean", "median"),
    *("spread", "largest", "smallest"),
)
_ZERO_IF_NONE: Final = ("count", "active_days", "total", "distinct")
_GAPS: Final = ("days_between", "longest_gap", "irregularity")


@dataclass(frozen=True)
class Bound:
    """What some tallies can only be together.

    Parameters
    ----------
    places : tuple of int
        Which tallies.
    holds : callable
        Of their values, none of them unknown.
    """

    places: tuple[int, ...]
    holds: Callable[..., bool]

    def kept(self, facts: Facts) -> bool:
        """Tell whether facts can be; what is not known may be anything."""
        values = [facts[place] for place in self.places]
        return None in values or self.holds(*values)


def bounds_of(tallies: Sequence[Tally]) -> list[Bound]:
    """Return all bounds among some tallies that follow from what they are.

    Parameters
    ----------
    tallies : sequence of Tally
        Measures; see `training.reasons.occasions.measure_of`.

    Examples
    --------
    >>> from features.builders import count
    >>> found = bounds_of([count("visits", 14), count("visits", 56)])
    >>> all(each.kept([1.0, 3.0]) for each in found), all(each.kept([6.0, 1.0]) for each in found)
    (True, False)
    """
    reads = [Occasions.of(tally) for tally in tallies]
    found = []
    for inner, mine in enumerate(reads):
        if tallies[inner].aggregate.name == "count":
            found.append(Bound((inner,), _whole))
        for outer, theirs in enumerate(reads):
            if inner != outer and mine.table == theirs.table:
                found += _pair(tallies, reads, inner, outer)
    found += [bound for place in range(len(reads)) for bound in _packed(tallies, reads, place)]
    return found + _triples(tallies, reads)


def _pair(
    tallies: Sequence[Tally], reads: Sequence[Occasions], inner: int, outer: int
) -> Iterator[Bound]:
    mine, theirs = tallies[inner], tallies[outer]
    names = (mine.aggregate.name, theirs.aggregate.name)
    if reads[inner].within(reads[outer]):
        full, other = _fullness(names[0]), _fullness(names[1])
        yield Bound((inner, outer), lambda a, b: not (full(a) > 0 > other(b)))
        if mine.column == theirs.column or names[1] in _COLUMNLESS:
            if names in _LESS:
                yield Bound((inner, outer), lambda a, b: not a > b + _SLACK)
            if names in _MORE:
                yield Bound((inner, outer), lambda a, b: not a < b - _SLACK)
    if names[1] in ("days_since", "days_since_first"):
        yield from _placed(reads[inner], reads[outer], names, (inner, outer))


def _placed(
    mine: Occasions, dated: Occasions, names: tuple[str, str], places: tuple[int, int]
) -> Iterator[Bound]:
    """Hold a measure of events against the day of the last, or first, of some."""
    full = _fullness(names[0])
    if dated.narrower(mine):
        yield Bound(places, lambda a, day: not (mine.holds(day) and full(a) < 0))
    if mine.narrower(dated):
        if names[1] == "days_since" and mine.newest >= dated.newest:
            yield Bound(places, lambda a, day: not (mine.oldest < day - _SLACK and full(a) > 0))
        if names[1] == "days_since_first" and mine.oldest <= dated.oldest:
            yield Bound(places, lambda a, day: not (mine.newest >= day and full(a) > 0))


def _packed(tallies: Sequence[Tally], reads: Sequence[Occasions], outer: int) -> Iterator[Bound]:
    """Sums of what is apart are at most what holds it all."""
    whole = tallies[outer]
    if whole.aggregate.name not in ("count", "total"):
        return
    told = set()
    alike = [
        place
        for place, each in enumerate(tallies)
        if place != outer
        and (each.aggregate.name, each.column) == (whole.aggregate.name, whole.column)
        and reads[place].within(reads[outer])
    ]
    for first in alike:
        parts = [first]
        for place in alike:
            if all(reads[place].apart(reads[part]) for part in parts):
                parts.append(place)
        if len(parts) > 1 and (kept := tuple(sorted(parts))) not in told:
            told.add(kept)
            yield Bound((outer, *kept), lambda total, *parts: not sum(parts) > total + _SLACK)


def _triples(tallies: Sequence[Tally], reads: Sequence[Occasions]) -> list[Bound]:
    """Bounds of three measures of the same events."""
    places: dict[tuple[Occasions, str, str], int] = {
        (reads[place], each.aggregate.name, each.column): place
        for place, each in enumerate(tallies)
    }
    found = []
    for (read, name, column), place in places.items():
        count = places.get((read, "count", ""))
        if name == "days_since":
            first, gap = (places.get((read, n, "")) for n in ("days_since_first", "longest_gap"))
            if first is not None and count is not None:
                found.append(Bound((count, place, first), _once))
            if first is not None and gap is not None:
                found.append(Bound((gap, place, first), lambda g, s, f: not g > f - s + _SLACK))
        total = places.get((read, "total", column))
        if name == "mean" and count is not None and total is not None:
            found.append(Bound((place, total, count), _averaged))
    return found


def _fullness(name: str) -> Callable[[float], int]:
    """Return what tells whether there are events (1), none (-1), or nobody knows (0)."""
    if name in _NULL_IF_NONE:
        return lambda value: -1 if math.isnan(value) else 1
    if name in _ZERO_IF_NONE:
        return lambda value: 0 if math.isnan(value) else 1 if value else -1
    if name in _GAPS:
        return lambda value: 0 if math.isnan(value) else 1
    return lambda value: 0


def _whole(value: float) -> bool:
    return math.isnan(value) or (value > -_SLACK and abs(value - round(value)) < _SLACK)


def _once(count: float, since: float, first: float) -> bool:
    return not (count == 1 and abs(since - first) > _SLACK)


def _averaged(mean: float, total: float, count: float) -> bool:
    return math.isnan(mean) or abs(mean * count - total) <= _SLACK * max(1.0, abs(total))
