import numpy as np
import pytest

from features.errors import DefinitionError
from features.instants import micros
from features.segments import Spine
from tests.helpers.drawn import CUTOFF, partition, rows
from training import Cohort, Task, bought, censored, contacted, first, silent
from training.censoring.followed import Followed, followed
from training.censoring.interruptions import Interruption, interruption_from_json
from training.tasks import Label, task_from_json

DRAWN = rows(
    """
    alone    visit   -5  1
    alone    visit   12  1
    before   visit   12  1
    before   call     9  1
    after    visit    9  1
    after    call    12  1
    same     visit    9  1
    same     call     9  1
    past     call    -1  1   <- before the cutoff: a feature, and no interruption
    past     visit   -5  1
    at       call     0  1   <- the cutoff itself is future
    gap      visit    1  1   <- in the gap: settles nothing but a first visit
    gap      call     2  1
    last     call    16  1   <- the window is over
    """
)
VISIT, CALL = {"kind": "visit"}, {"kind": "call"}


def found(label: Label, *, gap: float = 2) -> dict[str, tuple[float, bool]]:
    task = Task(
        "t", label, Cohort(28), horizon=14, gap=gap, weigh=[contacted("events", where=CALL)]
    )
    part = partition(DRAWN)
    made = followed(task, part, Spine.everyone(part, [CUTOFF]))
    days = made.elapsed / micros(1)
    return dict(zip(part.customers, zip(days.tolist(), made.interrupted, strict=True), strict=True))


@pytest.mark.parametrize("label", [bought("events", VISIT), silent("events", VISIT)])
def test_a_row_is_followed_to_its_answer_or_to_a_contact(label: Label) -> None:
    assert found(label) == {
        "alone": (12, False),
        "before": (9, True),
        "after": (9, False),
        "same": (9, True),
        "past": (16, False),
        "at": (0, True),
        "gap": (2, True),
        "last": (16, False),
    }


def test_a_first_event_in_the_gap_settles_that_there_is_no_later_one() -> None:
    assert found(first("events", VISIT))["gap"] == (1, False)
    assert found(first("events", VISIT))["before"] == (9, True)


def test_parts_are_put_together_and_taken_apart() -> None:
    one = Followed(np.array([1, 2]), np.array([True, False]))
    both = Followed.concat([one, one])
    assert both.take(np.array([1, 2])).elapsed.tolist() == [2, 1]
    assert both.take(both.interrupted).interrupted.tolist() == [True, True]


def test_a_task_that_weighs_survives_json_and_one_that_does_not_says_nothing_of_it() -> None:
    weigh = [contacted("calls", where={"by": "agent"}), censored("closures")]
    task = Task("t", silent("visits"), Cohort(28), horizon=14, weigh=weigh)
    assert task_from_json(task.to_json()) == task
    assert interruption_from_json(weigh[0].to_json()) == weigh[0]
    plain = Task("t", silent("visits"), Cohort(28), horizon=14)
    assert "weigh" not in plain.to_json()
    assert task_from_json(plain.to_json()) == plain


def test_wrong_interruptions_are_refused() -> None:
    with pytest.raises(DefinitionError) as caught:
        Task("t", silent("v"), Cohort(28), horizon=14, weigh=["calls"])  # type: ignore[list-item]
    assert caught.value.faults == ("weigh holds 'calls'; write contacted(...) or censored(...)",)
    with pytest.raises(DefinitionError, match="weigh names the same events twice"):
        Task("t", silent("v"), Cohort(28), horizon=14, weigh=[censored("c"), censored("c")])
    with pytest.raises(DefinitionError, match="kind must be one of contacted, censored, got 'x'"):
        Interruption("x", "calls")  # type: ignore[arg-type]
