"""What a fitted model says of each customer; every row is made of its own numbers alone.

A value has the same bits in a batch of one and of a million, and on every machine.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from features.alive.elementary import exp, log1p
from features.alive.future import purchases_if_alive
from features.alive.histories import histories, spends
from features.alive.models import PurchaseModel, SpendModel
from features.arrays import Floats
from features.compiled import compiled
from features.errors import DefinitionError

LONGEST_HORIZON: Final = 36_525.0
"""Days in a century."""


def p_alive(model: PurchaseModel, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Return the probability that a customer has not left for good.

    With ``drops="after repeats"`` (BG/NBD) it is 1 for everybody without a repeat purchase, however
    long ago the first was: nobody can leave before the first repeat purchase. Choose
    ``drops="after any"`` (MBG/NBD) where one-time buyers matter.

    Parameters
    ----------
    model : PurchaseModel
        Fitted parameters.
    frequency : (n,) float64
        Repeat purchases (or repeat days of purchase), 0 or above; NaN without any purchase.
    recency : (n,) float64
        Days from the first to the last purchase; 0 without a repeat.
    age : (n,) float64
        Days from the first purchase to the cutoff, at least the recency.

    Returns
    -------
    (n,) float64
        From 0 to 1, falling with silence; NaN where any input is NaN.

    Raises
    ------
    DefinitionError
        When shapes differ, or a row contradicts itself; the row is named.

    Notes
    -----
    Fader, Hardie, Lee, "Computing P(alive) Using the BG/NBD Model", 2008, equation 3; Batislam,
    Denizel, Filiztekin, 2007, for "after any".

    Examples
    --------
    >>> cdnow = PurchaseModel(r=0.243, alpha=4.414, a=0.793, b=2.426)  # in weeks
    >>> x, t_x, age = np.array([0.0, 2.0]), np.array([0.0, 30.43]), np.array([38.86, 38.86])
    >>> p_alive(cdnow, x, t_x, age).round(4)
    array([1.    , 0.7266])
    """
    return _alive(*histories(frequency, recency, age), *_parameters(model))


def expected_purchases(
    model: PurchaseModel, horizon_days: float, frequency: Floats, recency: Floats, age: Floats
) -> Floats:
    """Return the purchases to expect in the days after the cutoff.

    Parameters
    ----------
    model : PurchaseModel
        Fitted parameters.
    horizon_days : float
        Days after the cutoff, above 0, at most 36,525.
    frequency, recency, age : (n,) float64
        As for `p_alive`.

    Returns
    -------
    (n,) float64
        0 or above, rising with the horizon; NaN where any input is NaN.

    Raises
    ------
    DefinitionError
        When the horizon is out of range, shapes differ, or a row contradicts itself.

    Notes
    -----
    Fader, Hardie, Lee, 2005, equation 10: `p_alive` times what `features.alive.future` computes.

    Examples
    --------
    >>> cdnow = PurchaseModel(r=0.243, alpha=4.414, a=0.793, b=2.426)  # in weeks
    >>> one = np.array([2.0]), np.array([30.43]), np.array([38.86])
    >>> expected_purchases(cdnow, 39.0, *one).round(3)
    array([1.226])
    """
    if not 0.0 < horizon_days <= LONGEST_HORIZON:
        limits = f"expected days above 0 and at most {LONGEST_HORIZON:g}, came {horizon_days!r}"
        raise DefinitionError("horizon", [limits])
    columns = histories(frequency, recency, age)
    return _expected(float(horizon_days), *columns, *_parameters(model))


def expected_spend(model: SpendModel, frequency: Floats, mean_spend: Floats) -> Floats:
    """Return the spend to expect of each future purchase.

    A mean of what the customer spent and of what all customers spend, weighted by the number of
    purchases it is known from.

    Parameters
    ----------
    model : SpendModel
        Fitted parameters.
    frequency : (n,) float64
        Repeat purchases, 0 or above; NaN without any purchase.
    mean_spend : (n,) float64
        Mean spend of the repeat purchases; not read where there are none.

    Returns
    -------
    (n,) float64
        In money; NaN without any purchase, and where the mean is NaN or below 0 (more came back
        than was bought) though there were repeats.

    Raises
    ------
    DefinitionError
        When shapes differ, or a frequency is below 0 or infinite.

    Notes
    -----
    Fader, Hardie, 2013, equation 5. Made of +, *, / alone, so that numpy gives the same bits in
    every batch.

    Examples
    --------
    >>> model = SpendModel(p=6.25, q=3.74, v=15.44)
    >>> times, spent = np.array([0.0, 2.0, np.nan]), np.array([np.nan, 22.35, np.nan])
    >>> expected_spend(model, times, spent).round(2)
    array([35.22, 24.66,   nan])
    """
    times, spent = spends(frequency, mean_spend)
    whole = np.where(times == 0, 0.0, times * np.where(spent < 0, np.nan, spent))
    return model.p * (model.v + whole) / (model.p * times + (model.q - 1.0))


def _parameters(model: PurchaseModel) -> tuple[float, float, float, float, float]:
    each = (model.r, model.alpha, model.a, model.b, model.chances)
    return tuple(map(float, each))  # type: ignore[return-value]


@compiled
def _odds_left(
    x: float, recency: float, age: float, r: float, alpha: float, a: float, b: float, more: float
) -> float:
    """Return the odds that a customer left after the last purchase."""
    silence = log1p((age - recency) / (alpha + recency))
    return a / (b + (x + more - 1.0)) * exp((r + x) * silence)


@compiled
def alive_one(
    x: float, recency: float, age: float, r: float, alpha: float, a: float, b: float, more: float
) -> float:
    """Return `p_alive` of one customer; ``more`` is `PurchaseModel.chances`."""
    if x + more == 0.0:
        return 1.0
    return 1.0 / (1.0 + _odds_left(x, recency, age, r, alpha, a, b, more))


@compiled
def _alive(
    frequency: Floats,
    recency: Floats,
    age: Floats,
    r: float,
    alpha: float,
    a: float,
    b: float,
    more: float,
) -> Floats:
    found = np.full(len(frequency), math.nan)
    for row in range(len(frequency)):
        x = frequency[row]
        if not math.isnan(x + recency[row] + age[row]):
            found[row] = alive_one(x, recency[row], age[row], r, alpha, a, b, more)
    return found


@compiled
def _expected(
    horizon: float,
    frequency: Floats,
    recency: Floats,
    age: Floats,
    r: float,
    alpha: float,
    a: float,
    b: float,
    more: float,
) -> Floats:
    found = np.full(len(frequency), math.nan)
    for row in range(len(frequency)):
        x = frequency[row]
        if not math.isnan(x + recency[row] + age[row]):
            found[row] = expected_one(horizon, x, recency[row], age[row], r, alpha, a, b, more)
    return found


@compiled
def expected_one(
    horizon: float,
    x: float,
    recency: float,
    age: float,
    r: float,
    alpha: float,
    a: float,
    b: float,
    more: float,
) -> float:
    """Return `expected_purchases` of one customer; ``more`` is `PurchaseModel.chances`."""
    alive = alive_one(x, recency, age, r, alpha, a, b, more)
    odds = horizon / (alpha + age)
    return alive * purchases_if_alive(r + x, odds, a, b + x + more)
