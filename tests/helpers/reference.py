"""The meaning of every feature once more, slow and obvious, one row at a time."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

from features.conditions import Condition
from features.feature import Derived, Feature, Tally
from features.windows import DAY, micros
from tests.helpers.drawn import Row

Value = float | str | None


def value(feature: Feature, events: Sequence[Row], customer: str, cutoff: int) -> Value:
    """Compute one feature of one customer by reading every event."""
    if isinstance(feature, Derived):
        left, right = (value(each, events, customer, cutoff) for each in feature.inputs)
        assert isinstance(left, int | float)
        assert isinstance(right, int | float)
        if feature.operation.name == "per":
            return _divided(left, right)
        return _divided(left - right, abs(left) + abs(right))
    past = [row for row in events if row.customer == customer and _visible(row, cutoff, feature)]
    past.sort(
        key=lambda row: (row.occurred_at, row.known_at, row.amount is not None, row.amount or 0)
    )
    return _aggregate(feature, past, cutoff)


def _visible(row: Row, cutoff: int, tally: Tally) -> bool:
    window = tally.window
    end = cutoff - micros(window.lag)
    start = -math.inf if window.days is None else end - micros(window.days)
    inside = start <= row.occurred_at < end
    return inside and row.known_at < cutoff and all(_holds(each, row) for each in tally.where)


def _holds(condition: Condition, row: Row) -> bool:
    if condition.column == "kind":
        return row.kind in condition.values
    if row.amount is None:
        return False
    amount, bound = row.amount / 10, condition.values[0]
    if condition.test == "in":
        return amount in condition.values
    assert isinstance(bound, int | float)
    return amount >= bound if condition.test == "at_least" else amount <= bound


def _aggregate(tally: Tally, past: list[Row], cutoff: int) -> Value:
    amounts = [row.amount for row in past if row.amount is not None]
    times = sorted({row.occurred_at for row in past})
    gaps = [late - early for early, late in pairwise(times)]
    last = past[-1] if past else None
    match tally.aggregate.name:
        case "count":
            return len(past)
        case "total":
            return sum(amounts) / 10
        case "mean":
            return statistics.fmean(amounts) / 10 if amounts else math.nan
        case "largest":
            return max(amounts) / 10 if amounts else math.nan
        case "smallest":
            return min(amounts) / 10 if amounts else math.nan
        case "days_since":
            return (cutoff - times[-1]) / DAY if times else math.nan
        case "days_between":
            return statistics.median(gaps) / DAY if gaps else math.nan
        case "distinct":
            return len({row.kind for row in past if row.kind is not None})
        case "latest" if tally.column == "kind":
            return last.kind if last else None
        case "latest":
            return last.amount / 10 if last and last.amount is not None else math.nan
    raise AssertionError(tally.aggregate.name)


def _divided(over: float, under: float) -> float:
    return math.nan if under == 0 or math.isnan(under) else over / under
