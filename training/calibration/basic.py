"""exp and log1p with the same last bit everywhere.

`numpy.exp` differs from the C library's in one value of twenty-two on a processor with AVX-512,
and the C libraries differ from one another: scores stored on one machine would not be found again
on the next. IEEE 754 fixes every bit of +, -, *, / and rounding, and nothing else is used here.
Each operation stands alone, in Python as in numpy, so no compiler fuses two.
"""

from __future__ import annotations

import math
from typing import Final, TypeVar

import numpy as np

from features.arrays import Floats

_PER_DOUBLING: Final = 1.44269504088896338700  # 1 / ln 2
_LN2_HIGH: Final = 6.93147180369123816490e-01
_LN2_LOW: Final = 1.90821492927058770002e-10
_HALF_DOUBLING: Final = 0.41421356237309503  # sqrt(2) - 1
_Real = TypeVar("_Real", float, Floats)


def exp(x: Floats) -> Floats:
    """Return e to the power of ``x``, within one unit in the last place.

    Parameters
    ----------
    x : (n,) float64
        From -700 to 700.

    Examples
    --------
    >>> exp(np.array([0.0, 1.0])).round(12).tolist()
    [1.0, 2.718281828459]
    """
    doublings = np.rint(x * _PER_DOUBLING)
    return np.ldexp(_reduced_exp(x, doublings), doublings.astype(np.int32))


def exp_one(x: float) -> float:
    """Return what `exp` gives for one number, bit for bit."""
    doublings = round(x * _PER_DOUBLING)
    return math.ldexp(_reduced_exp(x, float(doublings)), doublings)


def log1p(x: Floats) -> Floats:
    """Return the natural logarithm of ``1 + x``, within two units in the last place.

    Parameters
    ----------
    x : (n,) float64
        From 0 to 1.

    Examples
    --------
    >>> log1p(np.array([0.0, 1.0])).tolist()
    [0.0, 0.6931471805599453]
    """
    upper = x > _HALF_DOUBLING
    return _reduced_log(np.where(upper, (x - 1.0) * 0.5, x), np.where(upper, 1.0, 0.0))


def log1p_one(x: float) -> float:
    """Return what `log1p` gives for one number, bit for bit."""
    return _reduced_log((x - 1.0) * 0.5, 1.0) if x > _HALF_DOUBLING else _reduced_log(x, 0.0)


def _reduced_exp(x: _Real, doublings: _Real) -> _Real:
    """Return ``exp(x) / 2 ** doublings`` within one unit in the last place.

    After fdlibm's ``e_exp.c`` (Sun Microsystems, 1993): what is left of ``x`` after multiples of
    ln 2 goes through a rational form of a minimax polynomial.
    """
    high = x - doublings * _LN2_HIGH
    low = doublings * _LN2_LOW
    rest = high - low
    square = rest * rest
    curve = -1.65339022054652515390e-06 + square * 4.13813679705723846039e-08
    curve = 6.61375632143793436117e-05 + square * curve
    curve = -2.77777777770155933842e-03 + square * curve
    curve = rest - square * (1.66666666666666019037e-01 + square * curve)
    return 1.0 - ((low - (rest * curve) / (2.0 - curve)) - high)


def _reduced_log(f: _Real, doublings: _Real) -> _Real:
    """Return ``log((1 + f) * 2 ** doublings)`` for ``1 + f`` between the square roots of 1/2 and 2.

    After fdlibm's ``e_log.c`` (Sun Microsystems, 1993): a minimax polynomial in
    ``s = f / (2 + f)``, of which the logarithm is twice the inverse hyperbolic tangent.
    """
    s = f / (2.0 + f)
    square = s * s
    curve = 1.531383769920937332e-01 + square * 1.479819860511658591e-01
    curve = 1.818357216161805012e-01 + square * curve
    curve = 2.222219843214978396e-01 + square * curve
    curve = 2.857142874366239149e-01 + square * curve
    curve = 3.999999999940941908e-01 + square * curve
    curve = square * (6.666666666666735130e-01 + square * curve)
    half = 0.5 * f * f
    low = s * (half + curve) + doublings * _LN2_LOW
    return doublings * _LN2_HIGH - ((half - low) - f)
