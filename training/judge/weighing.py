"""The metrics of one set of scores on resamples: sorted and summed once, weighed many times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints
from training.judge.metrics import tie_groups
from training.judge.reliability import bin_codes, cox, log_odds, shift
from training.judge.resampling import LARGE

STEPS: Final = 2_000
"""Steps of the ranking in the resamples of many rows."""

GRID: Final = np.arange(1, 21) / 20
"""Shares of the ranked rows at which every resample says what it captures."""

_TINY: Final = float(np.finfo(np.float64).eps)


class Weighing:
    """One set of scores, sorted and summed once, to be weighed many times.

    Parameters
    ----------
    y, p : (n,) bool and float64
        Outcomes and probabilities.
    codes : (n,) int64
        Whose row it is, see `training.judge.resampling.blocks_of`.
    shares : tuple of float
        For ``lift_at_*`` and ``captured_at_*``.
    bins : int
        Of ECE.
    """

    def __init__(
        self, y: Bools, p: Floats, codes: Ints, shares: tuple[float, ...], bins: int
    ) -> None:
        self.shares = shares
        order, ends = tie_groups(p)
        self.ends = ends
        self.ranked = codes[order]
        hit = np.flatnonzero(y[order])
        self.hit_codes = self.ranked[hit]
        group = np.searchsorted(ends, hit)
        # Sums change only at groups that hold a positive; most do not.
        self.hit_ends = np.append(np.flatnonzero(group[1:] != group[:-1]), len(hit) - 1)
        self.hit_groups = group[self.hit_ends]
        self.coarse = _Coarse.of(y[order], self.ranked, ends) if len(y) > LARGE else None
        self.linear, self.at = _sums(y, p, codes, bins)
        _, hits, chance = np.split(self.linear[:, 9:].sum(axis=0), 3)
        self.gaps = (hits - chance) / len(y)

    def measure(self, counts: Floats, exact: bool = False) -> dict[str, Floats]:
        """Return every metric, and what else `Replicates` holds, for (b, customers) counts."""
        if self.coarse is not None and not exact:
            total, hits, hit_groups = self.coarse.ranked(counts)
        else:
            total, hits, hit_groups = *self._ranked(counts), self.hit_groups
        rows, positives = total[:, -1], hits[:, -1]
        fresh = np.diff(hits, axis=1, prepend=0)
        upto = total[:, hit_groups]
        above = np.where(hit_groups > 0, total[:, hit_groups - 1], 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            # False positives ranked above a group, and half of those inside it.
            false = (upto - hits + above - hits + fresh) / 2
            lost = np.einsum("ij,ij->i", fresh, false)
            negatives = rows - positives
            auc = 1 - lost / (positives * negatives)
            precise = np.einsum("ij,ij->i", fresh, hits / np.maximum(upto, 1)) / positives
            found = {"roc_auc": auc, "average_precision": precise}
            found |= self._means(counts, rows)
            shares = np.array([*self.shares, *GRID])
            captured = _captured(total, hits, hit_groups, shares) / positives[:, None]
            # The curves are furthest apart where a group with positives ends, or begins.
            ends = hits / positives[:, None] - (upto - hits) / negatives[:, None]
            gone = hits - fresh
            begins = (above - gone) / negatives[:, None] - gone / positives[:, None]
            ks = np.maximum(np.maximum(ends.max(axis=1), begins.max(axis=1)), 0)
        for place, share in enumerate(self.shares):
            found[f"lift_at_{100 * share:g}"] = captured[:, place] / share
        for place, share in enumerate(self.shares):
            found[f"captured_at_{100 * share:g}"] = captured[:, place]
        extra = {"rates": positives / rows, "captured": captured[:, len(self.shares) :]}
        return found | {"gini": 2 * auc - 1, "ks": ks} | extra

    def _ranked(self, counts: Floats) -> tuple[Floats, Floats]:
        total = np.cumsum(counts[:, self.ranked], axis=1)
        if len(self.ends) < total.shape[1]:
            total = total[:, self.ends]
        return total, np.cumsum(counts[:, self.hit_codes], axis=1)[:, self.hit_ends]

    def _means(self, counts: Floats, rows: Floats) -> dict[str, Floats]:
        sums = counts @ self.linear
        slope, intercept = self.at
        residual, moment, one, first, second, residual_0, one_0 = sums[:, 2:9].T
        step = (one * moment - first * residual) / (one * second - first**2)
        size, hits, chance = np.split(sums[:, 9:], 3, axis=1)
        gaps = (hits - chance) / rows[:, None]
        return {
            "brier": sums[:, 0] / rows,
            "log_loss": sums[:, 1] / rows,
            "ece": np.abs(gaps).sum(axis=1),
            "calibration_slope": slope + step,
            "calibration_intercept": intercept + residual_0 / one_0,
            "observed": hits / size,
            "noise": np.abs(gaps - self.gaps).sum(axis=1),
        }


@dataclass(frozen=True, eq=False)
class _Coarse:
    """Rows and positives by customer and step of the ranking, where rows are many."""

    rows: Floats
    hits: Floats

    @classmethod
    def of(cls, y: Bools, codes: Ints, ends: Ints) -> _Coarse:
        """Count rows that are in the order of their scores; ties go where their middle falls."""
        starts = np.append(0, ends[:-1] + 1)
        step = np.repeat((starts + ends) // 2 * STEPS // len(y), ends - starts + 1)
        size = int(codes.max()) + 1
        cells = codes * STEPS + step
        rows, hits = (
            np.bincount(cells, each, size * STEPS).reshape(size, STEPS) for each in (None, y)
        )
        return cls(rows.astype(np.float64), hits.astype(np.float64))

    def ranked(self, counts: Floats) -> tuple[Floats, Floats, Ints]:
        """Return rows and positives up to each step, and the steps."""
        total, hits = (np.cumsum(counts @ each, axis=1) for each in (self.rows, self.hits))
        return total, hits, np.arange(STEPS)


def _captured(total: Floats, hits: Floats, hit_groups: Ints, shares: Floats) -> Floats:
    sought = total[:, -1:] * shares
    # Rows ascend, so a search finds the groups that lie wholly inside a share.
    reached = [np.searchsorted(row, wanted) for row, wanted in zip(total, sought, strict=True)]
    at = np.minimum(np.stack(reached), total.shape[1] - 1)
    end = np.take_along_axis(total, at, axis=1)
    start = np.where(at > 0, np.take_along_axis(total, np.maximum(at - 1, 0), axis=1), 0.0)
    part = (sought - start) / np.maximum(end - start, 1)
    sums = np.pad(hits, ((0, 0), (1, 0)))
    above, upto = (
        np.take_along_axis(sums, np.searchsorted(hit_groups, at, side=side), axis=1)
        for side in ("left", "right")
    )
    captured: Floats = above + part * (upto - above)
    return captured


def _sums(y: Bools, p: Floats, codes: Ints, bins: int) -> tuple[Floats, tuple[float, float]]:
    """Sum over each customer's rows all that a mean needs, at the fit on all rows."""
    outcome, z = y.astype(np.float64), log_odds(p)
    intercept, slope = cox(outcome, z)
    alone = shift(outcome, z)
    mean, mean_0 = (
        1 / (1 + np.exp(-np.clip(at, -500, 500))) for at in (intercept + slope * z, alone + z)
    )
    spread, spread_0 = mean * (1 - mean), mean_0 * (1 - mean_0)
    clipped = np.clip(p, _TINY, 1 - _TINY)
    loss = -np.where(y, np.log(clipped), np.log1p(-clipped))
    residual = outcome - mean
    columns = [(p - outcome) ** 2, loss, residual, residual * z, spread, spread * z, spread * z * z]
    columns += [outcome - mean_0, spread_0]
    size = int(codes.max()) + 1
    summed = [np.bincount(codes, column, size) for column in columns]
    binned = bin_codes(p, bins)
    width = int(binned.max()) + 1
    cells = codes * width + binned
    tables = [np.bincount(cells, each, size * width) for each in (np.ones(len(p)), outcome, p)]
    wide = [each.reshape(size, width) for each in tables]
    return np.hstack([np.column_stack(summed), *wide]), (slope, alone)
