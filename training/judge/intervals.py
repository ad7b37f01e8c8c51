"""Intervals of every metric by resampling customers, not rows.

Rows of one customer resemble one another, so intervals by row would be too narrow. Scores are
sorted once; a resample is only a new count for each customer (Efron and Tibshirani, 1993, ch. 13;
Cameron, Gelbach and Miller, 2008, on resampling whole groups).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Values
from features.errors import DefinitionError
from training.judge.metrics import SHARES, checked
from training.judge.reliability import BINS
from training.judge.resampling import LARGE, blocks_of, drawn
from training.judge.weighing import STEPS, Weighing

RESAMPLES: Final = 400
"""Resamples of an interval."""


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval.

    Parameters
    ----------
    value : float
        On all rows; NaN when the metric is not defined on them.
    low, high : float
        Bounds; NaN when more than one resample in twenty leaves the metric undefined, and when one
        customer alone bears an outcome.
    """

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | None]:
        """Return plain values; None for what is not defined."""
        pairs = {"value": self.value, "low": self.low, "high": self.high}
        return {key: float(item) if np.isfinite(item) else None for key, item in pairs.items()}


@dataclass(frozen=True, eq=False)
class Replicates:
    """The metrics of one set of scores, on all rows and on every resample.

    Parameters
    ----------
    values : mapping of str to float
        On all rows.
    draws : mapping of str to (resamples,) float64
        On the resamples; NaN where not defined.
    observed : (resamples, bins) float64
        Rate of positives in each bin of the reliability table.
    noise : (resamples,) float64
        ECE that resampling alone makes: what a calibrated model would show.
    rates : (1 + resamples,) float64
        Rate of positives; on all rows first.
    captured : (1 + resamples, 20) float64
        Part of the positives among the highest-scored rows, at the shares of
        `training.judge.weighing.GRID`; on all rows first.
    bearers : int, optional
        Customers who had the rarer outcome; see `quantiles`.
    """

    values: Mapping[str, float]
    draws: Mapping[str, Floats]
    observed: Floats
    noise: Floats
    rates: Floats
    captured: Floats
    bearers: int | None = None

    def rate(self) -> Interval:
        """Return the rate of positives."""
        return Interval(float(self.rates[0]), *quantiles(self.rates[1:], self.bearers))

    def interval(self, name: str) -> Interval:
        """Return a metric with its percentile interval.

        ECE is the exception: resampling adds its own noise to a mean of absolute values. Its
        interval is reflected at the value (the basic bootstrap), and starts at 0 unless the value
        is above 97.5 % of what a calibrated model would show. In simulations it held the truth
        in 87 to 97 of 100 samples. KS is a maximum, which noise raises: what it raises the draws
        by on the mean is taken off them.
        """
        value = self.values[name]
        draws = self.draws[name]
        if name == "ks":
            draws = np.clip(draws - (np.nanmean(draws) - value), 0, 1)
        low, high = quantiles(draws, self.bearers)
        if name == "ece" and not np.isnan(low):
            low, high = max(0.0, 2 * value - high), max(value, 2 * value - low)
            low = low if value > quantiles(self.noise)[1] else 0.0
        return Interval(value, low, high)

    def intervals(self) -> dict[str, Interval]:
        """Return every metric with its interval, in a stable order."""
        return {name: self.interval(name) for name in self.values}

    def minus(self, other: Replicates, name: str) -> Interval:
        """Return the paired difference of a metric to other scores on the same rows."""
        low, high = quantiles(self.draws[name] - other.draws[name], self.bearers)
        return Interval(self.values[name] - other.values[name], low, high)


def quantiles(draws: Floats, bearers: int | None = None) -> tuple[float, float]:
    """Return the 2.5 % and 97.5 % quantiles; NaN when more than 5 % of draws are NaN.

    So they are where one customer alone bears an outcome.

    Where few customers bear the rarer outcome, draws spread too little, and quantiles further out
    are taken: those that would make an interval of Student's t of a mean of so many (the expanded
    percentile interval of Hesterberg, 2015, The American Statistician 69, section 5.4). For 30 it
    is 6 % wider, for 1,000 no wider than can be seen.
    """
    from scipy.special import ndtr, stdtrit

    defined = draws[~np.isnan(draws)]
    if bearers is not None and bearers < 2:
        # One customer is in every resample or in none: nothing is known of how others differ.
        return float("nan"), float("nan")
    if len(defined) < 0.95 * len(draws):
        return float("nan"), float("nan")
    tail = 0.025
    if bearers is not None:
        tail = float(ndtr(np.sqrt(bearers / (bearers - 1)) * stdtrit(bearers - 1, tail)))
    low, high = np.quantile(defined, (tail, 1 - tail))
    return float(low), float(high)


def bootstrap(
    y: Values,
    scores: Mapping[str, Values],
    customers: Values,
    *,
    shares: Sequence[float] = SHARES,
    bins: int = BINS,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Replicates]:
    """Judge several scores of the same rows on the same resamples of customers.

    Parameters
    ----------
    y : (n,) bool
        Outcomes.
    scores : mapping of str to (n,) float64
        Probabilities in [0, 1], by the name of who made them.
    customers : (n,) int64 or object
        Whose row it is.
    shares : sequence of float
        For ``lift_at_*`` and ``captured_at_*``, in (0, 1].
    bins, resamples, seed : int
        Bins of ECE; they stay those of all rows in every resample.

    Returns
    -------
    dict of str to Replicates
        Calibration slope and intercept take one Newton step from their value on all rows (the
        k-step bootstrap of Andrews, 2002); the other metrics are exact.

    Raises
    ------
    CohortError, DefinitionError
        See `training.judge.metrics.checked`; also for a wrong share or number of customers.

    Examples
    --------
    >>> y, p = np.array([0, 1, 0, 1] * 50), np.array([0.1, 0.4, 0.5, 0.8] * 50)
    >>> made = bootstrap(y, {"model": p}, np.arange(200))["model"]
    >>> auc = made.interval("roc_auc")
    >>> auc.value, 0.6 < auc.low < auc.value < auc.high < 0.9
    (0.75, True)
    """
    ids = np.asarray(customers)
    faults = [f"shares must be in (0, 1], got {share}" for share in shares if not 0 < share <= 1]
    if ids.shape != np.shape(y):
        faults.append(f"customers must be {np.shape(y)} like y, got {ids.shape}")
    if resamples < 2:
        faults.append(f"resamples must be 2 or more, got {resamples}")
    if faults:
        raise DefinitionError("bootstrap by customer", faults)
    codes = blocks_of(ids, seed)
    judges = {
        name: Weighing(*checked(y, p), codes, tuple(shares), bins) for name, p in scores.items()
    }
    size = int(codes.max()) + 1
    parts: dict[str, list[dict[str, Floats]]] = {name: [] for name in judges}
    width = len(codes) if len(codes) <= LARGE else STEPS
    for counts in drawn(size, resamples, seed, width):
        for name, judge in judges.items():
            parts[name].append(judge.measure(counts))
    hits = np.asarray(y).astype(np.bool_)
    bearers = min(len(np.unique(ids[hits])), len(np.unique(ids[~hits])))
    return {name: _gathered(judge, parts[name], size, bearers) for name, judge in judges.items()}


def _gathered(
    judge: Weighing, parts: Sequence[dict[str, Floats]], size: int, bearers: int
) -> Replicates:
    everyone = np.ones((1, size))
    whole = judge.measure(everyone, exact=True)
    draws = {key: np.concatenate([part[key] for part in parts]) for key in whole}
    if judge.coarse is not None:
        # Steps blur a ranking a little, in the resamples as on all rows.
        blurred = judge.measure(everyone)
        draws = {key: each + (whole[key] - blurred[key]) for key, each in draws.items()}
    observed, noise = draws.pop("observed"), draws.pop("noise")
    rates, captured = (
        np.concatenate([whole[key], draws.pop(key)]) for key in ("rates", "captured")
    )
    values = {key: float(whole[key][0]) for key in draws}
    return Replicates(values, draws, observed, noise, rates, captured, bearers)
