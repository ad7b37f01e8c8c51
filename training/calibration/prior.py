"""Another base rate than the one that scores were made for: prior shift, or label shift.

When only the rate of the outcome changes, and customers of each outcome look as they did before,
all odds change by one factor, which is known exactly (Saerens, Latinne and Decaestecker, 2002,
section 2). Where that does not hold, because outcomes come of other causes than before, the
correction makes nothing right: `PriorShift.plausible` tells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Values
from features.errors import DefinitionError

RESAMPLES: Final = 200
"""Resamples of an interval."""

_ROUNDS: Final = 1_000
_BINS: Final = 10


def corrected(p: Floats, rate: float, new_rate: float) -> Floats:
    """Return what probabilities are at another base rate.

    Odds are multiplied by the ratio of the odds of both rates. Only ``+ - * /``: one row has the
    same bits as many, on every machine.

    Parameters
    ----------
    p : (n,) float64
        Probabilities made for ``rate``.
    rate, new_rate : float
        Base rates in (0, 1).

    Returns
    -------
    (n,) float64

    Raises
    ------
    DefinitionError
        When a rate is not above 0 and below 1.

    Examples
    --------
    >>> corrected(np.array([0.2, 0.5]), 0.2, 0.5).tolist()
    [0.5, 0.8]
    """
    require_rate("rate", rate)
    require_rate("new rate", new_rate)
    if rate == new_rate:
        return p
    hits, misses = p * (new_rate / rate), (1.0 - p) * ((1.0 - new_rate) / (1.0 - rate))
    told: Floats = hits / (hits + misses)
    return told


def require_rate(name: str, rate: float) -> None:
    """Refuse a base rate that no odds belong to.

    Raises
    ------
    DefinitionError
        With its name and value.
    """
    if not (math.isfinite(rate) and 0 < rate < 1):
        raise DefinitionError("base rate", [f"{name} must be above 0 and below 1, got {rate}"])


@dataclass(frozen=True)
class PriorShift:
    """A new base rate, read from scores whose outcomes are unknown.

    Parameters
    ----------
    rate, low, high : float
        The estimate with its 95 % interval, in (0, 1). The interval knows of sampling alone.
    fit : float or None
        Part of the resamples in which the scores fit the mixture worse than by the estimate: small
        where the change is none of the base rate alone. None when no reference was given.
    """

    rate: float
    low: float
    high: float
    fit: float | None = None

    @property
    def plausible(self) -> bool:
        """Whether a change of the base rate alone explains the scores (at the 1 % level)."""
        return self.fit is None or self.fit >= 0.01


@dataclass(frozen=True, eq=False)
class Reference:
    """Scores with known outcomes at the old base rate.

    Parameters
    ----------
    p : (m,) float64
        Probabilities.
    y : (m,) bool
        Outcomes, of both kinds.
    """

    p: Floats
    y: Bools

    def __post_init__(self) -> None:
        if self.p.shape != self.y.shape or not 0 < self.y.sum() < self.y.size:
            raise DefinitionError(
                "reference scores",
                [
                    "need outcomes of both kinds, one for each score, got "
                    f"{self.p.size} scores and {int(self.y.sum())} positives of {self.y.size}"
                ],
            )


def estimate_rate(
    p: Floats,
    rate: float,
    customers: Values | None = None,
    reference: Reference | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> PriorShift:
    """Estimate the base rate of unlabelled rows by expectation and maximisation.

    Each round corrects the probabilities to the present estimate, whose mean is the next one
    (Saerens, Latinne and Decaestecker, 2002, section 3.2). With a reference it is tested whether
    the scores are a mixture of the scores of both outcomes: the statistic is Pearson's over ten
    bins, and its distribution comes from resamples of the reference, mixed at the estimate.

    Parameters
    ----------
    p : (n,) float64
        Probabilities made for ``rate``; at least two rows.
    rate : float
        The old base rate in (0, 1).
    customers : (n,), optional
        Whose row it is; the interval resamples customers. Left out, one row each.
    reference : Reference, optional
        Scores at the old rate whose outcomes are known.
    resamples, seed : int
        Of interval and test.

    Returns
    -------
    PriorShift

    Raises
    ------
    DefinitionError
        When there are fewer than two rows, a probability lies outside [0, 1], or the rate does not
        lie in (0, 1).

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> y = random.random(20_000) < 0.3
    >>> margin = random.normal(np.where(y, 1.0, -1.0), 1.0) * 2  # log-odds at equal rates
    >>> found = estimate_rate(1 / (1 + np.exp(-margin)), 0.5)
    >>> found.low < 0.3 < found.high
    True
    """
    require_rate("rate", rate)
    faults = []
    if p.ndim != 1 or len(p) < 2:
        faults.append(f"two scores or more are needed, got {p.shape}")
    if not ((p >= 0) & (p <= 1)).all():
        faults.append("scores must lie in [0, 1]")
    if customers is not None and np.shape(customers) != p.shape:
        faults.append(f"customers must be {p.shape} like the scores, got {np.shape(customers)}")
    if faults:
        raise DefinitionError("estimate of a base rate", faults)
    owners = np.arange(len(p)) if customers is None else np.asarray(customers)
    codes = np.unique(owners, return_inverse=True)[1]
    found = _maximise(p, np.ones(len(p)), rate, rate)
    random = np.random.default_rng(seed)
    size, drawn = int(codes.max()) + 1, np.empty(resamples)
    for place in range(resamples):
        times = np.bincount(random.integers(0, size, size), minlength=size)
        drawn[place] = _maximise(p, times[codes].astype(np.float64), rate, found)
    low, high = (float(each) for each in np.quantile(drawn, (0.025, 0.975)))
    fit = None if reference is None else _fit(p, codes, found, reference, resamples, random)
    return PriorShift(found, low, high, fit)


def _maximise(p: Floats, weights: Floats, rate: float, start: float) -> float:
    at, total = start, float(weights.sum())
    for _ in range(_ROUNDS):
        after = float((weights * corrected(p, rate, at)).sum()) / total
        after = min(max(after, 1e-9), 1 - 1e-9)
        if abs(after - at) < 1e-7:
            return after
        at = after
    return at


def _fit(
    p: Floats,
    codes: Values,
    rate: float,
    reference: Reference,
    resamples: int,
    random: np.random.Generator,
) -> float:
    """Return how often scores that are such a mixture fit it no better than these do."""
    edges = np.unique(np.quantile(reference.p, np.linspace(0, 1, _BINS + 1)[1:-1]))
    bins = len(edges) + 1

    def counted(scores: Floats) -> Floats:
        places = np.searchsorted(edges, scores, side="right")
        return np.bincount(places, minlength=bins).astype(np.float64)

    hits, misses = counted(reference.p[reference.y]), counted(reference.p[~reference.y])
    seen = counted(p)
    # Rows of one customer resemble one another: they weigh as fewer.
    share = (int(codes.max()) + 1) / len(p)
    size = max(1, round(len(p) * share))
    seen = seen * share

    def distance(here: Floats, yes: Floats, no: Floats) -> float:
        a, b = (yes + 0.5) / (yes + 0.5).sum(), (no + 0.5) / (no + 0.5).sum()
        # The best mixture of both, whatever rate it has: the test asks for the shape alone.
        told = here / here.sum() - b
        weight = (a - b) / (rate * a + (1 - rate) * b)
        best = min(max(float((told * weight).sum() / ((a - b) * weight).sum()), 1e-6), 1 - 1e-6)
        mixed = best * a + (1 - best) * b
        return float(((here - here.sum() * mixed) ** 2 / (here.sum() * mixed)).sum())

    came = distance(seen, hits, misses)
    a, b = (hits + 0.5) / (hits + 0.5).sum(), (misses + 0.5) / (misses + 0.5).sum()
    mixed = rate * a + (1 - rate) * b
    worse = 0
    for _ in range(resamples):
        yes = random.multinomial(int(hits.sum()), a).astype(np.float64)
        no = random.multinomial(int(misses.sum()), b).astype(np.float64)
        worse += distance(random.multinomial(size, mixed).astype(np.float64), yes, no) >= came
    return (worse + 1) / (resamples + 1)
