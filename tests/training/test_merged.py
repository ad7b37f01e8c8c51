"""What a task asks of customers whose ids were merged, and what came of them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from features import EventTable, Identities
from features.carriers.duck import load, partitions
from features.instants import DAY, instant, iso
from features.segments import Partition
from tests.helpers.merged import MERGES, Link, drawn_links, merges_of, root
from training import Cohort, Task, bought, first, silent
from training.cohort import members
from training.labels import answerable, labels, settling

CUTOFF = instant("2020-06-01")
NOW = CUTOFF + 400 * DAY
VISITS = EventTable("visits", customer="id", occurred_at="at")
CARDS = Identities("cards", alias="old", customer="new", known_at="at")


def read(visits: list[tuple[str, int]], links: list[tuple[str, str, int]]) -> Partition:
    """Days are counted from the cutoff."""
    at = [iso(CUTOFF + day * DAY) for _, day in visits]
    known = [iso(CUTOFF + day * DAY) for _, _, day in links]
    sources = {
        "visits": pa.table({"id": [who for who, _ in visits], "at": at}),
        "cards": pa.table(
            {"old": [each[0] for each in links], "new": [each[1] for each in links], "at": known}
        ),
    }
    return load([VISITS, CARDS], sources, now=NOW)


def answers(task: Task, part: Partition) -> dict[str, bool]:
    spine = members(task, part, [CUTOFF])
    spine = spine.take(answerable(task, part, spine))
    names = part.customers[spine.customer].tolist()
    return dict(zip(names, labels(task, part, spine).tolist(), strict=True))


RETURN = Task("return", bought(VISITS), Cohort(active=28), horizon=28)


def test_who_is_known_to_be_another_is_asked_about_as_that_one() -> None:
    visits = [("card", -5), ("anna", 3)]
    assert answers(RETURN, read(visits, [("card", "anna", -2)])) == {"anna": True}


def test_a_link_known_at_the_cutoff_or_later_leaves_the_alias_a_customer() -> None:
    # By everything known the card is anna's, and anna came back.
    for day in (0, 9, 300):
        visits = [("card", -5), ("anna", 3)]
        assert answers(RETURN, read(visits, [("card", "anna", day)])) == {"card": True}


def test_both_names_of_a_person_get_the_answer_of_the_person() -> None:
    visits = [("card", -5), ("anna", -4), ("card", 3), ("bert", -3)]
    found = answers(RETURN, read(visits, [("card", "anna", 9)]))
    assert found == {"card": True, "anna": True, "bert": False}


def test_nobody_leaves_by_being_merged() -> None:
    churn = Task("churn", silent(VISITS), Cohort(active=28), horizon=28)
    visits = [("card", -5), ("anna", 3)]
    assert answers(churn, read(visits, [("card", "anna", 2)])) == {"card": False}
    assert answers(churn, read(visits, [("other", "anna", 2)])) == {"card": True}


def test_a_first_event_is_the_persons_first() -> None:
    task = Task("first", first(VISITS), Cohort(active=28, table=VISITS), horizon=28)
    # The card is new; the person behind it is not, as is found out later.
    assert answers(task, read([("card", 3), ("anna", -90)], [("card", "anna", 9)])) == {}


def test_a_link_that_is_found_late_makes_no_event_late() -> None:
    part = read([("card", -300), ("anna", 3)], [("card", "anna", 9)])
    assert settling(RETURN, [part]) == (0, CUTOFF + 3 * DAY)


def rows_of(seed: int) -> tuple[list[tuple[int, int]], list[Link]]:
    draw = random.Random(seed)
    visits = [(draw.randint(1, 12), CUTOFF + draw.randint(-120, 120) * DAY // 4) for _ in range(25)]
    return visits, drawn_links(seed)


@pytest.mark.parametrize("seed", range(4))
def test_labels_are_those_of_rows_that_are_relabelled_by_everything_known(seed: int) -> None:
    visits, links = rows_of(seed)
    columns = {"id": [who for who, _ in visits], "at": [iso(at) for _, at in visits]}
    sources = {"visits": pa.table(columns), "merges": merges_of(links)}
    cutoffs = [CUTOFF - 20 * DAY, CUTOFF, CUTOFF + 10 * DAY]

    def asked(name: int, cutoff: int) -> Iterator[bool]:
        """Who is in the cohort: with a visit in 28 days, by whom it was known to be made."""
        for who, at in visits:
            if cutoff - 28 * DAY <= at < cutoff and root(links, who, cutoff) == name:
                yield True

    expected = {}
    for cutoff in cutoffs:
        for name in {root(links, who, cutoff) for who, _ in visits}:
            if any(asked(name, cutoff)):
                person = root(links, name, NOW)
                expected[name, cutoff] = any(
                    root(links, who, NOW) == person and cutoff <= at < cutoff + 28 * DAY
                    for who, at in visits
                )
    for parts in (1, 2, None):
        found: dict[tuple[int, int], bool] = {}
        for part in partitions([VISITS, MERGES], sources, parts=parts, now=NOW):
            spine = members(RETURN, part, cutoffs)
            names = part.customers[spine.customer].tolist()
            keys = zip(names, spine.cutoff.tolist(), strict=True)
            found |= dict(zip(keys, labels(RETURN, part, spine).tolist(), strict=True))
        assert found == expected
    assert np.unique(list(expected.values())).tolist() == [False, True]
