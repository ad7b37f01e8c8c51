"""The functions that write down when events came: recency, tenure, cadence, streaks."""

from __future__ import annotations

from features.aggregates import peaks, rhythm
from features.builders import Tabled, tally
from features.conditions import Where
from features.errors import DefinitionError
from features.feature import Tally


def days_since(
    table: Tabled, days: float | None = None, *, lag: float = 0, where: Where | None = None
) -> Tally:
    """Measure recency: days from the last event to the cutoff."""
    return tally(rhythm.DAYS_SINCE, table, days, lag, where)


def days_between(
    table: Tabled, days: float | None = None, *, lag: float = 0, where: Where | None = None
) -> Tally:
    """Measure cadence: the median days between consecutive distinct times of events."""
    return tally(rhythm.DAYS_BETWEEN, table, days, lag, where)


def days_since_first(
    table: Tabled, days: float | None = None, *, lag: float = 0, where: Where | None = None
) -> Tally:
    """Measure tenure: days from the first event to the cutoff."""
    return tally(rhythm.DAYS_SINCE_FIRST, table, days, lag, where)


def days_since_largest(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Measure the days since a measure was last at its largest in the window."""
    return tally(peaks.DAYS_SINCE_LARGEST, table, days, lag, where, column)


def longest_gap(
    table: Tabled, days: float | None = None, *, lag: float = 0, where: Where | None = None
) -> Tally:
    """Measure the longest pause between consecutive times of events."""
    return tally(rhythm.LONGEST_GAP, table, days, lag, where)


def irregularity(
    table: Tabled, days: float | None = None, *, lag: float = 0, where: Where | None = None
) -> Tally:
    """Measure how unlike the pauses between events are: their spread over their mean."""
    return tally(rhythm.IRREGULARITY, table, days, lag, where)


def active_days(
    table: Tabled, days: float | None = None, *, lag: float = 0, where: Where | None = None
) -> Tally:
    """Count the days (UTC) that hold an event."""
    return tally(rhythm.ACTIVE_DAYS, table, days, lag, where)


def streak(
    table: Tabled,
    period: int = 7,
    days: float | None = None,
    *,
    lag: float = 0,
    where: Where | None = None,
) -> Tally:
    """Count the periods in a row, back from the end of the window, that hold an event.

    Parameters
    ----------
    table : Table or str
        Table, or its name.
    period : {1, 7, 28}
        Days of a period.
    days, lag, where
        Window and events, as for `count`.

    Examples
    --------
    >>> streak("purchases", 7).name
    'purchases_streak_of_7d_ever'
    """
    if period not in [*rhythm.STREAKS]:
        fault = f"period must be one of {[*rhythm.STREAKS]} days, got {period!r}"
        raise DefinitionError("streak", [fault])
    return tally(rhythm.STREAKS[period], table, days, lag, where)
