import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.errors import CohortError, DefinitionError
from features.instants import DAY
from features.windows import label_window
from training import Cohort, Task, silent
from training.folds import (
    Rhythm,
    Slices,
    describe,
    rolling,
    slices_by_time,
)
from training.purity import require_purged

HOUR = DAY // 24


def task(gap: float = 0, horizon: float = 28) -> Task:
    return Task("churn", silent("visits"), Cohort(active=56), horizon=horizon, gap=gap)


def lacking(error: CohortError) -> int:
    return int(str(error).split("need ")[1].split(" more days")[0])


days = st.integers(0, 4 * 40).map(lambda quarters: quarters / 4)


@given(
    gap=days,
    horizon=days.filter(bool),
    every=st.integers(1, 4 * 30).map(lambda quarters: quarters / 4),
    history=days,
    later=st.integers(1, 5),
    begins=st.integers(0, 30 * 24).map(lambda hours: hours * HOUR),
    length=st.integers(0, 700 * 24).map(lambda hours: hours * HOUR),
)
@example(gap=0.5, horizon=1, every=0.25, history=0.75, later=1, begins=HOUR, length=0)
def test_slices_are_pure_or_the_missing_days_are_told(
    gap: float, horizon: float, every: float, history: float, later: int, begins: int, length: int
) -> None:
    asked, rhythm = task(gap, horizon), Rhythm(every, history, later)
    try:
        slices = slices_by_time(asked, begins, begins + length, rhythm)
    except CohortError as error:
        missing = lacking(error)
        assert missing > 0
        # That many days more are enough, at either end, and one day less is not.
        for one, other in ((0, missing), (-missing, 0)):
            slices_by_time(asked, begins + one * DAY, begins + length + other * DAY, rhythm)
        for one, other in ((0, missing - 1), (1 - missing, 0)):
            with pytest.raises(CohortError):
                slices_by_time(asked, begins + one * DAY, begins + length + other * DAY, rhythm)
        return
    cutoffs = np.array(slices.all)
    roles = {name: slices.rows(name, cutoffs) for name in slices.by_name()}
    require_purged(roles, cutoffs, gap, horizon)
    between, late = np.isin(cutoffs, slices.between), np.isin(cutoffs, slices.late)
    assert np.array_equal(np.sum([*roles.values(), between, late], axis=0), np.ones(len(cutoffs)))
    # What is learnt from before calibration is settled by then, and the rest before the test.
    develop = roles["train"] | between | roles["stop"]
    assert np.array_equal(slices.rows("develop", cutoffs), develop)
    after = {name: roles[name] for name in ("calibrate", "test")}
    require_purged({"develop": develop} | after, cutoffs, gap, horizon)
    final = develop | late | roles["calibrate"]
    assert np.array_equal(slices.rows("final", cutoffs), final)
    require_purged({"final": final, "test": roles["test"]}, cutoffs, gap, horizon)
    assert np.all(np.diff(cutoffs) > 0)
    assert len(slices.stop) == len(slices.calibrate) == len(slices.test) == later
    assert slices.train[0] >= begins + history * DAY
    assert label_window(slices.test[-1], gap, horizon)[1] <= begins + length


@given(
    gap=days,
    horizon=days.filter(bool),
    every=st.integers(1, 30),
    later=st.integers(1, 5),
    origins=st.integers(1, 6),
    length=st.integers(200, 700),
)
def test_every_origin_of_the_search_is_pure_and_ends_before_calibration(
    gap: float, horizon: float, every: int, later: int, origins: int, length: int
) -> None:
    asked, rhythm = task(gap, horizon), Rhythm(every, 0, later, origins)
    try:
        slices = slices_by_time(asked, 0, length * DAY, rhythm)
    except CohortError:
        return
    pairs = rolling(slices, asked, rhythm)
    assert pairs[0] == (slices.train, slices.stop)
    assert 1 <= len(pairs) <= origins
    assert [stop[-1] for _, stop in pairs] == sorted({stop[-1] for _, stop in pairs}, reverse=True)
    cutoffs = np.array(slices.develop)
    for train, stop in pairs:
        assert set(train + stop) <= set(slices.develop)
        roles = {"train": np.isin(cutoffs, train), "stop": np.isin(cutoffs, stop)}
        require_purged(roles, cutoffs, gap, horizon)


@given(gap=days, horizon=st.integers(1, 40), every=st.integers(1, 14))
def test_no_day_of_the_data_is_left_unused_at_their_end(
    gap: float, horizon: int, every: int
) -> None:
    slices = slices_by_time(task(gap, horizon), 0, 1000 * DAY, Rhythm(every))
    assert 1000 * DAY - label_window(slices.test[-1], gap, horizon)[1] < DAY
    assert slices.train[0] - 56 * DAY < every * DAY


def test_cutoffs_are_laid_backwards_at_midnights() -> None:
    slices = slices_by_time(task(gap=2, horizon=14), 3 * HOUR, 200 * DAY + HOUR, Rhythm(7, 56, 2))
    assert describe(slices)["test"] == ["1970-06-27T00:00:00Z", "1970-07-04T00:00:00Z"]
    assert describe(slices)["calibrate"] == ["1970-06-04T00:00:00Z", "1970-06-11T00:00:00Z"]
    assert describe(slices)["stop"] == ["1970-05-12T00:00:00Z", "1970-05-19T00:00:00Z"]
    assert describe(slices)["train"][0] == "1970-03-01T00:00:00Z"
    assert describe(slices)["train"][-1] == "1970-04-26T00:00:00Z"


def test_a_horizon_that_outruns_the_data_is_told_in_days() -> None:
    with pytest.raises(CohortError) as caught:
        slices_by_time(task(gap=2, horizon=90), 0, 120 * DAY, Rhythm(7, 56, 3))
    assert str(caught.value) == (
        "task 'churn': four slices, each 92 days after the one before, need 346 more days of "
        "events than the 120 there are; shorten horizon, gap or history"
    )


def test_all_faults_of_a_rhythm_come_together() -> None:
    with pytest.raises(DefinitionError) as caught:
        Rhythm(every=0, history=-1, later=0)
    assert caught.value.faults == (
        "every must be an hour (1/24 day) or more, got 0",
        "history must be 0 days or more, got -1",
        "later must be 1 or more, got 0",
    )


def test_slices_know_their_rows() -> None:
    slices = Slices((1, 2), (3,), (4,), (5,))
    cutoffs = np.array([5, 1, 9, 2])
    assert slices.rows("train", cutoffs).tolist() == [False, True, False, True]
    assert slices.rows("test", cutoffs).tolist() == [True, False, False, False]
