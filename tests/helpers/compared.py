"""Partitions and vectors, compared bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.kernel import Vectors
from features.segments import Category, Events, Number, Partition


def cells(events: Events) -> dict[str, list[Any]]:
    """Return events as lists, with the texts of categories and None for absent cells."""
    held: dict[str, list[Any]] = {
        "owner": events.owner.tolist(),
        "at": events.occurred_at.tolist(),
        "known": events.known_at.tolist(),
    }
    for name, column in events.columns.items():
        if isinstance(column, Number):
            present = [True] * len(events) if column.present is None else column.present
            pairs = zip(column.values, present, strict=True)
            held[name] = [int(value) if there else None for value, there in pairs]
        else:
            names = [*column.levels.names, None]
            held[name] = [names[code] for code in column.codes]
    return held


def assert_same_partition(one: Partition, other: Partition) -> None:
    """Hold every array of two partitions equal, types and memory order included."""
    assert one.customers.dtype == other.customers.dtype
    assert one.customers.tolist() == other.customers.tolist()
    assert list(one.events) == list(other.events)
    for name, events in one.events.items():
        _assert_same_events(events, other.events[name])


def _assert_same_events(events: Events, twin: Events) -> None:
    assert (events.known_at is events.occurred_at) == (twin.known_at is twin.occurred_at)
    clocks = ["offsets", "occurred_at", "known_at"]
    assert (events.superseded_at is None) == (twin.superseded_at is None)
    clocks += [] if events.superseded_at is None else ["superseded_at"]
    pairs: list[tuple[Any, Any]] = [(getattr(events, each), getattr(twin, each)) for each in clocks]
    assert list(events.columns) == list(twin.columns)
    for column, against in zip(events.columns.values(), twin.columns.values(), strict=True):
        if isinstance(column, Category):
            assert isinstance(against, Category)
            assert column.levels.names.tolist() == against.levels.names.tolist()
            assert column.levels.names.dtype == against.levels.names.dtype == object
            pairs.append((column.codes, against.codes))
        else:
            assert isinstance(against, Number)
            assert column.scale == against.scale
            assert (column.present is None) == (against.present is None)
            pairs.append((column.values, against.values))
            if column.present is not None:
                pairs.append((column.present, against.present))
    for left, right in pairs:
        assert left.dtype == right.dtype
        assert left.flags.c_contiguous
        np.testing.assert_array_equal(left, right)


def differing(left: Vectors, right: Vectors) -> list[str]:
    """Return the columns in which two sets of vectors differ in any bit."""
    heads = {"customer": (left.customers, right.customers), "cutoff": (left.cutoffs, right.cutoffs)}
    found = [name for name, (one, other) in heads.items() if one.tolist() != other.tolist()]
    if list(left.columns) != list(right.columns):
        return [*found, "names"]
    for name, values in left.columns.items():
        twin = right.columns[name]
        if values.dtype == object:
            same = twin.dtype == object and values.tolist() == twin.tolist()
        else:
            same = values.dtype == twin.dtype and values.tobytes() == twin.tobytes()
        found += [] if same else [name]
    return found
