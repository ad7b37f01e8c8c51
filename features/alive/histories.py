"""What is known of customers as of a cutoff: repeats, recency, age and spend, checked."""

from __future__ import annotations

import numpy as np

from features.arrays import Floats
from features.compiled import compiled
from features.errors import DefinitionError

_RULES = (
    "a whole frequency of 0 or more, 0 <= recency <= age in days, and recency 0 without a repeat"
)


def histories(frequency: Floats, recency: Floats, age: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the three columns as float64, checked.

    Parameters
    ----------
    frequency : (n,) float64
        Repeat purchases, or days of purchase after the first.
    recency : (n,) float64
        Days from the first to the last purchase.
    age : (n,) float64
        Days from the first purchase to the cutoff.

    Raises
    ------
    DefinitionError
        When shapes differ, or a row contradicts itself. NaN is left to the caller.

    Examples
    --------
    >>> histories(np.array([1]), np.array([9]), np.array([7]))
    Traceback (most recent call last):
    features.errors.DefinitionError: histories of customers is not well defined:
      - row 0: expected ..., came frequency 1, recency 9, age 7; count all three from ...
    """
    columns = [np.ascontiguousarray(each, dtype=np.float64) for each in (frequency, recency, age)]
    shapes = {each.shape for each in columns}
    if len(shapes) > 1 or columns[0].ndim != 1:
        came = ", ".join(str(each.shape) for each in columns)
        fault = f"frequency, recency and age must be (n,) alike, got {came}"
        raise DefinitionError("histories of customers", [fault])
    x, last, whole = columns
    if (row := _first_contradiction(x, last, whole)) >= 0:
        came = f"frequency {x[row]:g}, recency {last[row]:g}, age {whole[row]:g}"
        remedy = "count all three from the same purchases before the cutoff"
        fault = f"row {row}: expected {_RULES}, came {came}; {remedy}"
        raise DefinitionError("histories of customers", [fault])
    return x, last, whole


def spends(frequency: Floats, mean_spend: Floats) -> tuple[Floats, Floats]:
    """Return repeat purchases and their mean spend as float64, checked.

    Raises
    ------
    DefinitionError
        When shapes differ, a frequency is below 0, or a number infinite.

    Examples
    --------
    >>> spends(np.array([-1]), np.array([9]))
    Traceback (most recent call last):
    features.errors.DefinitionError: spends of customers is not well defined:
      - row 0: expected a frequency of 0 or more, both finite, came frequency -1, mean spend 9
    """
    times, spent = (np.asarray(each, dtype=np.float64) for each in (frequency, mean_spend))
    if times.ndim != 1 or times.shape != spent.shape:
        fault = f"frequency and mean_spend must be (n,) alike, got {times.shape} and {spent.shape}"
        raise DefinitionError("spends of customers", [fault])
    if (bad := np.flatnonzero((times < 0) | np.isinf(times) | np.isinf(spent))).size:
        row = bad[0]
        came = f"frequency {times[row]:g}, mean spend {spent[row]:g}"
        fault = f"row {row}: expected a frequency of 0 or more, both finite, came {came}"
        raise DefinitionError("spends of customers", [fault])
    return times, spent


@compiled
def _first_contradiction(x: Floats, recency: Floats, age: Floats) -> int:
    for row in range(len(x)):
        if np.isnan(x[row]) or np.isnan(recency[row]) or np.isnan(age[row]):
            continue
        in_order = 0.0 <= recency[row] <= age[row] < np.inf
        counted = 0.0 <= x[row] < np.inf and x[row] == np.floor(x[row])
        if not (in_order and counted) or (x[row] == 0.0 and recency[row] > 0.0):
            return row
    return -1
