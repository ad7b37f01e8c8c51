"""Days are counted from the cutoff; gap 2 and horizon 5 make the label window [2, 7)."""

import numpy as np
import pytest

from features.errors import MaturityError
from features.instants import DAY, instant
from tests.helpers.drawn import CUTOFF, at_cutoffs, partition, rows
from training import Cohort, Task, bought, first, silent
from training.cohort import members
from training.labels import answerable, labels, refuse_immature, settling
from training.tasks import Label

DRAWN = """
    none      visit   -3     -
    at_cut    visit    0     -     <- the cutoff is the future, but before the gap is over
    in_gap    visit    1     -
    last_gap  visit    1.999 -
    at_start  visit    2     -     <- the first instant of the window
    inside    visit    4     -
    last      visit    6.999 -
    at_end    visit    7     -     <- the window is over
    both      visit    1     -
    both      visit    5     -
    earlier   visit   -1     -
    earlier   visit    5     -
"""


def answers(label: Label, drawn: str = DRAWN) -> dict[str, bool]:
    task = Task("t", label, Cohort(active=28), horizon=5, gap=2)
    whole = partition(rows(drawn))
    found = labels(task, whole, at_cutoffs(whole))
    return dict(zip(whole.customers.tolist(), found.tolist(), strict=True))


def yes(found: dict[str, bool]) -> set[str]:
    return {name for name, answer in found.items() if answer}


def test_bought_asks_for_an_event_in_the_window_its_start_included_its_end_not() -> None:
    assert yes(answers(bought("events"))) == {"at_start", "inside", "last", "both", "earlier"}


def test_silent_is_the_opposite() -> None:
    came = answers(bought("events"))
    assert answers(silent("events")) == {name: not answer for name, answer in came.items()}


def test_first_asks_for_the_first_event_ever_in_the_window() -> None:
    # In "both" the first event fell into the gap, in "earlier" before the cutoff.
    assert yes(answers(first("events"))) == {"at_start", "inside", "last"}


def test_conditions_choose_the_events() -> None:
    drawn = """
        anna  visit  -1  -
        anna  order   3  -
        bert  visit   3  -
        carl  order   1  -     <- in the gap
        carl  order   3  -
    """
    assert yes(answers(bought("events", {"kind": "order"}), drawn)) == {"anna", "carl"}
    assert yes(answers(silent("events", {"kind": "order"}), drawn)) == {"bert"}
    assert yes(answers(first("events", {"kind": "order"}), drawn)) == {"anna"}


def test_labels_see_what_became_known_late_and_cohorts_do_not() -> None:
    drawn = """
        anna  visit  -1  -  -1
        anna  visit   3  -  90    <- known long after the window
        bert  visit  -1  -   1    <- not yet known at the cutoff
        bert  visit   3  -   3
    """
    task = Task("t", bought("events"), Cohort(active=28), horizon=5, gap=2)
    whole = partition(rows(drawn))
    assert labels(task, whole, at_cutoffs(whole)).tolist() == [True, True]
    spine = members(task, whole, [CUTOFF])
    assert whole.customers[spine.customer].tolist() == ["anna"]


def test_an_earlier_event_that_is_not_known_yet_leaves_a_customer_at_risk_but_answers_no() -> None:
    drawn = """
        anna  visit  -5  -  -5
        anna  order  -1  -   1    <- happened before the cutoff, known after it
        anna  order   3  -   3
    """
    task = Task(
        "t", first("events", {"kind": "order"}), Cohort(28, where={"kind": "visit"}), 5, gap=2
    )
    whole = partition(rows(drawn))
    assert len(members(task, whole, [CUTOFF])) == 1
    assert labels(task, whole, at_cutoffs(whole)).tolist() == [False]


def test_several_cutoffs_at_once_equal_one_after_the_other() -> None:
    whole, days = partition(rows(DRAWN)), (-3.0, 0.0, 1.0, 5.0)
    task = Task("t", silent("events"), Cohort(active=28), horizon=5, gap=2)
    spine = at_cutoffs(whole, *days)
    together = labels(task, whole, spine)
    for day in days:
        alone = labels(task, whole, at_cutoffs(whole, day))
        rows_of_day = spine.cutoff == CUTOFF + round(day * DAY)
        assert np.array_equal(together[rows_of_day], alone)


def test_immature_windows_are_refused_with_the_dates() -> None:
    churn = Task("churn", silent("events"), Cohort(active=28), horizon=90)
    cutoffs = [instant("2025-03-01"), instant("2025-05-01")]
    with pytest.raises(MaturityError) as caught:
        refuse_immature(churn, cutoffs, instant("2025-06-30"))
    assert str(caught.value) == (
        "churn labels at 2025-05-01T00:00:00Z need events up to 2025-07-30T00:00:00Z; the events "
        "end on 2025-06-30T00:00:00Z. Use cutoffs up to 2025-04-01T00:00:00Z."
    )


def test_a_window_that_ends_with_the_data_is_mature() -> None:
    task = Task("t", silent("events"), Cohort(active=28), horizon=5, gap=2)
    refuse_immature(task, [0], complete_until=7 * DAY)
    with pytest.raises(MaturityError):
        refuse_immature(task, [0], complete_until=7 * DAY - 1)


def test_whoever_had_it_before_and_nobody_knew_has_no_answer_to_first() -> None:
    drawn = """
        known    default  -9  -    -8   <- not at risk, and not in the cohort
        unknown  default  -9  -     3   <- in the cohort; nobody could know
        later    default   4  -     4
        known    visit    -1  -    -1
        unknown  visit    -1  -    -1
        later    visit    -1  -    -1
    """
    whole = partition(rows(drawn))
    cohort = Cohort(active=28, table="events", where={"kind": "visit"})
    task = Task("t", first("events", where={"kind": "default"}), cohort, horizon=5)
    spine = members(task, whole, [CUTOFF])
    assert whole.customers[spine.customer].tolist() == ["later", "unknown"]
    assert answerable(task, whole, spine).tolist() == [True, False]
    assert answerable(Task("t", bought("events"), cohort, horizon=5), whole, spine).all()


def test_settling_is_how_late_the_latest_event_became_known() -> None:
    drawn = """
        anna  visit  -9  -  -8
        anna  visit  -5  -  -1   <- four days late
        bert  visit  -2  -   1
    """
    task = Task("t", bought("events"), Cohort(active=28), horizon=5)
    assert settling(task, [partition(rows(drawn))]) == (4 * DAY, CUTOFF + DAY)
    assert settling(task, [partition(rows("anna visit -9 -"))])[0] == 0
