"""Fitting BG/NBD and MBG/NBD by maximum likelihood.

A million customers take seconds: equal histories are counted once, the best of several starts is
sought on a part of them, and the climb from there sees all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from features.alive.grouped import Grouped, group, thinned
from features.alive.histories import histories
from features.alive.likelihood import purchase_log_likelihood
from features.alive.maximum import maximise, maximise_from
from features.alive.models import Drops, PurchaseModel
from features.alive.quality import FEWEST_DISTINCT, FEWEST_REPEATERS, Quality, quality_of
from features.arrays import Floats
from features.errors import CohortError

_SEARCHED_ROWS: Final = 20_000
_LOW, _HIGH = np.full(4, np.log(1e-5)), np.full(4, np.log(1e5))


@dataclass(frozen=True)
class PurchaseFit:
    """A purchase model and how its fit went."""

    model: PurchaseModel
    quality: Quality


def fit_purchases(
    frequency: Floats, recency: Floats, age: Floats, drops: Drops = "after repeats"
) -> PurchaseFit:
    """Fit BG/NBD, or MBG/NBD, to what customers did until a cutoff.

    Parameters
    ----------
    frequency, recency, age : (n,) float64
        As for `features.alive.p_alive`; rows with a NaN are left out. Whole days make it quick.
    drops : {"after repeats", "after any"}
        As for `features.alive.PurchaseModel`.

    Raises
    ------
    DefinitionError
        When shapes differ, a row contradicts itself, or ``drops`` is unknown.
    CohortError
        When too few customers bought again, or all of them alike.

    Notes
    -----
    L-BFGS-B in log-parameters with the analytic gradient. scipy is needed, which the ``train``
    extra brings.

    Examples
    --------
    >>> from features.alive import simulate
    >>> truth = PurchaseModel(r=0.5, alpha=20.0, a=0.8, b=2.5)
    >>> ages, rng = np.full(5000, 365.0), np.random.default_rng(7)
    >>> x, t_x, _ = simulate.purchases(truth, ages, rng)
    >>> fitted = fit_purchases(x, t_x, ages)
    >>> fitted.quality.converged, abs(fitted.model.r - 0.5) < 0.1
    (True, True)
    """
    chances = PurchaseModel(1.0, 1.0, 1.0, 1.0, drops).chances
    columns = histories(frequency, recency, age)
    known = ~np.isnan(columns[0] + columns[1] + columns[2])
    seen = group(*(column[known] for column in columns))
    _require_differences(seen)
    starts = _purchase_starts(seen)
    exact = partial(purchase_log_likelihood, seen=seen, chances=chances)
    if len(seen.weights) > _SEARCHED_ROWS:
        part = thinned(seen, _SEARCHED_ROWS)
        some = partial(purchase_log_likelihood, seen=part, chances=chances)
        rough = maximise(some, starts, _LOW, _HIGH, part.customers)
        found = maximise_from(exact, rough, _LOW, _HIGH, seen.customers, part.customers)
    else:
        found = maximise(exact, starts, _LOW, _HIGH, seen.customers)
    r, alpha, a, b = map(float, np.exp(found.logs))
    fitted = {"r": r, "alpha": alpha, "a": a, "b": b}
    quality = quality_of(found, fitted, seen.customers, int((~known).sum()))
    return PurchaseFit(PurchaseModel(r, alpha, a, b, drops), quality)


def _require_differences(seen: Grouped) -> None:
    again = seen.column(0) > 0
    repeaters, distinct = int(seen.weights[again].sum()), int(again.sum())
    if repeaters < FEWEST_REPEATERS or distinct < FEWEST_DISTINCT:
        raise CohortError(
            f"a purchase model needs at least {FEWEST_REPEATERS} customers with a repeat purchase, "
            f"of at least {FEWEST_DISTINCT} different histories; came {repeaters:,} with a repeat, "
            f"of {distinct:,} different histories, among {seen.customers:,} in all. Fit it on more "
            "customers or a longer history."
        )


def _purchase_starts(seen: Grouped) -> list[Floats]:
    """Return log-parameters with the observed rate and few, some or many who leave."""
    made = float(seen.weights @ seen.column(0))
    rate = made / max(float(seen.weights @ seen.column(2)), 1.0)
    return [
        np.log([r, r / rate, a, b])
        for r, a, b in ((0.3, 0.5, 2.0), (1.0, 1.0, 3.0), (4.0, 0.3, 8.0))
    ]
