"""Logarithm and exponential with the same bits in every batch and on every machine.

C libraries differ in last bits from one another, and their vector forms from their scalar ones.
IEEE 754 fixes every bit of +, -, *, /, and `features.compiled` fuses and re-orders nothing, so the
two functions here are made of those. Both are within 2 units in the last place.
"""

from __future__ import annotations

import math
from typing import Final

from features.compiled import compiled

# ln 2 in two parts: the first has 32 bits, so that its product with an exponent is exact.
_LN2_HIGH: Final = 6.93147180369123816490e-01
_LN2_LOW: Final = 1.90821492927058770002e-10
_ROOT_HALF: Final = math.sqrt(0.5)
_TAYLOR: Final = tuple(1 / math.factorial(k) for k in range(14, 1, -1))
_ATANH: Final = tuple(1 / (2 * k + 1) for k in range(11, 0, -1))
_OVERFLOWS: Final = 709.5
_UNDERFLOWS: Final = -708.0


@compiled
def exp(x: float) -> float:
    """Return e to the power of ``x``; infinity above 709.5, 0 below -708.

    The power of two is split off, and the rest goes through its Taylor series.

    Examples
    --------
    >>> exp(0.0), exp(-1000.0), round(exp(1.0), 12)
    (1.0, 0.0, 2.718281828459)
    """
    if x != x:
        return x
    if x > _OVERFLOWS:
        return math.inf
    if x < _UNDERFLOWS:
        return 0.0
    doublings = math.floor(x * 1.4426950408889634 + 0.5)
    rest = (x - doublings * _LN2_HIGH) - doublings * _LN2_LOW
    curve = 0.0
    for coefficient in _TAYLOR:
        curve = curve * rest + coefficient
    return math.ldexp(1.0 + (rest + rest * rest * curve), int(doublings))


@compiled
def log(x: float) -> float:
    """Return the natural logarithm of ``x`` above 0; minus infinity at 0, NaN below.

    With ``x = m 2^k`` and ``s = (m - 1) / (m + 1)`` it is ``k ln 2 + 2 atanh(s)``, whose series in
    ``s^2``, at most 0.03, is short.

    Examples
    --------
    >>> log(1.0), log(0.0), round(log(2.0), 12)
    (0.0, -inf, 0.69314718056)
    """
    if not 0.0 < x < math.inf:
        return -math.inf if x == 0.0 else (x if x > 0.0 else math.nan)
    mantissa, power = math.frexp(x)
    if mantissa < _ROOT_HALF:
        mantissa *= 2.0
        power -= 1
    above = mantissa - 1.0
    s = above / (2.0 + above)
    square = s * s
    curve = 0.0
    for coefficient in _ATANH:
        curve = curve * square + coefficient
    # 2s is above - s * above, and above has no rounding: the large part stays exact.
    rest = s * (2.0 * square * curve - above)
    return power * _LN2_HIGH + (above + (rest + power * _LN2_LOW))


@compiled
def log1p(x: float) -> float:
    """Return ``log(1 + x)`` for ``x`` above -1, also where ``1 + x`` would round ``x`` away.

    The logarithm of the rounded sum is rescaled by what was rounded (Kahan; Hewlett-Packard,
    HP-15C Advanced Functions Handbook, 1982, appendix "Accuracy of numerical calculations").

    Examples
    --------
    >>> log1p(1e-20)
    1e-20
    """
    sum_ = 1.0 + x
    if sum_ == 1.0 or sum_ == math.inf:
        return x if sum_ == 1.0 else log(x)
    return log(sum_) * (x / (sum_ - 1.0))


@compiled
def one_minus_exp(x: float) -> float:
    """Return ``1 - exp(-x)`` for ``x`` 0 or above, also where ``x`` is tiny.

    Examples
    --------
    >>> one_minus_exp(1e-20), one_minus_exp(50.0)
    (1e-20, 1.0)
    """
    shrunk = exp(-x)
    if shrunk == 1.0:
        return x
    if shrunk < 0.5:
        return 1.0 - shrunk
    return (1.0 - shrunk) * (x / -log(shrunk))
