"""Tables behind the figures of a report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.instants import iso
from training.judge.metrics import gain


@dataclass(frozen=True)
class CutoffRow:
    """Rows of one cutoff: how many, and told against found."""

    cutoff: str
    rows: int
    positives: int
    predicted: float
    observed: float


@dataclass(frozen=True)
class CurvePoint:
    """The highest-scored ``share`` of rows: what it captures, and how precise it is."""

    share: float
    captured: float
    false_positive_rate: float
    precision: float


@dataclass(frozen=True)
class ScoreBin:
    """Rows by outcome with a probability in ``[low, high)``; the last bin takes its end too."""

    low: float
    high: float
    negatives: int
    positives: int


def by_cutoff(y: Bools, p: Floats, cutoffs: Ints) -> tuple[CutoffRow, ...]:
    """Compare mean probability and rate of positives at each cutoff, in order of time.

    Examples
    --------
    >>> y, p = np.array([True, False]), np.array([0.75, 0.25])
    >>> by_cutoff(y, p, np.array([0, 0]))[0].cutoff
    '1970-01-01T00:00:00Z'
    """
    made = []
    for cutoff in np.unique(cutoffs):
        here = cutoffs == cutoff
        rows, positives = int(here.sum()), int(y[here].sum())
        made.append(
            CutoffRow(iso(int(cutoff)), rows, positives, float(p[here].mean()), positives / rows)
        )
    return tuple(made)


def curve(y: Bools, p: Floats) -> tuple[CurvePoint, ...]:
    """Return the gain, ROC and precision-recall curves at 131 shares, denser where lists are cut.

    Examples
    --------
    >>> points = curve(np.array([True, False]), np.array([0.75, 0.25]))
    >>> len(points), points[0].precision, points[-1].precision
    (131, 1.0, 0.5)
    """
    fine, coarse = np.arange(1, 40) / 400, np.arange(10, 101) / 100
    shares = np.unique(np.concatenate([[0.0], fine, coarse]))
    captured = gain(y, p, shares)
    rate = float(y.mean())
    false = (shares - rate * captured) / (1 - rate)
    precision = rate * captured[1:] / shares[1:]
    # Of nothing there is no precision; the next point's stands in.
    rows = zip(shares, captured, np.clip(false, 0, 1), [precision[0], *precision], strict=True)
    return tuple(CurvePoint(*map(float, row)) for row in rows)


def histogram(y: Bools, p: Floats, bins: int = 25) -> tuple[ScoreBin, ...]:
    """Count rows by outcome over equal steps of probability, from 0 to the largest one.

    Examples
    --------
    >>> histogram(np.array([True, False]), np.array([0.75, 0.25]), bins=1)
    (ScoreBin(low=0.0, high=0.75, negatives=1, positives=1),)
    """
    edges = np.linspace(0.0, max(float(p.max()), 1e-6), bins + 1)
    no, yes = np.histogram(p[~y], edges)[0], np.histogram(p[y], edges)[0]
    rows = zip(edges[:-1].tolist(), edges[1:].tolist(), no.tolist(), yes.tolist(), strict=True)
    return tuple(ScoreBin(*row) for row in rows)
