"""What boards say of items, people and groups, against plain loops over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from features import (
    Catalogue,
    DefinitionError,
    largest,
    total,
)
from features.boards import items
from features.boards.boards import related
from features.carriers.duck import load, partitions
from features.carriers.single import from_records
from features.instants import instant
from features.kernel import Vectors, vectors
from features.segments import Partition, Spine
from tests.helpers.compared import differing
from tests.helpers.network import (
    CALLS,
    Network,
    drawn,
)
from tests.helpers.published import CASES, CATALOGUE, CUTOFFS, TABLES


def made(parts: Sequence[Partition]) -> Vectors:
    found = Vectors.concat(
        vectors(CATALOGUE, part, Spine.cross(len(part.customers), CUTOFFS)) for part in parts
    )
    return found.take(np.lexsort((found.cutoffs, found.customers)))


@pytest.mark.parametrize("seed", range(4))
def test_all_equal_plain_loops_over_rows(seed: int) -> None:
    net = drawn(seed)
    found = made(related([load(TABLES, net.sources())]))
    assert found.customers.tolist() == [each for each in net.people for _ in CUTOFFS]
    for name, (feature, reference) in CASES.items():
        wanted = [
            reference(net, int(who), int(cutoff))
            for who, cutoff in zip(found.customers, found.cutoffs, strict=True)
        ]
        assert found.columns[feature.name] == pytest.approx(wanted, nan_ok=True), name
        assert np.isfinite(wanted).sum() > 10, name


def test_the_number_of_partitions_changes_no_bit() -> None:
    net = drawn(9)
    whole = made(related([load(TABLES, net.sources())]))
    parted = related(partitions(TABLES, net.sources(), parts=3))
    assert len(parted) == 3
    assert differing(whole, made(parted)) == []


def test_the_order_of_rows_changes_no_bit() -> None:
    net = drawn(10)
    turned = Network(net.calls[::-1], net.changes[::-1])
    one = made(related([load(TABLES, net.sources())]))
    assert differing(one, made(related([load(TABLES, turned.sources())]))) == []


def test_cutoffs_at_once_equal_one_at_a_time() -> None:
    (part,) = related([load(TABLES, drawn(11).sources())])
    at_once = vectors(CATALOGUE, part, Spine.cross(len(part.customers), CUTOFFS))
    for place, cutoff in enumerate(CUTOFFS):
        (fresh,) = related([part])
        alone = vectors(CATALOGUE, fresh, Spine.cross(len(part.customers), np.array([cutoff])))
        assert differing(at_once.take(np.arange(place, len(at_once), len(CUTOFFS))), alone) == []


def test_one_customer_alone_and_posted_equal_the_batch() -> None:
    net = drawn(12)
    (part,) = related([load(TABLES, net.sources())])
    batch = vectors(CATALOGUE, part, Spine.cross(len(part.customers), CUTOFFS))
    for place, who in enumerate(part.customers.tolist()):
        rows = np.arange(place * len(CUTOFFS), (place + 1) * len(CUTOFFS))
        alone = vectors(CATALOGUE, part.of(place), Spine.cross(1, CUTOFFS))
        assert differing(batch.take(rows), alone) == []
        posted = from_records(TABLES, records(net, who), who, now=instant("2030-01-01"))
        with_boards = Partition(posted.customers, posted.events, part.boards)
        assert (
            differing(batch.take(rows), vectors(CATALOGUE, with_boards, Spine.cross(1, CUTOFFS)))
            == []
        )


def records(net: Network, who: int) -> dict[str, list[dict[str, object]]]:
    """Return one person's rows as they would be posted."""
    posted: dict[str, list[dict[str, object]]] = {}
    for name, table in net.sources().items():
        contract = next(each for each in TABLES if each.name == name)
        rows = [row for row in table.to_pylist() if row.pop(contract.customer) == who]
        posted[name] = [
            {
                key: cell.isoformat() if hasattr(cell, "isoformat") else cell
                for key, cell in row.items()
            }
            for row in rows
        ]
    return posted


def test_an_empty_spine_has_all_columns() -> None:
    (part,) = related([load(TABLES, drawn(13).sources())])
    none = vectors(CATALOGUE, part, Spine(np.zeros(0, np.int64), np.zeros(0, np.int64)))
    assert [*none.columns] == [*CATALOGUE.names]
    assert {len(values) for values in none.columns.values()} == {0}


def test_a_catalogue_is_read_back() -> None:
    assert Catalogue.from_json(CATALOGUE.to_json()) == CATALOGUE


def test_the_dictionary_tells_what_a_board_says() -> None:
    CATALOGUE.check(TABLES)
    told = {row["name"]: row for row in CATALOGUE.dictionary(TABLES)}
    by_topic = told[CASES["items"][0].name]
    assert by_topic["unit"] == "events"
    assert by_topic["description"] == (
        "Mean topic.calls_count_28d of calls in the 56 days before the cutoff; "
        "topic.calls_count_28d is of the topic of the event, by all customers together: Number of "
        "calls in the 28 days before the board"
    )
    assert told[CASES["total"][0].name]["unit"] == "seconds" or told[CASES["total"][0].name]["unit"]
    assert CATALOGUE.columns_read() == {
        "calls": {"seconds", "callee", "topic"},
        "circles": {"circle"},
    }


def test_without_the_others_there_is_no_board() -> None:
    alone = load(TABLES, drawn(1).sources())
    with pytest.raises(DefinitionError, match="bring all of them through"):
        made([alone])


def test_large_values_are_published_as_finely_as_floats() -> None:
    net = drawn(2)
    rich = [replace(each, seconds=10**15 + place) for place, each in enumerate(net.calls)]
    (part,) = related([load(TABLES, Network(rich, net.changes).sources())])
    richest = items(CALLS, "topic", [total(CALLS, "seconds")])["calls_seconds_total_ever"]
    feature = largest(CALLS, richest)
    found = vectors(Catalogue([feature]), part, Spine.cross(len(part.customers), CUTOFFS[2:]))
    wanted = max(
        sum(each.seconds or 0 for each in Network(rich, []).topic(topic, int(CUTOFFS[2]), 10_000))
        for topic in "abcd"
    )
    assert np.nanmax(found.columns[feature.name]) == pytest.approx(wanted, rel=1e-14)
