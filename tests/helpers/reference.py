"""The meaning of every feature once more, slow and obvious, one row at a time."""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from features.conditions import Condition
from features.feature import Derived, Feature, Tally
from features.instants import DAY, micros
from features.windows import Window
from tests.helpers.drawn import Row

Value = float | str | None


def value(feature: Feature, events: Sequence[Row], customer: str, cutoff: int) -> Value:
    """Compute one feature of one customer by reading every event."""
    if isinstance(feature, Derived):
        inputs = [value(each, events, customer, cutoff) for each in feature.inputs]
        return _derived(feature, [float(each) for each in inputs if each is not None])
    past = [row for row in events if row.customer == customer and _visible(row, cutoff, feature)]
    past.sort(key=_order)
    window = feature.window
    end = cutoff - micros(window.lag)
    start = -math.inf if window.days is None else end - micros(window.days)
    if feature.aggregate.name == "days_below_zero":
        known = _whole_past(feature, events, customer, cutoff, end)
        return _days_below_zero([row for row in known if row.amount is not None], start, end)
    if feature.aggregate.name == "novel":
        known = _whole_past(feature, events, customer, cutoff, end)
        kinds = {row.kind for row in past} - {None}
        return len(kinds - {row.kind for row in known if row.occurred_at < start})
    if feature.aggregate.name.startswith("streak"):
        return _streak(past, end, int(feature.aggregate.name.split("_")[-1][:-1]) * DAY)
    return _aggregate(feature, past, cutoff)


def _order(row: Row) -> tuple[int, int, bool, int, str]:
    return row.occurred_at, row.known_at, row.amount is not None, row.amount or 0, row.kind or ""


def _derived(feature: Derived, inputs: list[float]) -> float:
    match feature.operation.name:
        case "per":
            return _divided(inputs[0], inputs[1])
        case "against":
            return _divided(inputs[0] - inputs[1], abs(inputs[0]) + abs(inputs[1]))
        case "bend":
            new, old, older = inputs
            return _divided(new - 2 * old + older, abs(new) + 2 * abs(old) + abs(older))
        case "overdue":
            return inputs[0] - inputs[1] - 3
        case "part":
            return _divided(inputs[0], inputs[0] + inputs[1])
        case "months":
            return inputs[0] / 30.4375
        case "less":
            return inputs[0] - inputs[1]
        case "present":
            return float(inputs[0] > 0) if inputs else math.nan
        case "band":
            assert feature.parameters is not None
            return 1.0 + sum(inputs[0] >= each for each in feature.parameters)
    raise AssertionError(feature.operation.name)


def _whole_past(
    tally: Tally, events: Sequence[Row], customer: str, cutoff: int, end: int
) -> list[Row]:
    """Return what is visible, in order, from the first event to the end of the window."""
    ever = replace(tally, window=Window(None, tally.window.lag))
    held = [row for row in events if row.customer == customer and _visible(row, cutoff, ever)]
    return sorted((row for row in held if row.occurred_at < end), key=_order)


def _days_below_zero(known: list[Row], start: float, end: int) -> float:
    """Walk instant by instant through the changes of the value."""
    untils = [*(row.occurred_at for row in known), end][1:]
    below = sum(
        max(0, until - max(row.occurred_at, start))
        for row, until in zip(known, untils, strict=True)
        if (row.amount or 0) < 0
    )
    return below / DAY if known else math.nan


def _streak(past: list[Row], end: int, period: int) -> int:
    streak = 0
    while any(
        end - (streak + 1) * period <= row.occurred_at < end - streak * period for row in past
    ):
        streak += 1
    return streak


def _slope(past: list[Row]) -> float:
    points = [(row.occurred_at / DAY, row.amount / 10) for row in past if row.amount is not None]
    if len({day for day, _ in points}) < 2:
        return math.nan
    days, amounts = zip(*points, strict=True)
    return statistics.linear_regression(days, amounts).slope


def _most_frequent(past: list[Row]) -> str | None:
    kinds = [row.kind for row in past if row.kind is not None]
    recent = list(dict.fromkeys(reversed(kinds)))
    return max(recent, key=kinds.count) if recent else None


def _visible(row: Row, cutoff: int, tally: Tally) -> bool:
    window = tally.window
    end = cutoff - micros(window.lag)
    start = -math.inf if window.days is None else end - micros(window.days)
    inside = start <= row.occurred_at < end
    return inside and row.known_at < cutoff and all(_holds(each, row) for each in tally.where)


def _holds(condition: Condition, row: Row) -> bool:
    if condition.column == "kind":
        if condition.test == "not_in":
            return row.kind is not None and row.kind not in condition.values
        return row.kind in condition.values
    if row.amount is None:
        return False
    amount, bound = row.amount / 10, condition.values[0]
    if condition.test == "in":
        return amount in condition.values
    assert isinstance(bound, int | float)
    return {
        "at_least": amount >= bound,
        "at_most": amount <= bound,
        "above": amount > bound,
        "below": amount < bound,
    }[condition.test]


def _aggregate(tally: Tally, past: list[Row], cutoff: int) -> Value:
    amounts = [row.amount for row in past if row.amount is not None]
    times = sorted({row.occurred_at for row in past})
    gaps = [late - early for early, late in pairwise(times)]
    last = past[-1] if past else None
    kinds = Counter(row.kind for row in past if row.kind is not None)
    parts = [many / kinds.total() for many in kinds.values()]
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
        case "median":
            return statistics.median(amounts) / 10 if amounts else math.nan
        case "spread":
            return statistics.pstdev(amounts) / 10 if amounts else math.nan
        case "days_since_first":
            return (cutoff - times[0]) / DAY if times else math.nan
        case "longest_gap":
            return max(gaps) / DAY if gaps else math.nan
        case "irregularity":
            many = len(gaps) > 1
            return statistics.pstdev(gaps) / statistics.fmean(gaps) if many else math.nan
        case "active_days":
            return len({time // DAY for time in times})
        case "entropy":
            return -sum(part * math.log(part) for part in parts) if parts else math.nan
        case "concentration":
            return sum(part**2 for part in parts) if parts else math.nan
        case "usual":
            return _most_frequent(past)
        case "levels":
            return json.dumps(sorted(kinds)) if kinds else None
        case "days_since_largest":
            worst = [row.occurred_at for row in past if row.amount == max(amounts, default=None)]
            return (cutoff - worst[-1]) / DAY if amounts else math.nan
        case "slope":
            return _slope(past)
        case "earliest":
            first = past[0].amount if past else None
            return math.nan if first is None else first / 10
        case "latest" if tally.column == "kind":
            return last.kind if last else None
        case "latest":
            return last.amount / 10 if last and last.amount is not None else math.nan
    raise AssertionError(tally.aggregate.name)


def _divided(over: float, under: float) -> float:
    return math.nan if under == 0 or math.isnan(under) else over / under
