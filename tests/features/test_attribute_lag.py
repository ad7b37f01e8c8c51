"""Changes of attributes that become known late, by every carrier, against a slow reference."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import (
    AttributeTable,
    Catalogue,
    ContractError,
    Identities,
    Spine,
    count,
    days_since,
    earliest,
    latest,
    vectors,
)
from features.append import append, build
from features.carriers.duck import load, partitions
from features.carriers.single import from_records
from features.carriers.tagged import partition_of
from features.contract import check
from features.dictionary import known_words
from features.instants import DAY, instant, iso, micros
from features.kernel import Vectors
from features.prove import prove
from features.tables import EventTable
from tests.helpers.compared import differing
from tests.helpers.tagged import sorted_rows

LAG = 1.5
CUTOFF = instant("2020-06-01")
CUTOFFS = [CUTOFF - DAY, CUTOFF, CUTOFF + 1, CUTOFF + micros(LAG)]
NOW = CUTOFF + 90 * DAY

STEPS = AttributeTable(
    "steps", "id", occurred_at="at", lag=LAG, measures={"limit": "int"}, categories=["tier"]
)
MERGES = Identities("merges", alias="old", customer="new", known_at="at")
ASKED = Catalogue(
    [
        latest(STEPS, "tier"),
        latest(STEPS, "limit"),
        earliest(STEPS, "limit"),
        count(STEPS),
        count(STEPS, 3),
        days_since(STEPS),
    ]
)

Row = dict[str, Any]


def drawn(seed: int) -> list[Row]:
    """Draw changes, many of them at the cutoff less the lag, or a moment beside it."""
    draw = random.Random(seed)
    found = []
    for customer in range(1, 13):
        near = [CUTOFF - micros(LAG) + step for step in (-1, 0, 1)] + [CUTOFF - 1, CUTOFF]
        far = [CUTOFF - quarter * DAY // 4 for quarter in range(1, 30)]
        for at in draw.sample(sorted({*near, *far}), draw.randint(1, 9)):
            tier, limit = draw.choice("abc"), draw.choice([None, 1, 2, 3])
            found.append({"id": customer, "at": iso(at), "tier": tier, "limit": limit})
    return found


def source(rows: list[Row]) -> dict[str, pa.Table]:
    kinds = [("id", pa.int64()), ("at", pa.string()), ("tier", pa.string()), ("limit", pa.int64())]
    return {"steps": pa.Table.from_pylist(rows, pa.schema(kinds))}


def made(whole: Vectors) -> dict[tuple[int, int], list[Any]]:
    columns = [whole.columns[name].tolist() for name in ASKED.names]
    keys = zip(whole.customers.tolist(), whole.cutoffs.tolist(), strict=True)
    cells = ([None if each != each else each for each in row] for row in zip(*columns, strict=True))
    return dict(zip(keys, cells, strict=True))


def expected(rows: list[Row], cutoff: int) -> list[Any]:
    """Read the rows of one customer from the definition alone: known ``LAG`` days after ``at``."""
    told = [(instant(row["at"]), row) for row in rows]
    seen = sorted(
        ((at, row) for at, row in told if at < cutoff and at + micros(LAG) < cutoff),
        key=lambda pair: pair[0],
    )
    if not seen:
        return [None, None, None, 0, 0, None]
    (first, last), recent = (seen[0][1], seen[-1][1]), [at for at, _ in seen]
    inside = sum(at >= cutoff - 3 * DAY for at in recent)
    ago = (cutoff - recent[-1]) / DAY
    return [last["tier"], last["limit"], first["limit"], len(seen), inside, ago]


def reference(rows: list[Row]) -> dict[tuple[int, int], list[Any]]:
    return {
        (customer, cutoff): expected([row for row in rows if row["id"] == customer], cutoff)
        for customer in {row["id"] for row in rows}
        for cutoff in CUTOFFS
    }


@pytest.mark.parametrize("seed", range(3))
def test_duckdb_reads_a_change_when_it_is_known(seed: int) -> None:
    rows = drawn(seed)
    parts = partitions([STEPS], source(rows), parts=2, now=NOW)
    found = [vectors(ASKED, part, Spine.everyone(part, CUTOFFS)) for part in parts]
    assert made(Vectors.concat(found)) == reference(rows)


def test_posted_records_are_read_as_the_table_is() -> None:
    rows = drawn(3)
    for customer in {row["id"] for row in rows}:
        posted = [row for row in rows if row["id"] == customer]
        part = from_records([STEPS], {"steps": posted}, customer, now=NOW)
        found = vectors(ASKED, part, Spine.everyone(part, CUTOFFS))
        assert made(found) == {(customer, each): expected(posted, each) for each in CUTOFFS}


def test_the_rows_of_spark_are_read_as_the_table_is() -> None:
    rows = drawn(4)
    layout, tagged = sorted_rows([STEPS], source(rows))
    part = partition_of([STEPS], layout, tagged, {})
    assert made(vectors(ASKED, part, Spine.everyone(part, CUTOFFS))) == reference(rows)


def test_kept_vectors_follow_late_changes(tmp_path: Path) -> None:
    rows = drawn(5)
    there = {row["id"]: row for row in rows}
    first = [*there.values()]
    second = [row for row in rows if there[row["id"]] is not row]
    build(ASKED, [STEPS], source(first), CUTOFFS, tmp_path, now=NOW)
    done = append(ASKED, [STEPS], source(first), source(second), tmp_path, now=NOW)
    held = Vectors.concat([done.store.vectors(each) for each in CUTOFFS])
    assert made(held) == reference(rows)
    assert done.kept > 0  # What is not known by a cutoff touches no row of it.


def test_a_merged_customer_has_the_late_changes_of_its_aliases() -> None:
    rows, linked = drawn(6), CUTOFF - DAY // 2
    links = pa.table({"old": [2], "new": [1], "at": [iso(linked)]})
    part = load([STEPS, MERGES], {**source(rows), "merges": links}, now=NOW)
    found = made(vectors(ASKED, part, Spine.everyone(part, CUTOFFS)))
    for cutoff in CUTOFFS:
        both = [row for row in rows if row["id"] == 1 or (row["id"] == 2 and linked < cutoff)]
        assert found[1, cutoff] == expected(both, cutoff)
        assert ((2, cutoff) in found) == (linked >= cutoff)


def test_a_lag_is_the_same_as_a_column_of_knowledge() -> None:
    rows = drawn(7)
    table = AttributeTable("steps", "id", "at", "known", measures={"limit": "int"},
                           categories=["tier"])  # fmt: skip
    told = [{**row, "known": iso(instant(row["at"]) + micros(LAG))} for row in rows]
    one, other = (
        load([table], {"steps": pa.Table.from_pylist(told)}, now=NOW),
        load([STEPS], source(rows), now=NOW),
    )
    first, second = (vectors(ASKED, each, Spine.everyone(each, CUTOFFS)) for each in (one, other))
    assert differing(first, second) == []
    assert np.unique(first.columns["steps_count_ever"]).size > 2


def test_the_contract_asks_for_changes_that_have_happened() -> None:
    rows = drawn(8)
    assert check(STEPS, source(rows)["steps"], now=CUTOFF).rows == len(rows)
    # An announced change needs a known_at; a lag says that it was known after it happened.
    with pytest.raises(ContractError, match="2020-05-22T00:00:00Z"):
        check(STEPS, source(rows)["steps"], now=CUTOFF - 10 * DAY)


def test_the_proof_holds_for_late_changes() -> None:
    rows = drawn(9)
    visits = EventTable("visits", "id", "at")
    sources = {**source(rows), "visits": pa.table({"id": [r["id"] for r in rows],
                                                   "at": [r["at"] for r in rows]})}  # fmt: skip
    proof = prove("late", [visits, STEPS], ASKED, sources, cutoffs=3, customers=6, now=NOW)
    assert proof.proven


def test_the_dictionary_says_when_a_change_is_known() -> None:
    assert known_words(STEPS) == "1.5 days after at"
