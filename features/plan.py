"""What the kernel does for a catalogue, in which order: each thing once, alike things together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from features.aggregates.aggregate import Aggregate
from features.arrays import Floats, Ints
from features.catalogue import Catalogue
from features.conditions import Condition
from features.errors import DefinitionError
from features.feature import Derived, Feature, Tally
from features.links import Link
from features.stream import Asked
from features.windows import Window, Windows


@dataclass(frozen=True, eq=False)
class Group:
    """Tallies that differ in their windows alone; they fill consecutive slots.

    Parameters
    ----------
    aggregate : Aggregate
        How events become values.
    column : str
        Column they read; empty for none.
    asked : Asked
        Their windows.
    slots : slice
        Where their values go.
    """

    aggregate: Aggregate
    column: str
    asked: Asked
    slots: slice


@dataclass(frozen=True, eq=False)
class Part:
    """Groups that read the same events of a table.

    Parameters
    ----------
    where : tuple of Condition
        What events must be to count.
    places : (v,) int64
        Where the windows of the part stand among those of the table.
    groups : tuple of Group
        What is tallied.
    """

    where: tuple[Condition, ...]
    places: Ints
    groups: tuple[Group, ...]


@dataclass(frozen=True, eq=False)
class Source:
    """A table, all windows that are asked of it, its parts, and the slots that they fill.

    With links, its events have columns that boards add.
    """

    table: str
    links: tuple[Link, ...]
    windows: Windows
    parts: tuple[Part, ...]
    slots: slice


@dataclass(frozen=True, eq=False)
class Step:
    """One operation on several features at once; results fill consecutive slots.

    Parameters
    ----------
    compute : callable
        From an array of (k, r) for each input to (k, r).
    constants : (k, c) float64 or None
        What comes before the inputs, for operations that learn from data.
    inputs : (i, k) int64
        Slots, for each of i inputs.
    start : int
        Slot of the first result.
    """

    compute: Callable[..., Floats]
    constants: Floats | None
    inputs: Ints
    start: int


@dataclass(frozen=True, eq=False)
class Plan:
    """The work for one catalogue.

    Parameters
    ----------
    sources : tuple of Source
        What is tallied.
    steps : tuple of Step
        What is derived, after what it is derived from.
    slots : int
        Values of a row, intermediate ones included.
    columns : mapping of str to int
        Slots of the features, by name and in order.
    """

    sources: tuple[Source, ...]
    steps: tuple[Step, ...]
    slots: int
    columns: Mapping[str, int]


@lru_cache(maxsize=256)
def plan_of(catalogue: Catalogue) -> Plan:
    """Plan the work for a catalogue.

    Raises
    ------
    DefinitionError
        When a feature that learns from data has not been fitted.
    """
    slots: dict[Feature, int] = {}
    sources = _sources(catalogue.tallies(), slots)
    steps = _steps(catalogue.derived(), slots)
    columns = {each.name: slots[each] for each in catalogue}
    return Plan(sources, steps, len(slots), columns)


def _sources(tallies: tuple[Tally, ...], slots: dict[Feature, int]) -> tuple[Source, ...]:
    tables: dict[tuple[str, bool], list[Tally]] = {}
    for each in tallies:
        # What reads boards does so edition by edition, and would hold up the rest.
        tables.setdefault((each.table, bool(each.links)), []).append(each)
    return tuple(_source(alike, slots) for alike in tables.values())


def _source(tallies: list[Tally], slots: dict[Feature, int]) -> Source:
    links = tuple(dict.fromkeys(link for each in tallies for link in each.links))
    windows = _ordered(tallies)
    parts: dict[tuple[Condition, ...], list[Tally]] = {}
    for each in tallies:
        parts.setdefault(each.where, []).append(each)
    start = len(set(slots.values()))
    made = tuple(_part(where, alike, windows, slots) for where, alike in parts.items())
    filled = slice(start, len(set(slots.values())))
    return Source(tallies[0].table, links, windows, made, filled)


def _part(
    where: tuple[Condition, ...], tallies: list[Tally], every: Windows, slots: dict[Feature, int]
) -> Part:
    # All events of a table are read with all of its windows, and narrowed to fewer of both.
    windows = _ordered(tallies) if where else every
    alike: dict[tuple[Aggregate, str], list[Tally]] = {}
    for each in tallies:
        alike.setdefault((each.aggregate, each.column), []).append(each)
    # The same windows are one value, by which groups know what they can share.
    known: dict[Windows, Asked] = {}
    groups = []
    for (aggregate, column), group in alike.items():
        wanted = _ordered(group)
        asked = known.setdefault(wanted, Asked(wanted, _places(wanted, windows)))
        start = len(set(slots.values()))
        # The same tally under two names fills one slot.
        slots |= {each: start + wanted.index(each.window) for each in group}
        groups.append(Group(aggregate, column, asked, slice(start, start + len(wanted))))
    return Part(where, _places(windows, every), tuple(groups))


def _ordered(tallies: Iterable[Tally]) -> Windows:
    def key(window: Window) -> tuple[float, float]:
        return window.lag, math.inf if window.days is None else window.days

    return Windows(sorted({each.window for each in tallies}, key=key))


def _places(wanted: Windows, windows: Windows) -> Ints:
    return np.array([windows.index(each) for each in wanted], dtype=np.int64)


def _steps(derived: tuple[Derived, ...], slots: dict[Feature, int]) -> tuple[Step, ...]:
    steps: list[Step] = []
    waiting = list(derived)
    while waiting:
        ready = [each for each in waiting if all(one in slots for one in each.inputs)]
        waiting = [each for each in waiting if each not in set(ready)]
        alike: dict[object, list[Derived]] = {}
        for each in ready:
            key = each.operation, len(_constants(each) or ())
            alike.setdefault(key, []).append(each)
        for group in alike.values():
            start = len(set(slots.values()))
            places = np.array([[slots[one] for one in each.inputs] for each in group]).T
            constants = [_constants(each) for each in group]
            learnt = None if constants[0] is None else np.array(constants, dtype=np.float64)
            steps.append(Step(group[0].operation.compute, learnt, places, start))
            slots |= {each: start + place for place, each in enumerate(group)}
    return tuple(steps)


def _constants(feature: Derived) -> tuple[float, ...] | None:
    if feature.operation.fit is None:
        return None
    if feature.parameters is None:
        fault = f"'{feature.name}' learns from data and has not been fitted; see Catalogue.fit"
        raise DefinitionError("feature", [fault])
    return (*feature.options, *feature.parameters)
