"""The maximum of a log-likelihood in log-parameters, and how well it is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats

Likelihood = Callable[[Floats], tuple[float, Floats]]

CLOSE_ENOUGH: Final = 0.01
"""Standard errors that a converged fit may lie from the maximum at most."""

_STEP: Final = 1e-4

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
    errors : (k,) float64
        Standard errors of the log-parameters, from the observed information; NaN at a bound.
    at_bound : (k,) bool
        Parameters that the range stopped.
    away : float
        Estimated distance from the maximum, in standard errors; infinite when what was found is
        no maximum.
    evaluations : int
        Of the likelihood, over all starts.
    """

    logs: Floats
    value: float
    errors: Floats
    at_bound: Bools
    away: float
    evaluations: int

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

    evaluations = 0

    def downhill(logs: Floats) -> tuple[float, Floats]:
        nonlocal evaluations
        evaluations += 1
        value, slope = likelihood(logs)
        return -value / customers, -slope / customers

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
    value, slope = likelihood(logs)
    at_bound = (logs <= low) | (logs >= high)
    errors, away = _judged(likelihood, logs, slope, ~at_bound)
    evaluations += 1 + 2 * int((~at_bound).sum())
    return Maximum(logs, value, errors, at_bound, away, evaluations)


def _judged(
    likelihood: Likelihood, logs: Floats, slope: Floats, free: Bools
) -> tuple[Floats, float]:
    """Return standard errors, and the length of the Newton step that is left, measured in them."""
    errors = np.full(len(logs), np.nan)
    where = np.flatnonzero(free)
    information = np.empty((len(where), len(where)))
    for row, parameter in enumerate(where):
        step = np.zeros(len(logs))
        step[parameter] = _STEP
        ahead, behind = likelihood(logs + step)[1], likelihood(logs - step)[1]
        information[row] = (behind - ahead)[where] / (2 * _STEP)
    information = (information + information.T) / 2
    try:
        np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return errors, np.inf
    inverse = np.linalg.inv(information)
    errors[where] = np.sqrt(np.diag(inverse))
    rest = slope[where]
    return errors, float(np.sqrt(rest @ inverse @ rest))
