"""Areas under the ROC curve with intervals at the cost of a sort, for what is told many times.

The area is a mean over rows to first order: each row moves it by its share of pairs won (DeLong,
DeLong and Clarke-Pearson, 1988). Summed by customer and squared, the moves give the variance that
a bootstrap by customer finds.
"""

from __future__ import annotations

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from training.judge.intervals import Interval

_NORMAL = 1.959963984540054


def auc_moves(y: Bools, p: Floats) -> tuple[float, Floats]:
    """Return the AUC, and how much each row moves it, (n,) float64; the moves sum to 0.

    Examples
    --------
    >>> auc, moves = auc_moves(np.array([True, True, False]), np.array([0.9, 0.2, 0.5]))
    >>> auc, moves.round(3).tolist()
    (0.5, [0.25, -0.25, 0.0])
    """
    group: Ints
    _, group = np.unique(p, return_inverse=True)
    yes, no = np.bincount(group, y), np.bincount(group, ~y)
    # A tie is half a win.
    beaten = (np.cumsum(no) - no / 2)[group] / no.sum()
    beating = 1 - (np.cumsum(yes) - yes / 2)[group] / yes.sum()
    auc = float(beaten[y].mean())
    moves: Floats = np.where(y, (beaten - auc) / yes.sum(), (beating - auc) / no.sum())
    return auc, moves


def auc_interval(y: Bools, p: Floats, customers: Values) -> Interval:
    """Return the AUC with its 95 % interval by customer, cut to [0, 1].

    Parameters
    ----------
    y, p, customers : (n,) bool, float64, and int64 or object
        Outcomes of both kinds, scores of any scale, and whose row it is.
    """
    auc, moves = auc_moves(y, p)
    found = _around(auc, moves, np.asarray(customers))
    return Interval(auc, max(0.0, found.low), min(1.0, found.high))


def auc_difference(
    first: tuple[Bools, Floats, Values], second: tuple[Bools, Floats, Values]
) -> Interval:
    """Return the AUC of some rows minus that of others, where customers may stand in both.

    Parameters
    ----------
    first, second : tuple of (n,) bool, (n,) float64, and (n,) int64 or object
        As for `auc_interval`.
    """
    one, moved = auc_moves(first[0], first[1])
    other, against = auc_moves(second[0], second[1])
    moves = np.concatenate([moved, -against])
    return _around(one - other, moves, np.concatenate([first[2], second[2]]))


def _around(value: float, moves: Floats, customers: Values) -> Interval:
    codes = np.unique(customers, return_inverse=True)[1]
    wide = _NORMAL * float(np.sqrt((np.bincount(codes, moves) ** 2).sum()))
    return Interval(value, value - wide, value + wide)
