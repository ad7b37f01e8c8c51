"""Whether a model ranks as well in one period as in another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.instants import iso
from training.judge.intervals import Interval, bootstrap
from training.judge.slices import TOO_FEW, enough, plain

SHOWN_ALONE: Final = 12
"""Cutoffs shown one by one; more are put together by month."""


@dataclass(frozen=True)
class PeriodGini:
    """How well the rows of one cutoff, or of the cutoffs of one month, are ranked.

    Parameters
    ----------
    period : str
        A date, ``2017-10-02``, or a month, ``2017-10``.
    rows : int
        How many.
    positives : int or None
        None, like the Gini, when rows or outcomes are too few to be told.
    gini : Interval or None
        Twice the area under the ROC curve minus 1; 0 is chance.
    """

    period: str
    rows: int
    positives: int | None = None
    gini: Interval | None = None

    @property
    def told(self) -> bool:
        """Whether there were enough rows for a figure."""
        return self.gini is not None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; ``note`` says why figures are missing."""
        return plain(self) | ({} if self.told else {"note": TOO_FEW})


def stability(
    y: Bools, p: Floats, customers: Values, cutoffs: Ints, *, resamples: int, seed: int
) -> tuple[PeriodGini, ...]:
    """Judge the ranking of each cutoff, or of each month when cutoffs are many.

    Parameters
    ----------
    y, p, customers : (n,) bool, float64, and int64 or object
        As for `training.judge.evaluate.evaluate`.
    cutoffs : (n,) int64
        UTC microseconds.
    resamples, seed : int
        Of the bootstrap by customer.

    Returns
    -------
    tuple of PeriodGini
        In order of time.

    Examples
    --------
    >>> y, p = np.tile([True, False], 150), np.tile([0.7, 0.2], 150)
    >>> cutoffs = np.zeros(300, dtype=np.int64)
    >>> found = stability(y, p, np.arange(300), cutoffs, resamples=9, seed=0)
    >>> found[0].period, found[0].gini.value
    ('1970-01-01', 1.0)
    """
    times, places = np.unique(cutoffs, return_inverse=True)
    width = len("2017-10") if len(times) > SHOWN_ALONE else len("2017-10-02")
    named = [_shown(iso(int(each)), width) for each in times]
    periods = sorted(set(named))
    codes = np.array([periods.index(each) for each in named])[places]
    made = []
    for code, period in enumerate(periods):
        here = codes == code
        hits = y[here]
        if not enough(hits):
            made.append(PeriodGini(period, len(hits)))
            continue
        whose, scores = np.asarray(customers)[here], {"model": p[here]}
        drawn = bootstrap(hits, scores, whose, shares=(), resamples=resamples, seed=seed)["model"]
        made.append(PeriodGini(period, len(hits), int(hits.sum()), drawn.interval("gini")))
    return tuple(made)


def _shown(time: str, width: int) -> str:
    """Cut an instant to its date or month; one within a day keeps its hour."""
    return time[:width] if width == 7 or time.endswith("T00:00:00Z") else time
