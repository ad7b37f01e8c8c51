"""The maximum of a log-likelihood in log-parameters, and how well it is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats

Likelihood = Callable[[Floats], tuple[float, Floats]]

CLOSE_ENOUGH: Final = 0.01
"""Standard errors that a converged fit may lie from the maximum at most."""

_STEP: Final = 1e-4
_MOST_STEPS: Final = 20

# About what rounding leaves of a mean over customers: the search ends when it gains no more.
_OPTIONS: Final = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500, "maxcor": 20}


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where a search ended.

    Parameters
    ----------
    logs : (k,) float64
        Log-parameters.
    value : float
        Log-likelihood there.
    covariance : (k, k) float64
        Of the log-parameters, the inverse of the observed information; NaN at a bound, and where
        there is no maximum.
    at_bound : (k,) bool
        Parameters that the range stopped, and that would go on beyond it.
    away : float
        Estimated distance from the maximum, in standard errors; infinite when what was found is
        no maximum.
    evaluations : int
        Of the likelihood, over all starts.
    """

    logs: Floats
    value: float
    covariance: Floats
    at_bound: Bools
    away: float
    evaluations: int

    @property
    def errors(self) -> Floats:
        """Standard errors of the log-parameters, (k,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def converged(self) -> bool:
        """Whether the search ended at the maximum, as nearly as `CLOSE_ENOUGH`."""
        return self.away <= CLOSE_ENOUGH


def maximise(
    likelihood: Likelihood, starts: Sequence[Floats], low: Floats, high: Floats, customers: int
) -> Maximum:
    """Climb by L-BFGS-B from every start, and judge the highest point that was reached.

    Parameters
    ----------
    likelihood : callable
        From log-parameters to the log-likelihood and its gradient.
    starts : sequence of (k,) float64
        Where to begin.
    low, high : (k,) float64
        Range of the log-parameters.
    customers : int
        By which the likelihood is scaled.

    Examples
    --------
    >>> def hill(x):
    ...     return -float(50 * ((x - 1) ** 2).sum()), -100 * (x - 1)
    >>> found = maximise(hill, [np.zeros(2)], np.full(2, -5.0), np.full(2, 5.0), 100)
    >>> found.logs.round(6), found.errors.round(3), found.converged
    (array([1., 1.]), array([0.1, 0.1]), True)
    """
    from scipy.optimize import Bounds, minimize
    from threadpoolctl import threadpool_limits

    evaluations = 0

    def downhill(logs: Floats) -> tuple[float, Floats]:
        nonlocal evaluations
        evaluations += 1
        value, slope = likelihood(logs)
        return -value / customers, -slope / customers

    with threadpool_limits(1, user_api="blas"):  # waiting threads cost more than 4 x 4 brings
        ends = [
            minimize(  # type: ignore[call-overload]  # its stubs ask for arrays of a known rank
                downhill,
                np.clip(start, low, high),
                jac=True,
                method="L-BFGS-B",
                bounds=Bounds(low, high),
                options=_OPTIONS,
            )
            for start in starts
        ]
    logs = np.asarray(min(ends, key=lambda end: float(end.fun)).x, dtype=np.float64)
    return _judged(likelihood, logs, low, high, evaluations)


def maximise_from(
    likelihood: Likelihood, rough: Maximum, low: Floats, high: Floats, customers: int, part: int
) -> Maximum:
    """Climb from the maximum of a part of the customers to that of all.

    By Newton's method with the information of the part, a few steps of one evaluation each. Where
    that does not settle, `maximise` goes on from what was found.

    Parameters
    ----------
    likelihood, low, high, customers
        As for `maximise`.
    rough : Maximum
        Of the part.
    part : int
        Customers in the part.

    Examples
    --------
    >>> def hill(x, top=1.0, n=100):
    ...     return -float(n / 2 * ((x - top) ** 2).sum()), -n * (x - top)
    >>> box = np.full(2, -5.0), np.full(2, 5.0)
    >>> rough = maximise(lambda x: hill(x, 1.2, 10), [np.zeros(2)], *box, 10)
    >>> maximise_from(hill, rough, *box, 100, 10).logs.round(6)
    array([1., 1.])
    """
    if rough.converged and not rough.at_bound.any():
        metric = rough.covariance * (part / customers)
        logs, value, evaluations = rough.logs, -np.inf, 0
        while evaluations < _MOST_STEPS:
            reached, slope = likelihood(logs)
            evaluations += 1
            step = metric @ slope
            if not reached > value or np.sqrt(slope @ step) < CLOSE_ENOUGH / 10:
                break
            value, logs = reached, np.clip(logs + step, low, high)
        found = _judged(likelihood, logs, low, high, evaluations)
        if found.converged and not found.at_bound.any():
            return found
    return maximise(likelihood, [rough.logs], low, high, customers)


def _judged(
    likelihood: Likelihood, logs: Floats, low: Floats, high: Floats, evaluations: int
) -> Maximum:
    """Say how far from the maximum a point is: the Newton step left, in standard errors."""
    value, slope = likelihood(logs)
    at_bound = ((logs <= low) & (slope <= 0)) | ((logs >= high) & (slope >= 0))
    where = np.flatnonzero(~at_bound)
    information = np.empty((len(where), len(where)))
    for row, parameter in enumerate(where):
        step = np.zeros(len(logs))
        step[parameter] = _STEP
        ahead, behind = likelihood(logs + step)[1], likelihood(logs - step)[1]
        information[row] = (behind - ahead)[where] / (2 * _STEP)
    information = (information + information.T) / 2
    covariance, away = np.full((len(logs), len(logs)), np.nan), np.inf
    with suppress(np.linalg.LinAlgError):
        np.linalg.cholesky(information)  # raises when this is no maximum
        inverse = np.linalg.inv(information)
        covariance[np.ix_(where, where)] = inverse
        away = float(np.sqrt(slope[where] @ inverse @ slope[where]))
    evaluations += 1 + 2 * len(where)
    return Maximum(logs, value, covariance, at_bound, away, evaluations)
