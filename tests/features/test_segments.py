"""Partitions and spines: who is where."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features.builders import total
from features.catalogue import Catalogue
from features.kernel import vectors
from features.segments import Events, Levels, Partition, Spine
from features.stream import Stream
from features.windows import Windows
from tests.helpers.compared import cells
from tests.helpers.drawn import at_cutoffs, partition, rows

NUMBERS = Partition(np.array([1, 5, 2**40]), {})
TEXTS = Partition(np.array(["1", "B", "a", "é"], dtype=object), {})


@pytest.mark.parametrize(
    ("customer", "place"),
    [
        (1, 0),
        (5, 1),
        (2**40, 2),
        (np.int64(5), 1),
        (np.uint8(5), 1),
        (3, None),
        (0, None),
        (2**41, None),
        (2**70, None),
        (-(2**70), None),
        ("1", None),
        (True, None),
        (np.True_, None),
        (1.0, None),
        (np.float64(5), None),
        (None, None),
    ],
)
def test_a_whole_number_is_found_by_its_value_alone(customer: Any, place: int | None) -> None:
    assert NUMBERS.position(customer) == place


@pytest.mark.parametrize(
    ("customer", "place"),
    [("1", 0), ("B", 1), ("a", 2), ("é", 3), ("b", None), ("zz", None), (1, None), (True, None)],
)
def test_a_text_is_found_as_it_stands(customer: Any, place: int | None) -> None:
    assert TEXTS.position(customer) == place


@pytest.mark.parametrize("kind", [np.int64, object])
def test_nobody_is_in_an_empty_partition(kind: Any) -> None:
    nobody = Partition(np.array([], dtype=kind), {})
    assert nobody.position(1) is None
    assert nobody.position("1") is None


DRAWN = partition(
    rows(
        """
        anna  a  -3   5  -1
        bela  b  -2   -
        bela  -  -1   7
        """
    ),
    customers=["abel", "cleo"],
)


def test_one_customer_is_cut_out() -> None:
    found = [cells(DRAWN.of(place).events["events"]) for place in range(4)]
    assert [each["kind"] for each in found] == [[], ["a"], ["b", None], []]
    assert [each["amount"] for each in found] == [[], [5], [None, 7], []]
    assert [each["owner"] for each in found] == [[], [0], [0, 0], []]
    assert DRAWN.of(2).customers.tolist() == ["bela"]


def test_a_mask_keeps_events_with_their_customers() -> None:
    kept = DRAWN.events["events"].where(np.array([True, False, True]))
    assert kept.offsets.tolist() == [0, 0, 1, 2, 2]
    assert cells(kept)["amount"] == [5, 7]


def test_knowledge_ascends_within_each_customer_only() -> None:
    times = np.array([1, 2, 1, 2])
    late = np.array([5, 6, 1, 2])
    assert Events(np.array([0, 2, 4]), times, late).knowledge_ascends
    assert not Events(np.array([0, 4]), times, late).knowledge_ascends
    assert Events(np.array([0, 4]), times, times).knowledge_ascends


def test_a_spine_pairs_every_customer_with_every_cutoff() -> None:
    spine = Spine.cross(2, np.array([10, 20]))
    assert spine.customer.tolist() == [0, 0, 1, 1]
    assert spine.take(np.array([3, 0])).cutoff.tolist() == [20, 10]
    assert len(Spine.cross(0, np.array([10]))) == len(Spine.cross(3, np.array([]))) == 0


def test_a_column_of_another_kind_is_refused() -> None:
    stream = Stream.of(DRAWN.events["events"], at_cutoffs(DRAWN), Windows())
    with pytest.raises(TypeError, match="column 'kind' is a category, not a measure"):
        stream.number("kind")
    with pytest.raises(TypeError, match="column 'amount' is a measure, not a category"):
        stream.category("amount")
    with pytest.raises(TypeError, match="column 'kind' is a category"):
        vectors(Catalogue([total("events", "kind", 7)]), DRAWN, at_cutoffs(DRAWN))


def test_levels_have_codes_by_position() -> None:
    levels = Levels(np.array(["b", "a"], dtype=object))
    assert levels.codes == {"b": 0, "a": 1}
