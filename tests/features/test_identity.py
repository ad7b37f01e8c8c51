"""Merged ids: at a cutoff, the events of an id are those of whom it was known to be."""

from __future__ import annotations

import numpy as np
import pytest

from features.carriers.duck import partitions
from features.instants import DAY
from features.kernel import Vectors, vectors
from features.segments import Spine
from tests.helpers.compared import differing
from tests.helpers.merged import (
    ALL,
    EVERY,
    MERGES,
    Link,
    drawn_links,
    everything,
    ids_of,
    relabelled,
    root,
    sources_of,
)
from tests.helpers.raw import CUTOFF, NOW, Records

CUTOFFS = [CUTOFF - 9 * DAY, CUTOFF - 2 * DAY, CUTOFF, CUTOFF + 1, CUTOFF + 40 * DAY]


def made(records: Records, links: list[Link], parts: int | None) -> Vectors:
    """All vectors with the links, by customer and cutoff."""
    tables, sources = (*EVERY, MERGES), sources_of(records, links)
    found = [
        vectors(ALL, part, Spine.everyone(part, CUTOFFS))
        for part in partitions(tables, sources, parts=parts, now=NOW)
    ]
    whole = Vectors.concat(found)
    return whole.take(np.lexsort((whole.cutoffs, whole.customers)))


def expected(records: Records, links: list[Link], names: list[int]) -> Vectors:
    """The same without links in the tables: rows are relabelled anew for each cutoff."""
    found = []
    for cutoff in CUTOFFS:
        rows = relabelled(records, links, cutoff)
        who = sorted({root(links, each, cutoff) for each in names})
        # Whoever has no row yet is there by one that nobody sees.
        rows["orders"] += [{"id": each, "at": "2021-07-01T00:00:00Z", "sum": 1.0} for each in who]
        (part,) = partitions(EVERY, sources_of(rows), parts=1, now=NOW, checked=True)
        assert part.customers.tolist() == who
        found.append(vectors(ALL, part, Spine.cross(len(who), np.array([cutoff]))))
    whole = Vectors.concat(found)
    return whole.take(np.lexsort((whole.cutoffs, whole.customers)))


def is_blank(rows: Vectors) -> bool:
    """Nothing is seen of anyone: no event, no attribute."""
    counts = ["visits_count_ever", "orders_count_ever_lag1d", "sales_count_ever"]
    seen = [rows.columns[name].any() for name in counts]
    return not any(seen) and not any(rows.columns["clients_city_latest_ever"].tolist())


@pytest.mark.parametrize(("seed", "several"), [(0, (1, None)), (1, (3,)), (2, (None,))])
def test_vectors_are_those_of_rows_that_are_relabelled_for_each_cutoff(
    seed: int, several: tuple[int | None, ...]
) -> None:
    records, links = everything(seed), drawn_links(seed)
    whole = [made(records, links, parts) for parts in several]
    rows = {row["id"] for each in records.values() for row in each}
    roots = {root(links, each, cutoff) for each in rows for cutoff in CUTOFFS}
    reference = expected(records, links, sorted(ids_of(records, links)))
    for vectors_of in whole:
        # An id of whom nothing is told at any cutoff may be a customer or none.
        assert rows | roots >= set(vectors_of.customers.tolist())
        there = np.isin(reference.customers, vectors_of.customers)
        assert differing(vectors_of, reference.take(there)) == []
        assert is_blank(reference.take(~there))
    # Links were followed at all: somebody is nobody at some cutoffs and a customer at others.
    counts = np.unique(whole[0].customers, return_counts=True)[1]
    assert len(set(counts.tolist())) > 1
