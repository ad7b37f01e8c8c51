"""Slices of ready-made tables."""

from itertools import pairwise

import numpy as np
import pytest

from features import DefinitionError, instant
from features.errors import CohortError
from features.instants import DAY
from training import Task, labelled
from training.ready.slicing import Slicing
from training.ready.split import split_by_time

TASK = Task("again", labelled("calls"))
SETTLING = Task("again", labelled("calls"), horizon=10)
START = instant("2020-01-01")


def days(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return START + np.array(numbers, dtype=np.int64) * DAY


def test_rows_of_one_instant_stay_together_in_time_order() -> None:
    times = np.random.default_rng(1).permutation(np.repeat(days(*range(40)), 7))
    split = split_by_time(TASK, times, Slicing(test=0.2, stop=0.15, calibrate=0.15))
    roles = {name: split.roles[name] for name in ("train", "stop", "calibrate", "test")}
    assert np.array_equal(sum(each.astype(int) for each in roles.values()), np.ones(280))
    spans = [(times[each].min(), times[each].max()) for each in roles.values()]
    assert all(one[1] < other[0] for one, other in pairwise(spans))
    assert roles["test"].sum() == 56
    assert np.array_equal(split.roles["develop"], roles["train"] | roles["stop"])
    assert np.array_equal(split.roles["final"], ~roles["test"])
    assert split.slices.test == spans[3]


def test_a_label_that_takes_time_keeps_slices_apart() -> None:
    times = np.repeat(days(*range(200)), 2)
    split = split_by_time(SETTLING, times, Slicing())
    edges = [times[split.roles[name]].min() for name in ("stop", "calibrate", "test")]
    for name, edge in zip(("train", "stop", "calibrate"), edges, strict=True):
        assert times[split.roles[name]].max() == edge - 11 * DAY
    assert times[split.roles["develop"]].max() == edges[1] - 11 * DAY
    assert times[split.roles["final"]].max() == edges[2] - 11 * DAY


def test_the_test_may_begin_at_an_instant() -> None:
    split = split_by_time(TASK, days(*range(100)), Slicing(test_from="2020-01-31"))
    assert split.slices.test == (instant("2020-01-31"), int(days(99)[0]))
    assert split.roles["test"].sum() == 70


def test_too_few_times_are_refused() -> None:
    with pytest.raises(CohortError, match="the 3 different times of 30 rows from 2020-01-01T"):
        split_by_time(TASK, np.repeat(days(0, 1, 2), 10), Slicing())
    words = "each 10 days after the one before: no row is left for 'stop'; bring more times"
    with pytest.raises(CohortError, match=words):
        split_by_time(SETTLING, days(*range(30)), Slicing())
    with pytest.raises(CohortError, match="no row is left for 'test'"):
        split_by_time(TASK, days(*range(30)), Slicing(test_from="2019-01-01"))


def test_rows_that_tell_their_order_alone_have_no_time_to_test_from() -> None:
    with pytest.raises(DefinitionError, match="test_from names a time, and the rows tell only"):
        split_by_time(TASK, np.arange(100), Slicing(test_from="2020-01-31"), by_row=True)
    with pytest.raises(CohortError, match="or leave out order, so that customers are split"):
        split_by_time(TASK, np.arange(2), Slicing(), by_row=True)


def test_slicing_is_judged_whole() -> None:
    with pytest.raises(DefinitionError) as caught:
        Slicing(test=0, stop=1.5, test_from="soon")
    assert [fault[:20] for fault in caught.value.faults] == [
        "test must be above 0",
        "stop must be above 0",
        "test_from: expected ",
    ]
    with pytest.raises(DefinitionError, match="stop and calibrate must leave rows to train on"):
        Slicing(stop=0.5, calibrate=0.5)
