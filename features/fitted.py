"""Operations that learn constants from rows of the past, and then are elementwise too."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.alive.scores import alive_one, expected_one
from features.arrays import Floats
from features.compiled import compiled
from features.derived import Constants, Operation


def _fit_band(options: Constants, values: Floats) -> Constants:
    """Return the quantiles of the values that are not null, ascending.

    Examples
    --------
    >>> _fit_band((0.5,), np.array([1.0, 2.0, 9.0, np.nan]))
    (2.0,)
    """
    some = values[~np.isnan(values)]
    if not len(some):
        return (0.0,) * len(options)
    return tuple(float(each) for each in np.quantile(some, options))


@compiled
def _band(constants: Floats, values: Floats) -> Floats:
    """Return 1 below the first threshold, 2 from it on, and so on.

    Examples
    --------
    >>> _band(np.array([[0.5, 2.0]]), np.array([[1.0, 2.0, np.nan]]))
    array([[ 1.,  2., nan]])
    """
    found = np.full(values.shape, np.nan)
    many = constants.shape[1] // 2
    for place in range(values.shape[0]):
        for row in range(values.shape[1]):
            value = values[place, row]
            if not np.isnan(value):
                band = 1
                for threshold in constants[place, many:]:
                    band += value >= threshold
                found[place, row] = band
    return found


BAND: Final = Operation(
    "band",
    _band,
    "Band of {0} among the customers it was fitted on, 1 the lowest",
    "",
    "band",
    _fit_band,
)


@compiled
def _alive(constants: Floats, days: Floats, first: Floats, last: Floats) -> Floats:
    found = np.full(days.shape, np.nan)
    for place in range(days.shape[0]):
        r, alpha, a, b = constants[place]
        for row in range(days.shape[1]):
            often = days[place, row] - 1
            if often >= 0:
                age = first[place, row]
                recency = age - last[place, row] if often > 0 else 0.0
                found[place, row] = alive_one(often, recency, age, r, alpha, a, b, 1.0)
    return found


@compiled
def _expected(constants: Floats, days: Floats, first: Floats, last: Floats) -> Floats:
    found = np.full(days.shape, np.nan)
    for place in range(days.shape[0]):
        horizon, r, alpha, a, b = constants[place]
        for row in range(days.shape[1]):
            often = days[place, row] - 1
            if often >= 0:
                age = first[place, row]
                recency = age - last[place, row] if often > 0 else 0.0
                found[place, row] = expected_one(horizon, often, recency, age, r, alpha, a, b, 1.0)
    return found


@compiled
def _spend(constants: Floats, days: Floats, total: Floats) -> Floats:
    """Fader and Hardie, 2013, equation 5, with the mean of all days that hold an event."""
    found = np.full(days.shape, np.nan)
    for place in range(days.shape[0]):
        p, q, v = constants[place]
        for row in range(days.shape[1]):
            often, whole = days[place, row], total[place, row]
            if often > 0 and whole >= 0:
                found[place, row] = p * (v + whole) / (p * often + (q - 1.0))
    return found


def _fit_purchases(options: Constants, days: Floats, first: Floats, last: Floats) -> Constants:
    # scipy, which fits, is no part of what serves.
    from features.alive.fit import fit_purchases

    often, recency, age = _history(days, first, last)
    # Histories of whole days repeat each other, and each is counted once.
    recency = np.where(often > 0, np.maximum(np.round(recency), 1), recency)
    found = fit_purchases(often, recency, np.maximum(np.round(age), recency), "after any")
    model = found.model
    return model.r, model.alpha, model.a, model.b


def _fit_spend(options: Constants, days: Floats, total: Floats) -> Constants:
    from features.alive.fit_spend import fit_spend

    often, mean = _spends(days, total)
    # Sums of logarithms hang on the order of rows, which hangs on the partitions.
    order = np.lexsort((mean, often))
    model = fit_spend(often[order], mean[order]).model
    return model.p, model.q, model.v


def _history(days: Floats, first: Floats, last: Floats) -> tuple[Floats, Floats, Floats]:
    """Return repeat days, days from the first to the last event, and from the first until now."""
    often = np.where(days > 0, days - 1, np.nan).ravel()
    recency = np.where(often > 0, (first - last).ravel(), often)
    return often, recency, first.ravel()


def _spends(days: Floats, total: Floats) -> tuple[Floats, Floats]:
    often = days.ravel()
    mean = np.full(often.shape, np.nan)
    np.divide(total.ravel(), often, out=mean, where=often > 0)
    return np.where(often > 0, often, np.nan), mean


ALIVE: Final = Operation(
    "alive",
    _alive,
    "Probability of still being a customer (MBG/NBD), from: {0}; {1}; {2}",
    "no event",
    "probability",
    _fit_purchases,
)
EXPECTED: Final = Operation(
    "expected",
    _expected,
    "Days with an event to expect over the horizon (MBG/NBD), from: {0}; {1}; {2}",
    "no event",
    "days",
    _fit_purchases,
)
SPEND: Final = Operation(
    "spend",
    _spend,
    "Spend to expect of a day with an event (Gamma-Gamma), from: {0}; {1}",
    "no event, or a sum below 0",
    "units of the sum",
    _fit_spend,
)
