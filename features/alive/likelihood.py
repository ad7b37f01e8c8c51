"""Log-likelihoods of the two models, and their gradients, over grouped customers.

Parameters come as logarithms, in which the surfaces are rounder and no bound is needed. What
depends on one column alone is computed once for each of its distinct values. scipy is imported
when a likelihood is asked for: scoring needs none of this.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from features.alive.grouped import Grouped
from features.arrays import Floats, Ints
from features.compiled import compiled


def purchase_log_likelihood(
    logs: Floats, seen: Grouped, chances: float = 0.0
) -> tuple[float, Floats]:
    """Return the log-likelihood of histories under BG/NBD or MBG/NBD, and its gradient.

    Parameters
    ----------
    logs : (4,) float64
        Logarithms of r, alpha, a, b.
    seen : Grouped
        Frequency, recency and age.
    chances : {0.0, 1.0}
        `PurchaseModel.chances`.

    Returns
    -------
    float
        Sum over customers, of densities of purchase times.
    (4,) float64
        Derivatives by the logarithms.

    Notes
    -----
    Fader, Hardie, Lee, 2005, equation 6, with the larger of its two terms taken out of the sum, so
    that nothing underflows; Batislam et al., 2007, for one chance more to leave.

    Examples
    --------
    >>> from features.alive.grouped import group
    >>> seen = group(np.array([0.0]), np.array([0.0]), np.array([10.0]))
    >>> value, slope = purchase_log_likelihood(np.log([1.0, 10.0, 1.0, 1.0]), seen)
    >>> round(value, 6) == round(float(np.log(10 / 20)), 6)
    True
    """
    from scipy.special import gammaln, psi

    r, alpha, a, b = np.exp(logs)
    x, last, whole = seen.values
    of_x, of_last, of_whole = seen.places
    stayed = x + chances
    customers = seen.weights_of(0)
    value, d_r, d_alpha, d_a, d_b = _leaving_or_not(
        r + x,
        _log_odds(a, b, stayed),
        _share(b, stayed),
        np.log(alpha + last),
        1.0 / (alpha + last),
        np.log(alpha + whole),
        1.0 / (alpha + whole),
        of_x,
        of_last,
        of_whole,
        seen.weights,
    )
    beta = gammaln(b + stayed) - gammaln(b) + gammaln(a + b) - gammaln(a + b + stayed)
    value += float(customers @ (gammaln(r + x) - gammaln(r) + r * logs[1] + beta))
    d_r += float(customers @ (psi(r + x) - psi(r) + logs[1]))
    d_alpha += float(customers.sum() * r / alpha)
    both = psi(a + b) - psi(a + b + stayed)
    d_a = d_a / a + float(customers @ both)
    d_b = -d_b + float(customers @ (psi(b + stayed) - psi(b) + both))
    return value, np.array([d_r * r, d_alpha * alpha, d_a * a, d_b * b])


@dataclass(frozen=True, eq=False)
class Spends:
    """Repeat purchases and their mean spend, with what no parameter changes.

    Parameters
    ----------
    times : (k,) float64
        Distinct numbers of repeat purchases, 1 or more.
    place : (n,) int64
        Which of them a customer made.
    spent : (n,) float64
        Money of all repeat purchases, above 0.
    log_spent, log_mean : float
        Sums over customers of the logarithms of the money and of its mean.
    """

    times: Floats
    place: Ints
    spent: Floats
    log_spent: float
    log_mean: float

    @classmethod
    def of(cls, times: Floats, mean_spend: Floats) -> Spends:
        """Prepare (n,) repeat purchases, 1 or more, and their mean spends, above 0."""
        distinct, place = np.unique(times, return_inverse=True)
        logs = np.log(mean_spend)
        all_logs = float((logs + np.log(times)).sum())
        return cls(distinct, place, times * mean_spend, all_logs, float(logs.sum()))


def spend_log_likelihood(logs: Floats, seen: Spends) -> tuple[float, Floats]:
    """Return the log-likelihood of mean spends under Gamma-Gamma, and its gradient.

    Parameters
    ----------
    logs : (3,) float64
        Logarithms of p, q - 1 and v.
    seen : Spends
        Customers with repeat purchases.

    Returns
    -------
    float
        Sum over customers, of densities of the mean.
    (3,) float64
        Derivatives by the logarithms.

    Notes
    -----
    Fader, Hardie, 2013, equation 1a.

    Examples
    --------
    >>> one = Spends.of(np.array([1.0]), np.array([1.0]))
    >>> value, slope = spend_log_likelihood(np.zeros(3), one)
    >>> round(value, 6) == round(math.log(2 / 8), 6)
    True
    """
    from scipy.special import gammaln, psi

    p, above, v = map(float, np.exp(logs))
    q, x, n = above + 1.0, seen.times, float(len(seen.spent))
    customers = np.bincount(seen.place, minlength=len(x)).astype(np.float64)
    less, less_times, part = _beside(v, p * x + q, x, seen.place, seen.spent)
    whole = seen.log_spent + less
    value = float(customers @ (gammaln(p * x + q) - gammaln(p * x))) - n * float(gammaln(q))
    value += n * q * float(logs[2]) - p * less_times - q * whole - seen.log_mean
    d_p = float(customers @ (x * (psi(p * x + q) - psi(p * x)))) - less_times
    d_q = float(customers @ psi(p * x + q)) - n * float(psi(q)) + n * float(logs[2]) - whole
    d_v = n * q / v - part
    return value, np.array([d_p * p, d_q * above, d_v * v])


def _log_odds(a: float, b: float, stayed: Floats) -> Floats:
    """Return the log of a / (b + stayed - 1), minus infinity where nobody could leave yet."""
    found = np.full(len(stayed), -math.inf)
    could = stayed > 0
    found[could] = math.log(a) - np.log(b + stayed[could] - 1.0)
    return found


def _share(b: float, stayed: Floats) -> Floats:
    return np.divide(1.0, b + stayed - 1.0, out=np.zeros(len(stayed)), where=stayed > 0)


@compiled
def _leaving_or_not(
    shape: Floats,
    log_odds: Floats,
    share: Floats,
    log_last: Floats,
    last: Floats,
    log_whole: Floats,
    whole: Floats,
    of_x: Ints,
    of_last: Ints,
    of_whole: Ints,
    weights: Floats,
) -> tuple[float, float, float, float, float]:
    """Sum ``log(still there + left after the last purchase)``, and what its gradient is made of."""
    value = d_r = d_alpha = d_a = d_b = 0.0
    for row in range(len(weights)):
        x, t, age = of_x[row], of_last[row], of_whole[row]
        silence = log_whole[age] - log_last[t]
        odds = log_odds[x] + shape[x] * silence
        if odds > 0.0:
            small = math.exp(-odds)
            more = odds + math.log1p(small)
            left = 1.0 / (1.0 + small)
        else:
            small = math.exp(odds)
            more = math.log1p(small)
            left = small / (1.0 + small)
        weight = weights[row]
        value += weight * (more - shape[x] * log_whole[age])
        d_r += weight * (left * silence - log_whole[age])
        d_alpha -= weight * shape[x] * (whole[age] + left * (last[t] - whole[age]))
        d_a += weight * left
        d_b += weight * left * share[x]
    return value, d_r, d_alpha, d_a, d_b


@compiled
def _beside(
    v: float, shape: Floats, times: Floats, place: Ints, spent: Floats
) -> tuple[float, float, float]:
    """Sum ``log1p(v / spent)``, the same times the purchases, and ``shape / (v + spent)``."""
    less = less_times = part = 0.0
    for row in range(len(spent)):
        x = place[row]
        one = math.log1p(v / spent[row])
        less += one
        less_times += one * times[x]
        part += shape[x] / (v + spent[row])
    return less, less_times, part
