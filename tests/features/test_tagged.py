from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from features.carriers.duck import load
from features.carriers.tagged import Layout, chunks, groups, partition_of
from features.kernel import Vectors, vectors
from features.segments import Spine
from features.tables import EventTable
from tests.helpers.compared import assert_same_partition, differing
from tests.helpers.raw import (
    CATALOGUE,
    CUTOFF,
    NOW,
    TABLES,
    as_sources,
    batch,
    drawn_records,
    with_text_ids,
)
from tests.helpers.tagged import sorted_rows


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("text", [False, True])
def test_sorted_rows_make_the_partition_of_duckdb(seed: int, text: bool) -> None:
    records = drawn_records(seed)
    sources = as_sources(records if not text else with_text_ids(records))
    layout, rows = sorted_rows(TABLES, sources)
    made = partition_of(TABLES, layout, rows, {})
    assert_same_partition(made, load(TABLES, sources, now=NOW))


def test_columns_left_out_change_nothing_else() -> None:
    sources = as_sources(drawn_records(4))
    layout, rows = sorted_rows(TABLES, sources)
    wanted = {table.name: set(table.categories) for table in TABLES}
    made = partition_of(TABLES, layout, rows, wanted)
    assert_same_partition(made, load(TABLES, sources, now=NOW, columns=wanted))


@pytest.mark.parametrize(("events", "size"), [(1, 1), (7, 2), (40, 3), (10_000, 5)])
def test_chunks_of_any_size_make_the_vectors_of_one_partition(events: int, size: int) -> None:
    records = drawn_records(5)
    layout, rows = sorted_rows(TABLES, as_sources(records))
    made = []
    for chunk in chunks(rows.to_batches(max_chunksize=3), events):
        for group in groups(chunk, size):
            part = partition_of(TABLES, layout, group, {})
            assert len(part.customers) <= size
            spine = Spine.cross(len(part.customers), np.array([CUTOFF]))
            made.append(vectors(CATALOGUE, part, spine))
    assert differing(Vectors.concat(made), batch(records)) == []


def test_a_customer_with_more_events_than_a_chunk_stays_whole() -> None:
    rows = pa.table({"customer": ["a"] * 9 + ["b"]})
    cut = chunks(rows.to_batches(max_chunksize=2), events=3)
    assert [chunk["customer"].to_pylist() for chunk in cut] == [["a"] * 9, ["b"]]


def test_each_table_keeps_its_own_order_of_columns() -> None:
    one = EventTable("one", "id", "at", measures={"b": "int", "c": "int"}, categories=["a", "d"])
    other = EventTable("other", "id", "at", measures={"a": "int"}, categories=["b"])
    layout = Layout.of([one, other], "BIGINT")
    assert layout.slots == ("VARCHAR", "BIGINT", "BIGINT", "VARCHAR")
    assert layout.places == ({"a": 0, "b": 1, "c": 2, "d": 3}, {"a": 1, "b": 3})
