"""How far a distribution of scores moved, and how far chance alone would move it."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Floats

BINS: Final = 10

_LEAST: Final = 1e-4


def psi(before: Floats, after: Floats, bins: int = BINS) -> float:
    """Return the population stability index between two samples of scores.

    Parameters
    ----------
    before : (n,) float64
        Sample whose quantiles cut the bins.
    after : (m,) float64
        The other one.
    bins : int
        Bins, each with the same share of ``before``; ties may make fewer.

    Returns
    -------
    float
        0 when both are distributed alike; a common rule of credit scoring calls less than 0.1
        little and more than 0.25 much (Siddiqi, 2006, ch. 9). An empty bin counts as one with a
        share of 1 in 10,000.

    Examples
    --------
    >>> scores = np.linspace(0, 1, 1000)
    >>> psi(scores, scores)
    0.0
    >>> psi(scores, scores / 2) > 0.25
    True
    """
    edges = _edges(before, bins)
    shares = [
        np.bincount(np.searchsorted(edges, each), minlength=len(edges) + 1) / len(each)
        for each in (before, after)
    ]
    expected, came = (np.maximum(each, _LEAST) for each in shares)
    return float(((came - expected) * np.log(came / expected)).sum())


def by_chance(before: Floats, after: Floats, bins: int = BINS) -> float:
    """Return what the index of two samples of one distribution stays below about 95 times in 100.

    The index of n and m rows in b bins is distributed like chi-squared with b - 1 degrees of
    freedom, times 1/n + 1/m (Yurdakul and Naranjo, 2020, Journal of Risk Model Validation 14).

    Examples
    --------
    >>> few, many = np.linspace(0, 1, 100), np.linspace(0, 1, 10_000)
    >>> round(by_chance(few, few), 3), round(by_chance(many, many), 4)
    (0.338, 0.0034)
    """
    # scipy takes a tenth of a second to load.
    from scipy.special import chdtri

    rows = 1 / len(before) + 1 / len(after)
    return float(rows * chdtri(max(1, len(_edges(before, bins))), 0.05))


def _edges(before: Floats, bins: int) -> Floats:
    found: Floats = np.unique(np.quantile(before, np.linspace(0, 1, bins + 1)[1:-1]))
    return found
