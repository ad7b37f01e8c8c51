"""What a proof does to the future: it stays future, keeps its contract, and the past stays."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.arrays import Ints
from features.carriers.duck import load
from features.contract import check
from features.instants import DAY, instant, iso, micros
from features.prove.changes import Kind, applies, changed, changed_column
from features.prove.copies import partitions_of
from features.prove.rows import ABSENT, Rows, to_arrow
from features.prove.sample import Sample, sample
from features.prove.scene import Scene, is_future
from features.prove.trials import Trial, version_of
from features.tables import EventTable, Table
from tests.helpers.compared import assert_same_partition, cells
from tests.helpers.raw import CUTOFF, NOW, TABLES, as_sources, drawn_records
from tests.helpers.trading import TABLES as LEAKY
from tests.helpers.trading import world

FAR = instant("2300-01-01")


@cache
def drawn(seed: int = 3, customers: int = 9) -> Sample:
    """A sample of drawn records, and beside it one of the world of the leaks."""
    sources = as_sources(drawn_records(seed, customers=customers))
    return sample(TABLES, sources, cutoffs=5, customers=customers, seed=seed, now=NOW)


@cache
def other() -> Sample:
    return sample(LEAKY, world(2), cutoffs=5, customers=9, seed=1, now=NOW)


def scenes(samples: Sample) -> list[Scene]:
    return [
        Scene(samples, table, int(cutoff), np.random.default_rng(place))
        for place, cutoff in enumerate(samples.cutoffs)
        for table in samples.tables
    ]


def obvious_future(table: Table, row: dict[str, int], cutoff: int, newcomers: Ints) -> bool:
    """Whether a row is future, one at a time."""
    if row[table.customer] in newcomers:
        return True
    if table.occurred_at is None:
        return False
    happened = row[table.occurred_at]
    learnt = row[table.known_at] if table.known_at else happened + micros(table.lag)
    return happened >= cutoff or learnt >= cutoff


def listed(rows: Rows) -> list[dict[str, int]]:
    lists = [cells.tolist() for cells in rows.columns.values()]
    return [dict(zip(rows.columns, row, strict=True)) for row in zip(*lists, strict=True)]


def counted(rows: list[dict[str, int]]) -> Counter[tuple[int, ...]]:
    return Counter(tuple(row.values()) for row in rows)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("samples", [drawn, other], ids=["drawn", "leaky"])
def test_a_change_leaves_the_past_and_stays_in_the_future(samples: Any, kind: Kind) -> None:
    for scene in scenes(samples()):
        rows = scene.sample.rows[scene.table.name]
        now = changed(scene, rows, kind)
        sides: list[list[dict[str, int]]] = [
            [
                row
                for row in listed(each)
                if not obvious_future(scene.table, row, scene.cutoff, scene.sample.newcomers)
            ]
            for each in (rows, now)
        ]
        assert counted(sides[0]) == counted(sides[1])
        some = len(rows) > len(sides[0]) or kind not in (
            *(Kind.ALTER, Kind.DELETE, Kind.MOVE, Kind.LEARN),
        )
        if applies(scene.table, kind) and some:
            assert counted(listed(rows)) != counted(listed(now)), scene.table.name


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("samples", [drawn, other], ids=["drawn", "leaky"])
def test_a_change_keeps_the_contract(samples: Any, kind: Kind) -> None:
    middle = 2 * len(samples().tables)
    for scene in scenes(samples())[middle : middle + len(samples().tables)]:
        levels = scene.sample.levels[scene.table.name]
        now = changed(scene, scene.sample.rows[scene.table.name], kind)
        if len(now):
            check(scene.table, to_arrow(scene.table, now, levels), now=FAR)


def test_every_cell_that_is_altered_is_another_one() -> None:
    for scene in scenes(drawn()):
        rows = scene.sample.rows[scene.table.name]
        future = is_future(scene, rows)
        now = changed(scene, rows, Kind.ALTER)
        for column in scene.cells:
            # Past rows come first, in the order they had.
            assert not np.any(now[column][(~future).sum() :] == rows[column][future])


def test_a_column_changes_alone() -> None:
    seen: set[tuple[str, str]] = set()
    for scene in [*scenes(drawn()), *scenes(other())]:
        table = scene.table
        columns = [each for each in (table.occurred_at, table.known_at, *scene.cells) if each]
        rows = scene.sample.rows[table.name]
        future = is_future(scene, rows)
        for column, gently in ((each, way) for each in columns for way in (True, False)):
            now = changed_column(scene, rows, column, gently=gently)
            old = Rows.join([rows.take(~future), rows.take(future)])
            assert is_future(scene, now)[(~future).sum() :].all()
            unlike = [name for name in rows.columns if not np.array_equal(now[name], old[name])]
            assert unlike in ([], [column])
            seen.update((table.name, name) for name in unlike)
    timed = [table for table in (*TABLES, *LEAKY) if table.occurred_at]
    assert seen == {
        (table.name, column)
        for table in timed
        for column in (table.occurred_at, table.known_at, *table.measures, *table.categories)
        if column
    }


def test_all_at_once_brings_ties_unseen_levels_extremes_and_new_customers() -> None:
    scene = [each for each in scenes(drawn()) if each.table.name == "visits"][3]
    rows = scene.sample.rows["visits"]
    now = changed(scene, rows, Kind.ALL)
    made = now.take(is_future(scene, now))
    known = scene.sample.levels["visits"]["shop"]
    assert {known[code] for code in made["shop"] if code != ABSENT} >= set(known[-3:])
    assert sorted(known)[0] == "\x01"
    assert abs(made["paid"][made["paid"] != ABSENT]).max() > 2**50
    assert ((made["at"] == scene.cutoff) & (made["known"] == scene.cutoff)).any()
    assert ((made["at"] == scene.cutoff - 1) & (made["known"] == scene.cutoff)).any()
    # At the very time of a past event, and known only at the cutoff.
    past = rows.take(~is_future(scene, rows))
    assert np.isin(made["at"][made["known"] == scene.cutoff], past["at"]).any()
    assert set(scene.sample.newcomers) <= set(made["id"])


def test_versions_cut_from_one_reading_are_what_each_alone_would_give() -> None:
    samples = other()
    trials = [Trial(2, kind) for kind in (Kind.DELETE, Kind.ALTER, Kind.NEWCOMERS, Kind.ALL)]
    versions = [lambda each=each: version_of(samples, each) for each in trials]
    for trial, part in zip(trials, partitions_of(samples, versions), strict=True):
        version = version_of(samples, trial)
        sources = {
            table.name: to_arrow(table, version[table.name], samples.levels[table.name])
            for table in samples.tables
        }
        assert_same_partition(part, load(samples.tables, sources, now=FAR))


def test_the_rows_of_a_sample_are_those_that_the_carrier_reads() -> None:
    samples = drawn()
    (part,) = partitions_of(samples, [lambda: samples.rows])
    whole = load(TABLES, as_sources(drawn_records(3, customers=9)), now=NOW)
    assert set(samples.customers) == {str(each) for each in whole.customers}
    for number, name in enumerate(samples.customers):
        mine, theirs = part.of(number), whole.of(whole.customers.tolist().index(int(name)))
        for table in (each.name for each in TABLES):
            assert cells(mine.events[table]) == cells(theirs.events[table])


def test_a_sample_has_customers_of_every_table_and_cutoffs_on_events() -> None:
    records = drawn_records(1, customers=40)
    records["orders"] = [row for row in records["orders"] if row["id"] == 17]
    found = sample(TABLES, as_sources(records), cutoffs=9, customers=6, seed=4, now=NOW)
    assert "17" in found.customers
    assert len(found.customers) == 6
    again = sample(TABLES, as_sources(records), cutoffs=9, customers=6, seed=4, now=NOW)
    assert again.digest() == found.digest()
    fewer = {**found.rows, "tiers": found.rows["tiers"].take(np.arange(3))}
    assert replace(found, rows=fewer).digest() != found.digest()


def test_cutoffs_fall_on_events_on_midnights_and_between() -> None:
    visits = EventTable("visits", customer="id", occurred_at="at")
    at = [iso(CUTOFF + day * DAY + DAY // 3) for day in range(40)]
    source = pa.table({"id": [1] * 40, "at": at})
    found = sample([visits], {"visits": source}, cutoffs=12, customers=1, seed=2, now=NOW)
    on_event = np.isin(found.cutoffs, found.rows["visits"]["at"])
    midnight = found.cutoffs % DAY == 0
    assert (on_event.sum(), midnight.sum(), (~on_event & ~midnight).sum()) == (4, 4, 4)


def test_what_is_added_begins_at_the_very_cutoff() -> None:
    scene = next(each for each in scenes(other()) if each.table.name == "sales")
    rows = scene.sample.rows["sales"]
    added = changed(scene, rows, Kind.ADD)["at"][len(rows) :]
    assert (added == scene.cutoff).sum() == 2 * len(scene.sample.customers)
