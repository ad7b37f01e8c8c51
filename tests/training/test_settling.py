"""When an answer is settled: nothing that is heard later may change it."""

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import EventTable, Identities
from features.carriers.duck import load
from features.instants import DAY, NEVER
from features.kernel import matching
from features.segments import Partition, Spine
from training import Cohort, Task, bought, first, silent
from training.labels import _lost_at, labels, settling
from training.tasks import Label

ORDERS = EventTable(
    "orders",
    "customer",
    "at",
    known_at="known",
    categories=["kind"],
    event_id="order",
    versions=True,
    withdrawn="void",
    timezone="UTC",
)
LINKS = Identities("links", alias="alias", customer="customer", known_at="known", timezone="UTC")
START = 18_000 * DAY
TEA = {"kind": "tea"}
COLUMNS = ("order", "customer", "at", "known", "kind", "void")

Order = tuple[str, int, int, int, str, bool]


def read(orders: list[Order], links: list[tuple[int, int, int]] | None = None) -> Partition:
    frame = pa.table(
        {
            "order": pa.array([each[0] for each in orders]),
            "customer": pa.array([each[1] for each in orders], pa.int64()),
            "at": instants([each[2] for each in orders]),
            "known": instants([each[3] for each in orders]),
            "kind": pa.array([each[4] for each in orders]),
            "void": pa.array([each[5] for each in orders]),
        }
    )
    if links is None:
        return load([ORDERS], {"orders": frame})
    told = pa.table(
        {
            "alias": pa.array([each[0] for each in links], pa.int64()),
            "customer": pa.array([each[1] for each in links], pa.int64()),
            "known": instants([each[2] for each in links]),
        }
    )
    return load([ORDERS, LINKS], {"orders": frame, "links": told})


def instants(days: list[int]) -> pa.Array:
    return pa.array([START + day * DAY for day in days], pa.timestamp("us", "UTC"))


def task(label: Label) -> Task:
    return Task("t", label, Cohort(active=28), horizon=7)


def lateness(orders: list[Order]) -> float:
    return settling(task(bought(ORDERS)), [read(orders)])[0] / DAY


def test_a_withdrawal_settles_what_it_takes_away() -> None:
    orders: list[Order] = [("a", 1, 0, 1, "tea", False), ("a", 1, 0, 90, "tea", True)]
    assert lateness([*orders[:1], ("b", 2, 0, 1, "tea", False)]) == 1
    assert lateness([*orders, ("b", 2, 0, 1, "tea", False)]) == 90
    assert settling(task(bought(ORDERS)), [read(orders)])[1] == START + 90 * DAY


def test_an_event_that_moves_is_late_where_it_was_and_where_it_is() -> None:
    assert lateness([("a", 1, 0, 1, "tea", False), ("a", 1, 90, 90, "tea", False)]) == 90
    assert lateness([("a", 1, 60, 60, "tea", False), ("a", 1, 0, 90, "tea", False)]) == 90
    # To another customer.
    assert lateness([("a", 1, 0, 1, "tea", False), ("a", 2, 0, 90, "tea", False)]) == 90


def test_only_a_correction_that_changes_the_answer_makes_it_late() -> None:
    # Tea at two shops, then milk: whoever asks for tea loses the event with the third version.
    orders: list[Order] = [("a", 1, 0, 0, "tea", False), ("a", 1, 0, 5, "tea", False)]
    part = read([*orders, ("a", 1, 0, 9, "milk", False)])
    events = matching(part.events["orders"], task(bought(ORDERS, TEA)).label.where)
    assert _lost_at(events, part).tolist() == [NEVER, START + 9 * DAY]
    assert _lost_at(part.events["orders"], part).tolist() == [NEVER, NEVER, NEVER]


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("label", [bought(ORDERS, TEA), silent(ORDERS), first(ORDERS, TEA)])
def test_what_is_heard_after_an_answer_is_settled_never_changes_it(
    label: Label, linked: bool
) -> None:
    told = 0
    for seed in range(2):
        draw = random.Random(seed)
        orders = drawn(draw)
        links = [(who + 20, who, draw.randint(0, 60)) for who in range(1, 6)] if linked else None
        asked = task(label)
        whole = read(orders, links)
        late, _ = settling(asked, [whole])
        for day in range(0, 40, 13):
            settled = day + 7 + late // DAY
            # Labels are about persons by every link known today, so links stay.
            then = read([each for each in orders if each[3] <= settled], links)
            assert answers(asked, whole, day) == answers(asked, then, day, whole)
            early = read([each for each in orders if each[3] <= day + 7], links)
            told += answers(asked, whole, day) != answers(asked, early, day, whole)
    # Asked too early, answers do change: the test can fail.
    assert told > 0


def drawn(draw: random.Random) -> list[Order]:
    found: dict[tuple[str, int], Order] = {}
    for number in range(150):
        known = at = draw.randint(0, 60)
        for version in range(draw.choice([1, 1, 2, 3])):
            who, kind = draw.randint(1, 25), draw.choice(["tea", "milk"])
            # What is corrected is taken away or moved, so that no new version is late by itself.
            void = version > 0 and draw.random() < 0.6
            found[f"o{number}", known] = (f"o{number}", who, at, known, kind, void)
            at = known = known + draw.randint(1, 20)
    # Everyone is known from the start, so that rows are about the same customers.
    return [*((f"c{who}", who, -9, -9, "milk", False) for who in range(1, 26)), *found.values()]


def answers(
    asked: Task, part: Partition, day: int, like: Partition | None = None
) -> dict[Any, bool]:
    customers = (like or part).customers.tolist()
    places = np.array([part.position(each) for each in customers], dtype=np.int64)
    spine = Spine(places, np.full(len(places), START + day * DAY))
    return dict(zip(customers, labels(asked, part, spine).tolist(), strict=True))
