"""The logistic function with the same last bit everywhere.

`numpy.exp` differs from the C library's in one value of twenty-two on a processor with AVX-512,
and the C libraries differ from one another: scores stored on one machine would not be found again
on the next. IEEE 754 fixes every bit of +, -, *, / and rounding, and nothing else is used here.
"""

from __future__ import annotations

import math
from typing import Final, TypeVar

import numpy as np

from features.arrays import Floats

_FURTHEST: Final = 36.0  # the last whole log-odds whose probability is clearly below 1 in float64
_PER_DOUBLING: Final = 1.44269504088896338700  # 1 / ln 2
_Real = TypeVar("_Real", float, Floats)


def sigmoid(z: Floats) -> Floats:
    """Return ``1 / (1 + exp(-z))`` with the same bits on every machine.

    Log-odds beyond 36 are taken for 36, so the result is inside (0, 1).

    Examples
    --------
    >>> sigmoid(np.array([0.0, -1000.0])).tolist()
    [0.5, 2.319522830243569e-16]
    """
    return 1.0 / (1.0 + _exp(-np.clip(z, -_FURTHEST, _FURTHEST)))


def sigmoid_one(z: float) -> float:
    """Return what `sigmoid` gives for one number, bit for bit.

    Examples
    --------
    >>> sigmoid_one(0.7) == sigmoid(np.array([0.7])).item()
    True
    """
    x = -min(max(z, -_FURTHEST), _FURTHEST)
    doublings = round(x * _PER_DOUBLING)
    return 1.0 / (1.0 + math.ldexp(_reduced_exp(x, float(doublings)), doublings))


def _exp(x: Floats) -> Floats:
    doublings = np.rint(x * _PER_DOUBLING)
    return np.ldexp(_reduced_exp(x, doublings), doublings.astype(np.int32))


def _reduced_exp(x: _Real, doublings: _Real) -> _Real:
    """Return ``exp(x) / 2 ** doublings`` within one unit in the last place.

    After fdlibm's ``e_exp.c`` (Sun Microsystems, 1993): what is left of ``x`` after multiples of
    ln 2 goes through a rational form of a minimax polynomial. Each operation stands alone, in
    Python as in numpy, so no compiler fuses two.
    """
    high = x - doublings * 6.93147180369123816490e-01
    low = doublings * 1.90821492927058770002e-10
    rest = high - low
    square = rest * rest
    curve = -1.65339022054652515390e-06 + square * 4.13813679705723846039e-08
    curve = 6.61375632143793436117e-05 + square * curve
    curve = -2.77777777770155933842e-03 + square * curve
    curve = rest - square * (1.66666666666666019037e-01 + square * curve)
    return 1.0 - ((low - (rest * curve) / (2.0 - curve)) - high)
