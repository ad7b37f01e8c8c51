"""What boards say of items, people and groups, against plain loops over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features import (
    AttributeTable,
    Catalogue,
    ContractError,
    DefinitionError,
    EventTable,
    count,
    largest,
    latest,
    mean,
    total,
)
from features.boards import groups, items
from features.boards.boards import related
from features.boards.publish import _MOST
from features.carriers.duck import load, partitions
from features.carriers.single import from_records
from features.feature import Feature
from features.instants import instant
from features.kernel import Vectors, vectors
from features.recipes import ratio
from features.segments import Partition, Spine
from tests.helpers.compared import differing
from tests.helpers.network import (
    CALLS,
    CIRCLES,
    Network,
    drawn,
)
from tests.helpers.published import CASES, CATALOGUE, CUTOFFS, TABLES, circle


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


def test_large_values_are_published_with_twelve_digits() -> None:
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
    assert np.nanmax(found.columns[feature.name]) == pytest.approx(wanted, rel=1e-11)


BUYS = EventTable(
    "buys", "id", "at", timezone="UTC", measures={"paid": "money(2)"}, categories=["product"]
)


def shopping(times: int, dear: float) -> Partition:
    """One who bought a thing many times that another paid dearly for, once."""
    rows = {"id": [1] * times + [2], "at": ["2020-01-01"] * (times + 1)}
    paid = pa.array([1.0] * times + [dear])
    rows |= {"paid": paid, "product": ["p"] * (times + 1)}
    (part,) = related([load([BUYS], {"buys": pa.table(rows)})])
    return part


PAID = items(BUYS, "product", [total(BUYS, "paid", 91)])["buys_paid_total_91d"]
FEBRUARY = instant("2020-02-01")


def test_sums_of_what_is_published_have_room_for_millions_of_events() -> None:
    part = shopping(12_000, 1.0e9)
    features = Catalogue([mean(BUYS, PAID, 91), total(BUYS, PAID, 91)])
    found = vectors(features, part, Spine.everyone(part, [FEBRUARY]))
    one, whole = found.columns.values()
    assert one.tolist() == pytest.approx([1.0e9 + 12_000] * 2, rel=1e-11)
    assert whole.tolist() == pytest.approx([12_000 * (1.0e9 + 12_000), 1.0e9 + 12_000], rel=1e-11)
    assert 2**63 / _MOST > 8_000_000


def test_sums_without_room_say_that_the_column_is_a_boards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.boards.publish._MOST", 2.0**60)
    part = shopping(20, 1.0e12)
    told = r"'product.buys_paid_total_91d'.*sums of 64 bits.*\n?.*a board publishes this column"
    with pytest.raises(ContractError, match=told):
        vectors(Catalogue([mean(BUYS, PAID)]), part, Spine.everyone(part, [FEBRUARY]))


def told(features: Sequence[Feature]) -> dict[str, list[float]]:
    """Return features of a network at the last cutoff, without those who have none."""
    (part,) = related([load(TABLES, drawn(2).sources())])
    found = vectors(Catalogue(features), part, Spine.cross(len(part.customers), CUTOFFS[2:]))
    return {name: values[~np.isnan(values)].tolist() for name, values in found.columns.items()}


def test_small_values_keep_their_digits() -> None:
    calls = count(CALLS)
    small = ratio(ratio(calls, total(CALLS, "seconds")), total(CALLS, "seconds")).named("small")
    tiny = small
    for _ in range(60):
        tiny = ratio(tiny, total(CALLS, "seconds"))
    board = items(CALLS, "topic", [small, tiny.named("tiny")])
    features = [largest(CALLS, column) for column in board]
    by_topic: dict[str, list[int]] = {}
    for each in drawn(2).calls:
        if each.topic and max(each.at, each.known) < CUTOFFS[2]:
            by_topic.setdefault(each.topic, []).append(each.seconds or 0)
    most = max(len(each) / sum(each) ** 2 for each in by_topic.values())
    found = told(features)
    assert max(found[features[0].name]) == pytest.approx(most, rel=1e-5)
    most = max(len(each) / float(sum(each)) ** 62 for each in by_topic.values())
    assert 0 < most < 1e-150
    assert max(found[features[1].name]) == pytest.approx(most, rel=1e-5)


def test_fields_may_be_called_as_the_head_of_a_row_is() -> None:
    board = items(CALLS, "topic", [count(CALLS).named("customer"), count(CALLS)])
    features = [mean(CALLS, board["customer"]), mean(CALLS, board["calls_count_ever"])]
    one, other = told(features).values()
    assert one == other
    assert len(one) > 5


def test_two_features_of_one_name_are_pooled_apart() -> None:
    named = [("total", count(CALLS).named("x")), ("mean", total(CALLS, "seconds").named("x"))]
    plain = [("total", count(CALLS)), ("mean", total(CALLS, "seconds"))]
    one, other = (
        [*told([latest(CIRCLES, column) for column in groups(circle, each)]).values()]
        for each in (named, plain)
    )
    assert one == other
    assert len(one[1]) > 5


@pytest.mark.parametrize("by", ["everyone", "town"])
def test_whoever_is_still_to_come_is_in_no_group(by: str) -> None:
    homes = AttributeTable("homes", "person", categories=["town"], static=True)
    many = drawn(2, people=40, calls=60)
    known = {each.caller for each in many.calls if max(each.at, each.known) < CUTOFFS[0]}
    known |= {each.person for each in many.changes if max(each.since, each.known) < CUTOFFS[0]}
    towns = pa.table({"person": pa.array([*range(60)]), "town": ["y"] * 60})
    (part,) = related([load([*TABLES, homes], {**many.sources(), "homes": towns})])
    feature = (
        latest(CALLS, groups(None)["members"])
        if by == "everyone"
        else latest(homes, groups(latest(homes, "town"))["members"])
    )
    found = vectors(Catalogue([feature]), part, Spine.cross(len(part.customers), CUTOFFS[:1]))
    assert np.nanmax(found.columns[feature.name]) == len(known) < 60
