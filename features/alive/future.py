"""Purchases to come from a customer who is alive.

The expectation is a Gauss hypergeometric function in the paper (Fader, Hardie, Lee, 2005, equation
10), with a difference of nearly equal terms and a pole at ``a = 1``. Neither is in the matter: the
sum of `_by_series` is the same quantity, and all its terms are positive.
"""

from __future__ import annotations

import math
from typing import Final

from features.alive.elementary import exp, log, log1p, one_minus_exp
from features.compiled import compiled

LONGEST_SERIES: Final = 4000
"""Terms after which quadrature is quicker than going on."""

_NEGLIGIBLE: Final = 2.0**-56
_FARTHEST_START: Final = 600.0
_WIDEST_STEP: Final = 0.25


@compiled
def purchases_if_alive(n: float, odds: float, a: float, b: float) -> float:
    """Return the expected number of purchases in a horizon of a customer alive at its start.

    With purchases at a gamma distributed rate (shape ``n``, rate ``s`` days) and the customer
    leaving after each with a beta distributed probability ``p``, this is the mean over ``p`` of
    ``(1 - (1 + p t / s)^-n) / p``.

    Parameters
    ----------
    n : float
        ``r`` + repeat purchases, above 0.
    odds : float
        Horizon ``t`` over ``s``, where ``s`` is ``alpha`` + age; above 0.
    a, b : float
        Of the beta distribution of ``p`` given that the customer is alive, above 0.

    Returns
    -------
    float
        From 0 to ``n * odds``, which is reached when nobody ever leaves.

    Examples
    --------
    >>> round(purchases_if_alive(2.0, 0.5, 1e-6, 1.0), 4), purchases_if_alive(2.0, 0.5, 1.0, 1e-6)
    (1.0, 0.5555...)
    """
    if n * log1p(odds) < _FARTHEST_START:
        found = by_series(n, odds, a, b)
        if found >= 0.0:
            return found
    return by_quadrature(n, odds, a, b)


@compiled
def by_series(n: float, odds: float, a: float, b: float) -> float:
    """Sum over the purchases ``k`` that there would be if nobody left.

    ``k`` is negative binomial. Of ``k`` purchases the customer stays for
    ``1 + E[1 - p] + ... + E[(1 - p)^(k - 1)]``. Takes as many terms as there may be purchases, or
    gives -1 after `LONGEST_SERIES`.
    """
    z = odds / (1.0 + odds)
    weight = exp(-n * log1p(odds))
    staying = 1.0
    made = 0.0
    total = 0.0
    for k in range(1, LONGEST_SERIES):
        weight *= z * (n + (k - 1.0)) / k
        made += staying
        term = weight * made
        total += term
        staying *= (b + (k - 1.0)) / (a + b + (k - 1.0))
        # The next ratios of terms fall towards z from at most this.
        ratio = z * (n + k) / k
        if ratio < 1.0 and term * ratio <= _NEGLIGIBLE * total * (1.0 - ratio):
            return total
    return -1.0


@compiled
def by_quadrature(n: float, odds: float, a: float, b: float) -> float:
    """Average over ``p`` by the trapezoidal rule in ``log(p / (1 - p))``.

    The integrand is analytic in a strip around the real line and falls exponentially on both
    sides, so that the rule converges faster than any power of the step (Trefethen, Weideman, "The
    exponentially convergent trapezoidal rule", SIAM Review 56(3), 2014). Beyond the last node
    either side is a geometric series.
    """
    spread = math.sqrt(1.0 / a + 1.0 / b)
    step = min(_WIDEST_STEP, 0.5 * spread)
    peak = log(a / b)
    top = _log_weight(peak, a, b)
    weights, values = 1.0, _bought(peak, n, odds)
    for side in (-1.0, 1.0):
        # p, or 1 - p, is so small from here on that the integrand is a pure exponential.
        far = 40.0 + log(max(n, n * odds, a, b, 1.0))
        y = peak
        while True:
            y += side * step
            weight = exp(_log_weight(y, a, b) - top)
            value = weight * _bought(y, n, odds)
            weights += weight
            values += value
            if weight <= _NEGLIGIBLE * weights and value <= _NEGLIGIBLE * values:
                break
            if side * y > far:
                fall = step * (a if side < 0.0 else b)
                rest = exp(-fall) / one_minus_exp(fall)
                weights += weight * rest
                values += value * rest
                break
    return values / weights


@compiled
def _log_weight(y: float, a: float, b: float) -> float:
    """Return ``a log(p) + b log(1 - p)``, where ``p = 1 / (1 + exp(-y))``."""
    return (a * y if y < 0.0 else -b * y) - (a + b) * log1p(exp(-abs(y)))


@compiled
def _bought(y: float, n: float, odds: float) -> float:
    """Return ``(1 - (1 + p odds)^-n) / p``."""
    p = exp(y) / (1.0 + exp(y)) if y < 0.0 else 1.0 / (1.0 + exp(-y))
    if p == 0.0:
        return n * odds
    return one_minus_exp(n * log1p(p * odds)) / p
