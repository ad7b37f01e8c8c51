"""What is known of customers as of a cutoff: repeats, recency and age, checked."""

from __future__ import annotations

import numpy as np

from features.arrays import Floats
from features.compiled import compiled
from features.errors import DefinitionError

_RULES = (
    "frequency 0 or above and finite, 0 <= recency <= age finite, and recency 0 without a repeat"
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


@compiled
def _first_contradiction(x: Floats, recency: Floats, age: Floats) -> int:
    for row in range(len(x)):
        if np.isnan(x[row]) or np.isnan(recency[row]) or np.isnan(age[row]):
            continue
        whole = 0.0 <= recency[row] <= age[row] < np.inf and 0.0 <= x[row] < np.inf
        if not whole or (x[row] == 0.0 and recency[row] > 0.0):
            return row
    return -1
