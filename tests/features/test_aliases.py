"""Links between ids: what follows from them, and what cannot be followed."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

from features.aliases import Link, Stretch, follow, persons
from features.aside import Aside
from features.carriers.duck import load, partitions
from features.contract import check
from features.errors import ContractError, DefinitionError
from features.faults import Fault
from features.instants import BEGINNING, NEVER
from features.registers import Identities
from features.segments import Spine
from features.tables import EventTable, table_from_json

VISITS = EventTable("visits", customer="id", occurred_at="at", timezone="UTC")
MERGES = Identities("merges", "old", "new", "at", timezone="UTC", withdrawn="void")


def stretches(*links: Link) -> dict[object, list[tuple[int, int, object]]]:
    found: dict[object, list[tuple[int, int, object]]] = {}
    for each in follow(links).stretches:
        found.setdefault(each.alias, []).append((each.since, each.until, each.root))
    return found


def test_a_chain_moves_whoever_stands_before_it() -> None:
    found = stretches(Link(1, "a", "b", 5), Link(2, "b", "c", 9))
    assert found == {
        "a": [(BEGINNING, 5, "a"), (5, 9, "b"), (9, NEVER, "c")],
        "b": [(BEGINNING, 9, "b"), (9, NEVER, "c")],
        "c": [(BEGINNING, NEVER, "c")],
    }


def test_a_link_that_is_moved_takes_the_place_of_the_earlier_one() -> None:
    found = stretches(Link(1, "a", "b", 5), Link(2, "a", "c", 9))
    assert found["a"] == [(BEGINNING, 5, "a"), (5, 9, "b"), (9, NEVER, "c")]
    assert found["b"] == [(BEGINNING, NEVER, "b")]


def test_a_link_that_is_withdrawn_makes_the_alias_a_customer_again() -> None:
    found = stretches(Link(1, "a", "b", 5), Link(2, "a", None, 9))
    assert found["a"] == [(BEGINNING, 5, "a"), (5, 9, "b"), (9, NEVER, "a")]


def test_a_link_that_is_said_again_changes_nothing() -> None:
    once = stretches(Link(1, "a", "b", 5))
    assert stretches(Link(1, "a", "b", 5), Link(2, "a", "b", 5), Link(3, "a", "b", 7)) == once


def test_a_turn_at_one_instant_is_no_circle() -> None:
    # From "a is b" to "b is a", known together with a's withdrawal.
    found = follow([Link(1, "a", "b", 5), Link(2, "a", None, 9), Link(3, "b", "a", 9)])
    assert found.wrong == {}
    assert persons(found.stretches) == {"a": "a", "b": "a"}


@pytest.mark.parametrize(
    ("links", "wrong"),
    [
        ([Link(1, "a", "b", 5), Link(2, "b", "a", 9)], {Fault.CIRCLE: [2]}),
        ([Link(1, "a", "b", 5), Link(2, "b", "a", 5)], {Fault.CIRCLE: [1, 2]}),
        (
            [Link(1, "a", "b", 5), Link(2, "b", "c", 6), Link(3, "c", "a", 7)],
            {Fault.CIRCLE: [3]},
        ),
        (
            # What leads into a circle is none of it.
            [Link(1, "x", "a", 5), Link(2, "a", "b", 5), Link(3, "b", "a", 5)],
            {Fault.CIRCLE: [2, 3]},
        ),
        ([Link(1, "a", "b", 5), Link(2, "a", "c", 5)], {Fault.TWO_CUSTOMERS: [1, 2]}),
        ([Link(1, "a", "b", 5), Link(2, "a", None, 5)], {Fault.TWO_CUSTOMERS: [1, 2]}),
    ],
)
def test_what_cannot_be_followed_is_named(links: list[Link], wrong: dict[Fault, list[int]]) -> None:
    assert follow(links).wrong == wrong


def test_what_stood_before_a_wrong_link_stands_on() -> None:
    found = follow([Link(1, "a", "b", 5), Link(2, "b", "a", 9), Link(3, "c", "b", 9)])
    assert persons(found.stretches) == {"a": "b", "b": "b", "c": "b"}


def test_the_order_of_rows_does_not_matter() -> None:
    draw = random.Random(0)
    for _ in range(200):
        said = [
            Link(row, draw.randint(1, 6), draw.choice([None, 1, 2, 3, 4, 5, 6]), draw.randint(1, 9))
            for row in range(12)
        ]
        said = [each for each in said if each.alias != each.customer]
        one, other = follow(said), follow(draw.sample(said, len(said)))
        assert one.stretches == other.stretches
        assert {k: sorted(v) for k, v in one.wrong.items()} == {
            k: sorted(v) for k, v in other.wrong.items()
        }


def test_stretches_of_an_id_follow_each_other_without_a_hole() -> None:
    draw = random.Random(1)
    said = [Link(n, draw.randint(1, 9), draw.randint(10, 20), n // 2) for n in range(60)]
    found: dict[object, list[Stretch]] = {}
    for each in follow(said).stretches:
        found.setdefault(each.alias, []).append(each)
    for spans in found.values():
        assert [each.since for each in spans[1:]] == [each.until for each in spans[:-1]]
        assert (spans[0].since, spans[-1].until) == (BEGINNING, NEVER)


def merges(*rows: tuple[object, object, str], void: bool = False) -> pa.Table:
    columns = {"old": [row[0] for row in rows], "new": [row[1] for row in rows]}
    return pa.table({**columns, "at": [row[2] for row in rows], "void": [void] * len(rows)})


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            merges((1, 2, "2020-01-01"), (3, 3, "2020-01-01")),
            r"column 'old': expected another id than the customer's, came ids that are linked to "
            r"themselves in 1 row \(row 2: 3\); drop the rows; to undo a link, declare withdrawn=",
        ),
        (
            merges((1, 2, "2020-01-01"), (2, 1, "2020-01-02")),
            r"column 'old': expected links that end at a customer, came links that lead back to "
            r"where they begin in 1 row \(row 2: 2\); keep the links to the id that stays",
        ),
        (
            merges((1, 2, "2020-01-01"), (1, 3, "2020-01-01")),
            r"column 'old': expected one customer for an alias at one instant, came several in 2 "
            r"rows \(row 1: 1, row 2: 1\); keep the row that is right; a link that was moved has",
        ),
        (merges((1, None, "2020-01-01")), r"column 'new': expected a customer id, whole number"),
        (merges((None, 1, "2020-01-01")), r"column 'old': expected a customer id, whole number"),
        (
            merges((1.5, 1, "2020-01-01")),
            r"'old': .* came binary fractions; cast the column",
        ),
        (merges((1, 2, "2222-01-01")), r"column 'at': expected times up to now, .*in 1 row"),
        (merges((1, 2, "soon")), r"column 'at': expected an ISO 8601 time"),
        (pa.table({"old": [1]}), r"column 'new': expected a column with customer"),
    ],
)
def test_a_table_of_links_that_cannot_be_followed_is_refused(source: Any, words: str) -> None:
    with pytest.raises(ContractError, match=words):
        check(MERGES, source)


def test_with_a_quarantine_only_the_rows_at_fault_are_set_aside() -> None:
    rows = merges(
        (1, 2, "2020-01-01"), (2, 1, "2020-01-02"), (3, 3, "2020-01-01"), (4, 5, "2020-01-01"),
        (4, 6, "2020-01-01"), (7, None, "2020-01-01"),
    )  # fmt: skip
    told: list[Aside] = []
    visits = pa.table({"id": [1, 3, 4], "at": ["2020-01-01"] * 3})
    sources = {"visits": visits, "merges": rows}
    (part,) = partitions([VISITS, MERGES], sources, parts=1, quarantine=told.append)
    assert str(told[1]) == (
        "merges: 5 of 6 rows set aside (new: absent 1, old: self link 1, old: two customers 2, "
        "old: circle 1)"
    )
    assert part.customers[Spine.everyone(part, [NEVER - 1]).customer].tolist() == [2, 3, 4]


def test_withdrawing_a_link_to_oneself_is_no_link() -> None:
    found = merges((3, 3, "2020-01-01"), void=True)
    assert check(MERGES, found).rows == 1


def test_an_empty_table_of_links_merges_nobody() -> None:
    empty = merges().cast(
        pa.schema(
            [("old", pa.int64()), ("new", pa.int64()), ("at", pa.string()), ("void", pa.bool_())]
        )
    )
    visits = pa.table({"id": [1, 2], "at": ["2020-01-01"] * 2})
    part = load([VISITS, MERGES], {"visits": visits, "merges": empty})
    assert part.identity is None
    assert part.customers.tolist() == [1, 2]


def test_ids_of_another_kind_are_refused_with_their_column() -> None:
    visits = pa.table({"id": ["a"], "at": ["2020-01-01"]})
    sources = {"visits": visits, "merges": merges((1, 2, "2020-01-01"))}
    words = (
        r"'visits' has text \(id\), 'merges' has whole numbers \(new\), "
        r"'merges' has whole numbers \(old\); cast them to one kind"
    )
    with pytest.raises(DefinitionError, match=words):
        load([VISITS, MERGES], sources)


def test_one_table_of_links_is_read_and_never_alone() -> None:
    other = Identities("others", "old", "new", "at")
    source = merges((1, 2, "2020-01-01"))
    visits = pa.table({"id": [1], "at": ["2020-01-01"]})
    sources = {"visits": visits, "merges": source, "others": source}
    words = r"expected one table of identities, got \['merges', 'others'\]; put their rows together"
    with pytest.raises(DefinitionError, match=words):
        load([VISITS, MERGES, other], sources)
    with pytest.raises(DefinitionError, match="expected a table of events or attributes beside"):
        load([MERGES], {"merges": source})


def test_a_definition_tells_every_fault_and_comes_back_from_json() -> None:
    assert table_from_json(MERGES.to_json()) == MERGES
    with pytest.raises(DefinitionError) as error:
        Identities("Merges", "id", "id", "at", timezone="Mars", fresh_within=0)
    for words in (
        "Merges",
        "column 'id' has two roles",
        "got 'Mars'",
        "fresh_within must be above",
    ):
        assert words in str(error.value)
