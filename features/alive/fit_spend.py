"""Fitting Gamma-Gamma by maximum likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from features.alive.histories import spends
from features.alive.likelihood import Spends, spend_log_likelihood
from features.alive.maximum import maximise, maximise_from
from features.alive.models import SpendModel
from features.alive.quality import FEWEST_DISTINCT, FEWEST_REPEATERS, Quality, quality_of
from features.arrays import Floats
from features.errors import CohortError

_SEARCHED: Final = 20_000

# Logarithms of p, q - 1 and v, in units of the median spend.
_STARTS: Final = (np.log([2.0, 2.0, 1.0]), np.log([8.0, 8.0, 1.0]))
_LOW: Final = np.log([1e-5, 2e-3, 1e-5])
_HIGH: Final = np.log([1e5, 1e5, 1e5])


@dataclass(frozen=True)
class SpendFit:
    """A spend model, how its fit went, and what it presumes.

    Parameters
    ----------
    model : SpendModel
        Fitted parameters.
    quality : Quality
        How the fit went.
    correlation : float
        Of repeat purchases and mean spend, over the customers of the fit. The model presumes 0;
        NaN when either is the same for all.
    """

    model: SpendModel
    quality: Quality
    correlation: float


def fit_spend(frequency: Floats, mean_spend: Floats) -> SpendFit:
    """Fit Gamma-Gamma to the mean spend of the customers who bought again.

    Parameters
    ----------
    frequency, mean_spend : (n,) float64
        As for `features.alive.expected_spend`. Rows without a repeat, or whose mean is NaN or not
        above 0, are left out and counted.

    Raises
    ------
    DefinitionError
        When shapes differ, or a frequency is below 0 or a number infinite.
    CohortError
        When too few customers have a mean spend above 0, or all the same.

    Examples
    --------
    >>> from features.alive import simulate
    >>> rng = np.random.default_rng(7)
    >>> x = rng.integers(1, 9, 5000).astype(float)
    >>> fitted = fit_spend(x, simulate.mean_spends(SpendModel(6.0, 4.0, 15.0), x, rng))
    >>> fitted.quality.converged, abs(fitted.model.mean - 30.0) < 1.0
    (True, True)
    """
    times, spent = spends(frequency, mean_spend)
    kept = (times > 0) & (spent > 0)
    times, spent = times[kept], spent[kept]
    distinct = len(np.unique(spent))
    if len(spent) < FEWEST_REPEATERS or distinct < FEWEST_DISTINCT:
        raise CohortError(
            f"a spend model needs at least {FEWEST_REPEATERS} customers with a repeat purchase and "
            f"a mean spend above 0, and {FEWEST_DISTINCT} different means; came {len(spent):,} "
            f"such customers with {distinct:,} different means. Fit it on more customers."
        )
    unit = float(np.median(spent))
    exact = partial(spend_log_likelihood, seen=Spends.of(times, spent / unit))
    stride = -(-len(spent) // _SEARCHED)
    part = Spends.of(times[::stride], spent[::stride] / unit)
    some = partial(spend_log_likelihood, seen=part)
    found = maximise(some, _STARTS, _LOW, _HIGH, len(part.spent))
    if stride > 1:
        found = maximise_from(exact, found, _LOW, _HIGH, len(spent), len(part.spent))
    p, above, v = map(float, np.exp(found.logs))
    fitted = {"p": p, "q": above, "v": v * unit}
    quality = quality_of(found, fitted, len(spent), int((~kept).sum()))
    # A density of money is one of medians over the median.
    told = quality.log_likelihood - len(spent) * math.log(unit)
    quality = replace(quality, log_likelihood=told)
    varies = times.std() > 0
    correlation = float(np.corrcoef(times, spent)[0, 1]) if varies else float("nan")
    return SpendFit(SpendModel(p, 1.0 + above, v * unit), quality, correlation)
