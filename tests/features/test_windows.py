"""The one convention of time, at its boundaries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DefinitionError, MaturityError
from features.instants import DAY, MOST_DAYS, TICK, instant, iso, micros
from features.windows import (
    Window,
    before,
    days_before,
    feature_bounds,
    known,
    label_bounds,
    label_window,
    last_mature_cutoff,
    require_mature,
    visible_ends,
)

CUTOFF = instant("2025-01-01")


def times(*days: float) -> Any:
    return np.array([CUTOFF + micros(day) for day in days], dtype=np.int64)


def held(occurred_at: Any, window: Window) -> list[float]:
    """Return the days, from the cutoff, of the events in a window of one customer."""
    one = np.array([0])
    ends = before(occurred_at, one, np.array([len(occurred_at)]), np.array([CUTOFF]))
    ((start,),), ((end,),) = feature_bounds(occurred_at, one, ends, np.array([CUTOFF]), (window,))
    return [float(moment - CUTOFF) / DAY for moment in occurred_at[start:end]]


@pytest.mark.parametrize(
    ("window", "inside"),
    [
        (Window(7), [-7, -5, -2, -TICK]),
        (Window(5), [-5, -2, -TICK]),
        (Window(5, lag=2), [-7, -5]),
        (Window(2, lag=5), [-7]),
        (Window(7, lag=TICK), [-7 - TICK, -7, -5, -2]),
        (Window(None), [-7 - TICK, -7, -5, -2, -TICK]),
        (Window(None, lag=5), [-7 - TICK, -7]),
        (Window(1, lag=90), []),
    ],
)
def test_a_feature_window_holds_its_start_and_not_its_end(
    window: Window, inside: list[float]
) -> None:
    drawn = times(-7 - TICK, -7, -5, -2, -TICK, 0, TICK)
    assert held(drawn, window) == pytest.approx(inside, abs=1e-12)


def test_a_label_window_begins_after_the_gap_and_does_not_hold_its_end() -> None:
    drawn = times(0, 2 - TICK, 2, 4, 5 - TICK, 5)
    one = np.array([0])
    (start,), (end,) = label_bounds(drawn, one, np.array([6]), np.array([CUTOFF]), gap=2, horizon=3)
    assert (start, end) == (2, 5)
    assert label_window(CUTOFF, 2, 3) == (CUTOFF + 2 * DAY, CUTOFF + 5 * DAY)


def test_an_event_at_the_cutoff_is_the_first_of_the_label_when_there_is_no_gap() -> None:
    drawn = times(-TICK, 0)
    (start,), _ = label_bounds(
        drawn, np.array([0]), np.array([2]), np.array([CUTOFF]), gap=0, horizon=1
    )
    assert start == 1


def test_what_is_visible_has_happened_and_is_known() -> None:
    happened, heard = times(-3, -2, -1, 0), times(-3, -1, 0, 0)
    rows = [np.array([each]) for each in (0, 4, CUTOFF)]
    assert visible_ends(happened, heard, *rows).tolist() == [2]
    assert visible_ends(happened, happened, *rows).tolist() == [3]
    assert known(heard, CUTOFF).tolist() == [True, True, False, False]


@given(
    st.lists(st.lists(st.integers(-20, 20).map(lambda n: n * 10**15), max_size=9), max_size=6),
    st.lists(st.integers(-210, 210).map(lambda n: n * 10**14), min_size=1, max_size=6),
)
def test_before_is_searchsorted_of_every_customer(runs: list[list[int]], asked: list[int]) -> None:
    ordered = [sorted(run) for run in runs]
    flat = np.array([moment for run in ordered for moment in run], dtype=np.int64)
    offsets = np.cumsum([0, *map(len, ordered)])
    pairs = [(run, moment) for run in range(len(ordered)) for moment in asked]
    lows = np.array([offsets[run] for run, _ in pairs], dtype=np.int64)
    highs = np.array([offsets[run + 1] for run, _ in pairs], dtype=np.int64)
    moments = np.array([moment for _, moment in pairs], dtype=np.int64)
    expected = [
        offsets[run] + np.searchsorted(ordered[run], moment, side="left") for run, moment in pairs
    ]
    assert before(flat, lows, highs, moments).tolist() == expected


def test_an_immature_label_is_refused_with_the_dates() -> None:
    with pytest.raises(MaturityError) as caught:
        require_mature(instant("2025-05-01"), 7, 83, instant("2025-06-30"), "churn")
    assert str(caught.value) == (
        "churn labels at 2025-05-01T00:00:00Z need events up to 2025-07-30T00:00:00Z; the events "
        "end on 2025-06-30T00:00:00Z. Use cutoffs up to 2025-04-01T00:00:00Z."
    )


@pytest.mark.parametrize(("gap", "horizon"), [(0, 1), (7, 56), (0.5, 0.25)])
def test_the_last_mature_cutoff_is_mature_and_the_next_is_not(gap: float, horizon: float) -> None:
    last = last_mature_cutoff(gap, horizon, CUTOFF)
    require_mature(last, gap, horizon, CUTOFF, "task")
    with pytest.raises(MaturityError):
        require_mature(last + 1, gap, horizon, CUTOFF, "task")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01-01", CUTOFF),
        ("2025-01-01T00:00:00Z", CUTOFF),
        ("2025-01-01T05:30:00+05:30", CUTOFF),
        (datetime(2025, 1, 1, tzinfo=UTC), CUTOFF),
        ("2025-01-01T00:00:00.000001Z", CUTOFF + 1),
    ],
)
def test_an_instant_is_read(text: Any, expected: int) -> None:
    assert instant(text) == expected
    assert instant(iso(expected)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("yesterday", "expected an ISO 8601 instant such as 2017-11-05T00:00:00Z, got 'yesterday'"),
        ("2025-01-01T10:00", "expected a zone, got the naive time"),
        ("0001-01-01T00:00:00+01:00", "expected an instant of the years 1 to 9999 in UTC"),
        # Ten characters, but a time of day.
        ("2025W01T10", "expected a zone"),
        (datetime(2025, 1, 1), "expected a zone"),
    ],
)
def test_what_is_no_instant_is_refused(text: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        instant(text)


@pytest.mark.parametrize(
    ("days", "lag", "words"),
    [
        (0, 0, "days must be above 0"),
        (-7, 0, "days must be above 0 and at most 1,000,000, got -7"),
        (TICK / 3, 0, "days must be above 0"),
        (float("inf"), 0, "days must be above 0"),
        (float("nan"), 0, "days must be above 0"),
        (MOST_DAYS + 1, 0, "at most 1,000,000"),
        (7, -1, "lag must be 0 days to 1,000,000, got -1"),
        (7, float("nan"), "lag must be"),
    ],
)
def test_a_window_that_cannot_be_is_refused(days: float, lag: float, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        Window(days, lag)


def test_both_faults_of_a_window_come_at_once() -> None:
    with pytest.raises(DefinitionError) as caught:
        Window(-1, lag=-1)
    assert len(caught.value.faults) == 2


def test_the_longest_window_stays_on_the_clock() -> None:
    assert held(times(-7, -1), Window(MOST_DAYS, lag=MOST_DAYS)) == []
    with pytest.raises(DefinitionError, match="at most 1,000,000 days, got 10000000"):
        micros(10_000_000)


def test_equal_windows_are_written_in_one_way() -> None:
    assert repr(Window(28.0, 1.0)) == repr(Window(28, 1))
    assert Window(0.5).label == "0_5d"
    assert Window(MOST_DAYS).label == "1000000d"
    assert Window(1234567 / 8).label != Window(1234568 / 8).label


def test_days_are_counted_back_from_the_cutoff() -> None:
    assert days_before(times(-2.5, 0), np.array([CUTOFF, CUTOFF])).tolist() == [2.5, 0]
