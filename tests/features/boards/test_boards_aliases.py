"""What boards say of others whose ids were merged: as it was known when they were published."""

from __future__ import annotations

import pyarrow as pa
import pytest

from features import Catalogue, EventTable, count, distinct, mean
from features.boards import answers, items
from features.boards.boards import related
from features.carriers.duck import partitions
from features.instants import DAY, iso
from features.kernel import vectors
from features.prove import prove
from features.segments import Spine
from tests.helpers.merged import MERGES, Link, drawn_links, everything, merges_of, sources_of
from tests.helpers.raw import CUTOFF, NOW, VISITS

CALLS = EventTable("calls", customer="id", occurred_at="at", categories=["kind", "callee"])


def test_an_item_counts_customers_as_they_were_known() -> None:
    kinds = items(CALLS, "kind", [count(CALLS), distinct(CALLS, CALLS.customer)])
    features = Catalogue([mean(CALLS, kinds[field]) for field in kinds.fields])
    at = [iso(CUTOFF - day * DAY) for day in (9, 8, 7)]
    calls = {"id": [1, 2, 3], "at": at, "kind": ["a"] * 3, "callee": ["1"] * 3}
    links = merges_of([Link(2, 1, CUTOFF + DAY // 2)])
    sources = {"calls": pa.table(calls), "merges": links}
    for parts in (1, None):
        brought = related(partitions([CALLS, MERGES], sources, parts=parts, now=NOW))
        for cutoff, callers in ((CUTOFF, 3), (CUTOFF + DAY, 2)):
            for part in brought:
                found = vectors(features, part, Spine.everyone(part, [cutoff]))
                three, people = (values.tolist() for values in found.columns.values())
                assert three == [3.0] * len(found)
                assert people == [float(callers)] * len(found)


@pytest.mark.parametrize("seed", [1])
def test_boards_see_no_link_of_the_future(seed: int) -> None:
    shops = items(VISITS, "shop", [count(VISITS, 28), distinct(VISITS, VISITS.customer, 28)])
    read = [*(shops[field] for field in shops.fields), answers(VISITS, "aisle", 28)]
    features = Catalogue([mean(VISITS, column) for column in read])
    sources = sources_of(everything(seed), drawn_links(seed))
    few = {name: sources[name] for name in ("visits", "merges")}
    found = prove("m", [VISITS, MERGES], features, few, cutoffs=2, customers=6, seed=seed, now=NOW)
    assert found.proven
