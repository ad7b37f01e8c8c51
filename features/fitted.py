"""Operations that learn constants from rows of the past, and then are elementwise too."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.alive import (
    PurchaseModel,
    SpendModel,
    expected_purchases,
    expected_spend,
    p_alive,
)
from features.arrays import Floats
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


def _band(constants: Constants, values: Floats) -> Floats:
    """Return 1 below the first threshold, 2 from it on, and so on.

    Examples
    --------
    >>> _band((0.5, 2.0), np.array([1.0, 2.0, np.nan]))
    array([ 1.,  2., nan])
    """
    thresholds = np.array(constants[len(constants) // 2 :])
    bands = 1.0 + np.searchsorted(thresholds, values, side="right")
    return np.where(np.isnan(values), np.nan, bands)


BAND: Final = Operation(
    "band",
    _band,
    "Band of {0} among the customers it was fitted on, 1 the lowest",
    "",
    "band",
    _fit_band,
)


def _alive(constants: Constants, days: Floats, first: Floats, last: Floats) -> Floats:
    return _shaped(p_alive(_model(constants), *_history(days, first, last)), days)


def _expected(constants: Constants, days: Floats, first: Floats, last: Floats) -> Floats:
    horizon, *fitted = constants
    found = expected_purchases(_model(tuple(fitted)), horizon, *_history(days, first, last))
    return _shaped(found, days)


def _spend(constants: Constants, days: Floats, total: Floats) -> Floats:
    often, mean = _spends(days, total)
    return _shaped(expected_spend(SpendModel(*constants), often, mean), days)


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

    model = fit_spend(*_spends(days, total)).model
    return model.p, model.q, model.v


def _model(parameters: Constants) -> PurchaseModel:
    r, alpha, a, b = parameters
    return PurchaseModel(r, alpha, a, b, "after any")


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


def _shaped(values: Floats, like: Floats) -> Floats:
    return values.reshape(like.shape)


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
