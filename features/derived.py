"""Elementwise functions of features: where floating point may begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats
from features.compiled import compiled

Constants = tuple[float, ...]

_MONTH: Final = 30.4375


@dataclass(frozen=True)
class Operation:
    """An elementwise function of features.

    Parameters
    ----------
    name : str
        Stands between the names of the inputs.
    compute : callable
        From arrays of one shape, one for each input, to an array of that shape. Where there is
        something to fit, inputs are (k, r) for k features, and the (k, c) options and fitted
        parameters of each come first.
    phrase : str
        Description; ``{0}``, ``{1}`` and so on are those of the inputs.
    null : str
        When the value is null; empty when that is so only where an input is.
    unit : str
        Unit of the value; ``{unit}`` stands for that of the first input.
    fit : callable, optional
        From the options and (n,) values of each input to the parameters.
    expands : bool
        Whether fitting makes several features of it; see `features.multihot`.
    """

    name: str
    compute: Callable[..., Floats]
    phrase: str
    null: str
    unit: str
    fit: Callable[..., Constants] | None = None
    expands: bool = False


@compiled
def _quotient(over: float, under: float) -> float:
    return over / under if under != 0 else np.nan


@compiled
def _ratio(over: Floats, under: Floats) -> Floats:
    """Divide; null where the divisor is null or 0.

    Examples
    --------
    >>> _ratio(np.array([1.0, 1.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    found = np.empty(over.shape, np.float64)
    for place in range(found.size):
        found.flat[place] = _quotient(over.flat[place], under.flat[place])
    return found


@compiled
def _contrast(recent: Floats, before: Floats) -> Floats:
    """Compare two amounts, from -1 to 1, also where refunds make one negative; null if both are 0.

    Examples
    --------
    >>> _contrast(np.array([3.0, 0.0]), np.array([1.0, 0.0]))
    array([0.5, nan])
    """
    found = np.empty(recent.shape, np.float64)
    for place in range(found.size):
        now, then = recent.flat[place], before.flat[place]
        found.flat[place] = _quotient(now - then, abs(now) + abs(then))
    return found


@compiled
def _bend(recent: Floats, before: Floats, long_before: Floats) -> Floats:
    """Compare the last change with the one before it, from -1 to 1.

    Examples
    --------
    >>> _bend(np.array([4.0, 0.0]), np.array([2.0, 0.0]), np.array([2.0, 0.0]))
    array([0.2, nan])
    """
    found = np.empty(recent.shape, np.float64)
    for place in range(found.size):
        now, then, once = recent.flat[place], before.flat[place], long_before.flat[place]
        sizes = abs(now) + 2 * abs(then) + abs(once)
        found.flat[place] = _quotient(now - 2 * then + once, sizes)
    return found


def _overdue(since: Floats, usual: Floats) -> Floats:
    """Return how many days more than the usual pause and three days have gone by.

    Examples
    --------
    >>> _overdue(np.array([12.0]), np.array([7.0]))
    array([2.])
    """
    return since - (usual + 3)


def _present(values: Floats) -> Floats:
    """Tell whether a number is above 0.

    Examples
    --------
    >>> _present(np.array([3.0, 0.0, np.nan]))
    array([ 1.,  0., nan])
    """
    return np.where(np.isnan(values), np.nan, (values > 0).astype(np.float64))


@compiled
def _part(part: Floats, rest: Floats) -> Floats:
    """Divide a part by the whole that it makes with the rest; null where both are 0.

    Examples
    --------
    >>> _part(np.array([3.0, 0.0]), np.array([1.0, 0.0]))
    array([0.75,  nan])
    """
    found = np.empty(part.shape, np.float64)
    for place in range(found.size):
        some = part.flat[place]
        found.flat[place] = _quotient(some, some + rest.flat[place])
    return found


def _months(days: Floats) -> Floats:
    """Turn days into months of 365.25 / 12 days.

    Examples
    --------
    >>> _months(np.array([365.25]))
    array([12.])
    """
    return days / _MONTH


def _difference(more: Floats, less: Floats) -> Floats:
    return more - less


RATIO: Final = Operation("per", _ratio, "{0} / {1}", "the divisor is null or 0", "ratio")
CONTRAST: Final = Operation(
    "against", _contrast, "({0} - {1}) / the sum of their sizes", "both are 0", "from -1 to 1"
)
BEND: Final = Operation(
    "bend",
    _bend,
    "({0} - twice {1} + {2}) / the sum of their sizes",
    "all are 0",
    "from -1 to 1",
)
OVERDUE: Final = Operation("overdue", _overdue, "{0}, less ({1} and 3 days)", "", "days")
PRESENT: Final = Operation("present", _present, "1 if above 0, else 0: {0}", "", "0 or 1")
PART: Final = Operation("part", _part, "{0} / (the same and {1})", "both are 0", "share")
MONTHS: Final = Operation("months", _months, "{0}, in months of 30.4375 days", "", "months")
DIFFERENCE: Final = Operation("less", _difference, "{0} - {1}", "", "{unit}")
