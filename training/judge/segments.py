"""Reliability of all rows, and of each segment that is calibrated apart."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from features.arrays import Bools, Floats, Values
from training.judge.intervals import Interval, Replicates, bootstrap
from training.judge.rates import rate_interval
from training.judge.reliability import ReliabilityBin, bin_codes, reliability
from training.judge.slices import enough


@dataclass(frozen=True)
class SegmentRow:
    """The reliability table of the rows of one segment.

    Parameters
    ----------
    segment : str
        Level of the category that parts the rows.
    rows, positives : int
        How many.
    ece : Interval
        Expected calibration error of these rows alone.
    reliability : tuple of ReliabilityBin
        Bins of these rows alone.
    observed : tuple of Interval
        Rate of positives in each bin.
    """

    segment: str
    rows: int
    positives: int
    ece: Interval
    reliability: tuple[ReliabilityBin, ...]
    observed: tuple[Interval, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "segment": self.segment,
            "rows": self.rows,
            "positives": self.positives,
            "ece": self.ece.to_json(),
            "reliability": [asdict(each) for each in self.reliability],
            "observed": [each.to_json() for each in self.observed],
        }


def segments(
    y: Bools,
    p: Floats,
    customers: Values,
    levels: Values,
    *,
    bins: int,
    resamples: int,
    seed: int,
) -> tuple[SegmentRow, ...]:
    """Compare probabilities with observed rates in each segment that has rows enough.

    Parameters
    ----------
    y, p, customers : (n,) bool, float64, and int64 or object
        As for `training.judge.evaluate.evaluate`.
    levels : (n,) object
        Segment of each row; None where there is none.
    bins, resamples, seed : int
        As for `training.judge.intervals.bootstrap`.

    Returns
    -------
    tuple of SegmentRow
        Most rows first; segments that `training.judge.slices.enough` refuses are left out.

    Examples
    --------
    >>> y, p = np.tile([True, False], 150), np.tile([0.7, 0.2], 150)
    >>> region = np.array(["north"] * 200 + ["south"] * 99 + [None], dtype=object)
    >>> found = segments(y, p, np.arange(300), region, bins=2, resamples=9, seed=0)
    >>> [(each.segment, each.rows, len(each.reliability)) for each in found]
    [('north', 200, 2)]
    """
    named = sorted({each for each in levels.tolist() if each is not None})
    made = []
    for level in named:
        here = levels == level
        if not enough(y[here]):
            continue
        hits, told, whose = y[here], p[here], np.asarray(customers)[here]
        options = {"bins": bins, "resamples": resamples, "seed": seed}
        drawn = bootstrap(hits, {"model": told}, whose, shares=(), **options)["model"]
        table = reliability(hits, told, bins)
        made.append(
            SegmentRow(
                str(level),
                len(hits),
                int(hits.sum()),
                drawn.interval("ece"),
                table,
                observed_rates(table, told, whose, drawn, bins),
            )
        )
    return tuple(sorted(made, key=lambda each: -each.rows))


def observed_rates(
    table: tuple[ReliabilityBin, ...], p: Floats, customers: Values, drawn: Replicates, bins: int
) -> tuple[Interval, ...]:
    """Return the rate of positives in each bin of a reliability table, with its interval."""
    codes, whose = bin_codes(p, bins), np.asarray(customers)
    return tuple(
        rate_interval(each.observed, column, each.rows, len(np.unique(whose[codes == code])))
        for code, (each, column) in enumerate(zip(table, drawn.observed.T, strict=True))
    )
