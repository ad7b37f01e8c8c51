"""How a fit went, as a value to be stored, shown or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.alive.maximum import Maximum
from features.errors import CohortError

FEWEST_REPEATERS: Final = 30
"""Customers with a repeat purchase below whom nothing is fitted."""

FEWEST_DISTINCT: Final = 5
"""Distinct histories, or mean spends, below which a model cannot tell customers apart."""


@dataclass(frozen=True)
class Quality:
    """How a fit went.

    Parameters
    ----------
    customers : int
        Whom it learnt from.
    left_out : int
        Rows not learnt from: without purchase, or for spend without a repeat or a mean above 0.
    log_likelihood : float
        At the fitted parameters.
    standard_errors : mapping of str to float
        Of each parameter, in its unit; NaN where they cannot be told.
    at_bounds : tuple of str
        Parameters that ended at the edge of what is searched: the data ask for none of that
        difference between customers, or for more of it than the model can tell.
    away : float
        Estimated distance from the maximum, in standard errors.
    converged : bool
        Whether it is at most `features.alive.maximum.CLOSE_ENOUGH`.
    evaluations : int
        Of the likelihood.
    """

    customers: int
    left_out: int
    log_likelihood: float
    standard_errors: Mapping[str, float]
    at_bounds: tuple[str, ...]
    away: float
    converged: bool
    evaluations: int

    def require(self) -> None:
        """Refuse a fit that did not settle inside the ranges of its parameters.

        Raises
        ------
        CohortError
            With what came and what to do.
        """
        if self.converged and not self.at_bounds:
            return
        came = f"a search that ended {self.away:.2g} standard errors away"
        if self.at_bounds:
            came = f"{' and '.join(self.at_bounds)} at the edge of the range"
        raise CohortError(
            f"expected a maximum of the likelihood inside the ranges of the parameters, came {came}"
            f" ({self.customers:,} customers); give more customers or a longer history, or do "
            "without this model"
        )


def quality_of(
    found: Maximum, parameters: Mapping[str, float], customers: int, left_out: int
) -> Quality:
    """Say how a search went; ``parameters`` are the exponentials of its log-parameters, named."""
    logs = zip(parameters.items(), found.errors, strict=True)
    return Quality(
        customers=customers,
        left_out=left_out,
        log_likelihood=found.value,
        standard_errors={name: value * float(error) for (name, value), error in logs},
        at_bounds=tuple(np.array(list(parameters))[found.at_bound].tolist()),
        away=found.away,
        converged=found.converged,
        evaluations=found.evaluations,
    )
