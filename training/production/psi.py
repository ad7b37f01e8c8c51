"""How far a distribution of scores moved."""

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
    edges = np.unique(np.quantile(before, np.linspace(0, 1, bins + 1)[1:-1]))
    shares = [
        np.bincount(np.searchsorted(edges, each), minlength=len(edges) + 1) / len(each)
        for each in (before, after)
    ]
    expected, came = (np.maximum(each, _LEAST) for each in shares)
    return float(((came - expected) * np.log(came / expected)).sum())
