from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import Catalogue, EventTable, count, days_since, distinct, total
from features.errors import CohortError, MaturityError
from features.instants import DAY
from features.segments import Partition
from tests.helpers.drawn import CUTOFF, Row, partition, rows
from training import Cohort, Project, Task, bought, first, silent
from training.cohort import members
from training.snapshots import Snapshot, snapshot

EVENTS = EventTable(
    "events",
    customer="id",
    occurred_at="at",
    known_at="known",
    measures={"amount": "decimal(1)"},
    categories=("kind",),
)
CATALOGUE = Catalogue(
    [
        count(EVENTS, 7),
        count(EVENTS),
        total(EVENTS, "amount", 14),
        days_since(EVENTS),
        distinct(EVENTS, "kind", 14),
    ]
)
BOUGHT = Task("bought", bought(EVENTS), Cohort(active=14), horizon=7)
FIRST = Task(
    "first", first(EVENTS, {"kind": "x"}), Cohort(active=14, where={"kind": "y"}), horizon=7
)
LATE = CUTOFF + 400 * DAY


def made(task: Task, whole: Partition, cutoffs: Sequence[int] = (CUTOFF,)) -> Snapshot:
    return snapshot(Project("p", [EVENTS], CATALOGUE, [task]), task, [whole], cutoffs, LATE)


def whom(found: Snapshot) -> list[str]:
    customers: list[str] = found.vectors.customers.tolist()
    return customers


def test_the_population_is_that_of_the_cutoff() -> None:
    drawn = """
        old    y  -14.001  1    <- active too long ago
        edge   y  -14      1    <- the window of the cohort includes its start
        fresh  y   -0.001  1
        zero   y    0      1    <- the cutoff is not past
        late   y   -3      1  1 <- not yet known
    """
    assert whom(made(BOUGHT, partition(rows(drawn)))) == ["edge", "fresh"]


def test_first_leaves_out_who_had_the_event_before() -> None:
    drawn = """
        had    x  -90  1
        had    y   -3  1
        never  y   -3  1
        now    y   -3  1
        now    x    0  1        <- at the cutoff, so still to come
    """
    found = made(FIRST, partition(rows(drawn)))
    assert dict(zip(whom(found), found.label.tolist(), strict=True)) == {
        "never": False,
        "now": True,
    }


def test_rows_of_several_parts_and_cutoffs_come_together() -> None:
    one = partition(rows("anna y -1 3\nanna y 6 2"))
    two = partition(rows("bert y -1 5"))
    project = Project("p", [EVENTS], CATALOGUE, [BOUGHT])
    cutoffs = (CUTOFF, CUTOFF + 7 * DAY)
    found = snapshot(project, BOUGHT, [one, two], cutoffs, LATE)
    told = zip(whom(found), found.vectors.cutoffs.tolist(), found.label.tolist(), strict=True)
    assert sorted(told) == [
        ("anna", cutoffs[0], True),
        ("anna", cutoffs[1], False),
        ("bert", cutoffs[0], False),
        ("bert", cutoffs[1], False),
    ]
    kept = found.take(found.label)
    assert (len(kept), whom(kept)) == (1, ["anna"])


def test_an_empty_cohort_is_refused_with_the_dates() -> None:
    whole = partition(rows("anna y -90 1"))
    with pytest.raises(CohortError) as caught:
        made(BOUGHT, whole, (CUTOFF, CUTOFF + DAY))
    assert str(caught.value) == (
        "task 'bought': no customer has an event of 'events' in the 14 days before any cutoff "
        "from 1972-09-27T00:00:00Z to 1972-09-28T00:00:00Z; widen the cohort or choose cutoffs "
        "inside the data"
    )


def test_no_cutoff_and_immature_cutoffs_are_refused() -> None:
    whole = partition(rows("anna y -1 1"))
    with pytest.raises(CohortError, match="task 'bought': no cutoff is given"):
        made(BOUGHT, whole, ())
    with pytest.raises(MaturityError, match="bought labels at"):
        made(BOUGHT, whole, (CUTOFF, LATE))


drawn_rows = st.builds(
    Row,
    customer=st.sampled_from(["anna", "bert", "carl"]),
    kind=st.sampled_from(["x", "y", None]),
    day=st.integers(-40, 40).map(lambda half: half / 2),
    amount=st.integers(0, 50) | st.none(),
)
past = st.lists(drawn_rows, min_size=1, max_size=12)


def split(events: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    before = [row for row in events if row.day < 0]
    return before, [row for row in events if row.day >= 0]


@given(events=past, other=past, task=st.sampled_from([BOUGHT, FIRST]))
def test_nothing_at_or_after_the_cutoff_changes_a_vector_or_the_cohort(
    events: list[Row], other: list[Row], task: Task
) -> None:
    before, _ = split(events)
    _, after = split(other)
    names = ["anna", "bert", "carl"]
    one, two = partition(events, names), partition(before + after, names)
    here, there = members(task, one, [CUTOFF]), members(task, two, [CUTOFF])
    assert here.customer.tolist() == there.customer.tolist()
    if not len(here):
        return
    left, right = made(task, one), made(task, two)
    assert whom(left) == whom(right)
    for name, values in left.vectors.columns.items():
        assert np.array_equal(values, right.vectors.columns[name], equal_nan=True), name


def test_the_label_does_change_with_the_future() -> None:
    # Otherwise the law above would hold for a snapshot that reads nothing.
    quiet, busy = rows("anna y -1 1"), rows("anna y -1 1\nanna y 0 9")
    assert made(BOUGHT, partition(quiet)).label.tolist() == [False]
    assert made(BOUGHT, partition(busy)).label.tolist() == [True]
    silence = Task("silence", silent(EVENTS), Cohort(active=14), horizon=7)
    assert made(silence, partition(busy)).label.tolist() == [False]
