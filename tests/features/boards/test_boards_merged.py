"""Boards of customers some of whom turn out to be others, by what was known when."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from features import (
    Catalogue,
    EventTable,
    Spine,
    count,
    distinct,
    instant,
    latest,
    mean,
    total,
    vectors,
)
from features.boards import answers, groups, items, people
from features.boards.boards import related
from features.carriers.duck import load, partitions
from features.feature import Feature
from features.instants import DAY
from features.prove import prove
from features.registers import Identities
from features.segments import Partition
from features.tables import Table

CALLS = EventTable("calls", "id", "at", timezone="UTC", categories=["peer", "topic"])
MERGES = Identities("merges", alias="old", customer="new", known_at="at", timezone="UTC")
LINKED = instant("2024-01-05")
ROWS = [("b", "c", "x"), ("b", "c", "x"), ("a", "c", "x"), ("c", "b", "y"), ("c", "a", "y")]
"""Who calls whom about what; that b is a becomes known on 5 January."""

topics = items(CALLS, "topic", [count(CALLS), distinct(CALLS, "id").named("callers")])
peers = people("peer", [count(CALLS)])
everyone = groups(None, [("total", count(CALLS))])
CASES: dict[str, tuple[Feature, float, float]] = {
    "items": (mean(CALLS, topics["calls_count_ever"], where={"topic": "x"}), 3, 3),
    "buyers": (mean(CALLS, topics["callers"], where={"topic": "x"}), 2, 1),
    "everyone": (latest(CALLS, everyone["members"]), 3, 2),
    "all calls": (latest(CALLS, everyone["calls_count_ever_total"]), 5, 5),
}
"""Of customer a: what it is before the link is known, and after."""
OF_C: dict[str, tuple[Feature, float, float]] = {
    "answers": (total(CALLS, answers(CALLS, "peer", 28)), 3, 6),
    "people": (total(CALLS, peers["calls_count_ever"]), 3, 6),
}
"""Of customer c, who calls b once and a once: that is one person after the link."""


def sources() -> dict[str, pa.Table]:
    times = pa.array([instant("2024-01-02")] * len(ROWS), pa.timestamp("us", "UTC"))
    columns = dict(zip(("id", "peer", "topic"), map(list, zip(*ROWS, strict=True)), strict=True))
    merges = pa.table({"old": ["b"], "new": ["a"], "at": ["2024-01-05"]})
    return {"calls": pa.table({**columns, "at": times}), "merges": merges}


def parts(many: int) -> list[Partition]:
    tables: list[Table] = [CALLS, MERGES]
    whole = many == 1
    return related(
        [load(tables, sources())] if whole else partitions(tables, sources(), parts=many)
    )


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize(
    ("who", "name"), [*(("a", name) for name in CASES), *(("c", name) for name in OF_C)]
)
def test_who_is_who_counts_as_it_was_known(who: str, name: str, many: int) -> None:
    feature, before, after = (CASES | OF_C)[name]
    (part,) = [each for each in parts(many) if who in each.customers.tolist()]
    place = part.customers.tolist().index(who)
    cutoffs = np.array([LINKED, LINKED + DAY])
    found = vectors(Catalogue([feature]), part, Spine(np.full(2, place), cutoffs))
    assert found.columns[feature.name].tolist() == [before, after]


def test_links_that_become_known_later_reach_no_board() -> None:
    catalogue = Catalogue(feature for feature, _, _ in (CASES | OF_C).values())
    proof = prove("calls", [CALLS, MERGES], catalogue, sources(), cutoffs=2)
    assert proof.culprits == ()
