"""The laws of vectors hold on Spark: the bits of DuckDB's carrier, from every kind of source."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from features.boards import items
from features.builders import count, mean
from features.carriers.duck import partitions
from features.carriers.spark import vectors as on_spark
from features.catalogue import Catalogue
from features.errors import DefinitionError
from features.instants import DAY
from features.kernel import Vectors, vectors
from features.segments import Spine
from features.tables import AttributeTable
from tests.helpers.compared import differing
from tests.helpers.onspark import collected
from tests.helpers.raw import (
    CATALOGUE,
    CUTOFF,
    NOW,
    TABLES,
    as_sources,
    drawn_records,
    shuffled,
    with_text_ids,
)

CUTOFFS = [CUTOFF - 3 * DAY, CUTOFF]

Laid = Callable[[Any, Path, Mapping[str, pa.Table]], Mapping[str, Any]]


def in_memory(_: Any, __: Path, tables: Mapping[str, pa.Table]) -> Mapping[str, Any]:
    return tables


def as_parquet(_: Any, room: Path, tables: Mapping[str, pa.Table]) -> Mapping[str, Any]:
    """Two files a table, in folders; times of orders have a type of their own."""
    for name, table in tables.items():
        if name == "orders":
            at = table["at"].cast(pa.timestamp("us", "UTC"))
            table = table.set_column(1, "at", at)
        half = len(table) // 2
        (room / name).mkdir()
        pq.write_table(table.slice(0, half), room / name / "a.parquet")
        pq.write_table(table.slice(half), room / name / "b.parquet")
    return {name: room / name for name in tables}


def as_csv(_: Any, room: Path, tables: Mapping[str, pa.Table]) -> Mapping[str, Any]:
    for name, table in tables.items():
        pc.write_csv(table, room / f"{name}.csv")
    return {name: room / f"{name}.csv" for name in tables}


def as_frames(session: Any, room: Path, tables: Mapping[str, pa.Table]) -> Mapping[str, Any]:
    found = as_parquet(session, room, tables)
    return {name: session.read.parquet(str(folder)) for name, folder in found.items()}


def as_mixed(session: Any, room: Path, tables: Mapping[str, pa.Table]) -> Mapping[str, Any]:
    files, frames = as_csv(session, room, tables), as_frames(session, room, tables)
    return {**tables, "visits": files["visits"], "tiers": frames["tiers"]}


def on_duck(sources: Mapping[str, Any]) -> Vectors:
    made = [
        vectors(CATALOGUE, part, Spine.cross(len(part.customers), np.array(CUTOFFS)))
        for part in partitions(TABLES, sources, now=NOW)
    ]
    whole = Vectors.concat(made)
    return whole.take(np.lexsort((whole.cutoffs, whole.customers)))


@pytest.mark.parametrize(
    ("seed", "laid", "parts", "text"),
    [
        (11, in_memory, 1, False),
        (12, as_parquet, 3, True),
        (13, as_csv, 2, False),
        (14, as_mixed, None, True),
    ],
)
def test_vectors_have_the_bits_of_duckdb(
    session: Any, tmp_path: Path, seed: int, laid: Laid, parts: int | None, text: bool
) -> None:
    records = drawn_records(seed)
    tables = as_sources(with_text_ids(records) if text else records)
    sources = laid(session, tmp_path, tables)
    frame = on_spark(session, TABLES, sources, CATALOGUE, CUTOFFS, parts=parts, now=NOW)
    made = collected(frame)
    assert len(made) == 24
    assert differing(made, on_duck(tables)) == []


def test_the_order_of_raw_rows_changes_no_bit(session: Any) -> None:
    records = drawn_records(16)
    made = [
        on_spark(session, TABLES, as_sources(each), CATALOGUE, CUTOFFS, parts=2, checked=True)
        for each in (records, shuffled(records, 1))
    ]
    assert differing(*map(collected, made)) == []


def test_customers_without_events_and_empty_tables(session: Any) -> None:
    records = drawn_records(17)
    records["orders"] = []
    records["visits"] = [row for row in records["visits"] if row["id"] % 2]
    records["clients"] = [{"id": 99, "age": None, "city": "x"}]
    sources = as_sources(records)
    made = collected(on_spark(session, TABLES, sources, CATALOGUE, [CUTOFF], parts=3, checked=True))
    assert 99 in made.customers
    part = next(partitions(TABLES, sources, parts=1, checked=True))
    spine = Spine.cross(len(part.customers), np.array([CUTOFF]))
    assert differing(made, vectors(CATALOGUE, part, spine)) == []


def test_no_customers_make_no_rows(session: Any) -> None:
    empty = as_sources({name: [] for name in drawn_records(0)})
    frame = on_spark(session, TABLES, empty, CATALOGUE, [CUTOFF], checked=True)
    assert len(collected(frame)) == 0


def test_a_task_that_dies_is_run_again_and_gives_the_same_rows(
    session: Any, tmp_path: Path
) -> None:
    tables = as_sources(drawn_records(18))
    frames = dict(as_frames(session, tmp_path, tables))
    died = str(tmp_path / "died")

    def dying_once(batches: Any) -> Any:
        for batch in batches:
            if not os.path.exists(died):  # noqa: PTH110  names of the module stay on the driver
                os.close(os.open(died, os.O_CREAT))
                os.kill(os.getpid(), 9)
            yield batch

    visits = frames["visits"]
    frames["visits"] = visits.mapInArrow(dying_once, visits.schema)
    frame = on_spark(session, TABLES, frames, CATALOGUE, CUTOFFS, parts=2, checked=True)
    assert not Path(died).exists()
    assert differing(collected(frame), on_duck(tables)) == []
    assert Path(died).exists()


def test_ids_of_two_kinds_are_refused(session: Any) -> None:
    tables = as_sources(drawn_records(19))
    clients = tables["clients"].set_column(0, "id", tables["clients"]["id"].cast(pa.string()))
    with pytest.raises(DefinitionError, match=r"'visits' has whole numbers \(id\).* 'clients' has"):
        on_spark(session, TABLES, tables | {"clients": clients}, CATALOGUE, [CUTOFF], checked=True)


def test_what_is_known_of_others_is_refused(session: Any) -> None:
    visits = TABLES[0]
    popular = items(visits, "shop", [count(visits, 28)])
    catalogue = Catalogue([mean(visits, popular["visits_count_28d"], 91)])
    tables = as_sources(drawn_records(20))
    with pytest.raises(DefinitionError, match=r"reads 'shop.visits_count_28d', .*leave it out on"):
        on_spark(session, TABLES, tables, catalogue, [CUTOFF], checked=True)


def test_what_cannot_be_asked_is_told(session: Any) -> None:
    sources = {"clients": pa.table({"id": [1]})}
    clients = [AttributeTable("clients", "id", static=True)]
    with pytest.raises(DefinitionError, match="expected at least one cutoff, got none"):
        on_spark(session, clients, sources, Catalogue([]), [])
    with pytest.raises(DefinitionError, match="parts must be 1 or more, got 0"):
        on_spark(session, clients, sources, Catalogue([]), [CUTOFF], parts=0)
    with pytest.raises(DefinitionError, match="table 'clients' has no source"):
        on_spark(session, clients, {}, Catalogue([]), [CUTOFF])
