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
    windows : Windows
        By lag, the shortest first.
    start : int
        Slot of the first.
    """

    aggregate: Aggregate
    column: str
    windows: Windows
    start: int


@dataclass(frozen=True, eq=False)
class Source:
    """A table with all windows that are asked of it, and the groups by the events that count.

    With links, its events have columns that boards add.
    """

    table: str
    links: tuple[Link, ...]
    windows: Windows
    parts: tuple[tuple[tuple[Condition, ...], tuple[Group, ...]], ...]


@dataclass(frozen=True, eq=False)
class Step:
    """One operation on several features at once; results fill consecutive slots.

    Parameters
    ----------
    compute : callable
        From an array of (k, r) for each input to (k, r).
    constants : (k, c) float64 or None
        What comes before the inputs, for operations that learn from data.
    inputs : tuple of (k,) int64
        Slots, for each input.
    start : int
        Slot of the first result.
    """

    compute: Callable[..., Floats]
    constants: Floats | None
    inputs: tuple[Ints, ...]
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
    sources = _sources(catalogue.tallies(), slots, {})
    steps = _steps(catalogue.derived(), slots)
    columns = {each.name: slots[each] for each in catalogue}
    return Plan(sources, steps, len(slots), columns)


def _sources(
    tallies: tuple[Tally, ...],
    slots: dict[Feature, int],
    known: dict[frozenset[Window], Windows],
) -> tuple[Source, ...]:
    tables: dict[tuple[str, bool], list[Tally]] = {}
    for each in tallies:
        # What reads boards does so edition by edition, and would hold up the rest.
        tables.setdefault((each.table, bool(each.links)), []).append(each)
    return tuple(_source(alike, slots, known) for alike in tables.values())


def _source(
    tallies: list[Tally], slots: dict[Feature, int], known: dict[frozenset[Window], Windows]
) -> Source:
    parts: dict[tuple[Condition, ...], dict[tuple[Aggregate, str], list[Tally]]] = {}
    for each in tallies:
        groups = parts.setdefault(each.where, {})
        groups.setdefault((each.aggregate, each.column), []).append(each)
    return Source(
        tallies[0].table,
        tuple(dict.fromkeys(link for each in tallies for link in each.links)),
        _ordered(known, (each.window for each in tallies)),
        tuple(
            (where, tuple(_group(alike, slots, known) for alike in groups.values()))
            for where, groups in parts.items()
        ),
    )


def _group(
    alike: list[Tally], slots: dict[Feature, int], known: dict[frozenset[Window], Windows]
) -> Group:
    windows = _ordered(known, (each.window for each in alike))
    start = len(set(slots.values()))
    for each in alike:
        # The same tally under two names fills one slot.
        slots[each] = start + windows.index(each.window)
    first = alike[0]
    return Group(first.aggregate, first.column, windows, start)


def _ordered(known: dict[frozenset[Window], Windows], windows: Iterable[Window]) -> Windows:
    """Order windows; the same windows are the same value, which is quick to look up."""

    def key(window: Window) -> tuple[float, float]:
        return window.lag, math.inf if window.days is None else window.days

    chosen = frozenset(windows)
    return known.setdefault(chosen, Windows(sorted(chosen, key=key)))


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
            inputs = zip(*(each.inputs for each in group), strict=True)
            places = tuple(np.array([slots[one] for one in column]) for column in inputs)
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
