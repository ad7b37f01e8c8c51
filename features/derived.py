"""Elementwise functions of tallies: where floating point may begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats


@dataclass(frozen=True)
class Operation:
    """An elementwise function of two features.

    Parameters
    ----------
    name : str
        Stands between the names of the inputs.
    compute : callable
        From two (r,) arrays to one.
    phrase : str
        Description; ``{0}`` and ``{1}`` are those of the inputs.
    null : str
        When the value is null.
    unit : str
        Unit of the value.
    """

    name: str
    compute: Callable[[Floats, Floats], Floats]
    phrase: str
    null: str
    unit: str


def _ratio(over: Floats, under: Floats) -> Floats:
    """Divide; null where the divisor is null or 0.

    Examples
    --------
    >>> _ratio(np.array([1.0, 1.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    return _divide(over, under)


def _contrast(recent: Floats, before: Floats) -> Floats:
    """Compare two amounts, from -1 to 1, also where refunds make one negative; null if both are 0.

    Examples
    --------
    >>> _contrast(np.array([3.0, 0.0]), np.array([1.0, 0.0]))
    array([0.5, nan])
    """
    return _divide(recent - before, np.abs(recent) + np.abs(before))


def _divide(over: Floats, under: Floats) -> Floats:
    found = np.full(len(over), np.nan)
    np.divide(over, under, out=found, where=under != 0)
    return found


RATIO: Final = Operation("per", _ratio, "{0} / {1}", "the divisor is null or 0", "ratio")
CONTRAST: Final = Operation(
    "against", _contrast, "({0} - {1}) / the sum of their sizes", "both are 0", "from -1 to 1"
)

OPERATIONS: Final = {each.name: each for each in (RATIO, CONTRAST)}
"""Every operation by name, for reading definitions back from JSON."""
