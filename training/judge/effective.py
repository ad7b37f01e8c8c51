"""How many independent rows the rows are worth.

The area under the ROC curve is a mean over rows to first order: each row moves it by its share
of pairs won (DeLong, DeLong and Clarke-Pearson, 1988). Summed by customer and squared, these moves
give the variance that a bootstrap by customer finds; row by row, that of independent rows. Their
ratio is Kish's design effect.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from features.arrays import Bools, Floats, Ints, Values


@dataclass(frozen=True)
class EffectiveSize:
    """What rows that resemble one another are worth.

    Parameters
    ----------
    rows, customers : int
        Counts.
    design_effect : float
        Variance of the AUC by customer over that by row; 1 when rows are independent. NaN when
        there is no variance: scores part the outcomes perfectly.
    effective_rows : float
        ``rows / design_effect``: independent rows that would give the same interval.
    """

    rows: int
    customers: int
    design_effect: float
    effective_rows: float

    def to_json(self) -> dict[str, float | None]:
        """Return plain values; None for what is not defined."""
        return {key: value if np.isfinite(value) else None for key, value in asdict(self).items()}


def effective_size(y: Bools, p: Floats, customers: Values) -> EffectiveSize:
    """Compare the variance of the AUC by customer with that of independent rows.

    Parameters
    ----------
    y, p, customers : (n,) bool, float64, and int64 or object
        Outcomes of both kinds, probabilities, and whose row it is.

    Returns
    -------
    EffectiveSize

    Examples
    --------
    >>> y, p = np.array([True, False, True, False]), np.array([0.9, 0.5, 0.4, 0.1])
    >>> effective_size(y, p, np.arange(4)).design_effect
    1.0
    >>> twice = effective_size(np.repeat(y, 2), np.repeat(p, 2), np.repeat(np.arange(4), 2))
    >>> twice.design_effect, twice.effective_rows
    (2.0, 4.0)
    """
    codes = np.unique(np.asarray(customers), return_inverse=True)[1]
    moves = auc_moves(y, p)
    by_row, by_customer = (moves**2).sum(), (np.bincount(codes, moves) ** 2).sum()
    effect = float(by_customer / by_row) if by_row > 0 else float("nan")
    return EffectiveSize(len(y), int(codes.max()) + 1, effect, len(y) / effect)


def auc_moves(y: Bools, p: Floats) -> Floats:
    """Return how much each row moves the AUC, (n,) float64; they sum to 0."""
    group: Ints
    _, group = np.unique(p, return_inverse=True)
    yes, no = np.bincount(group, y), np.bincount(group, ~y)
    positives, negatives = yes.sum(), no.sum()
    # A tie is half a win.
    beaten = (np.cumsum(no) - no / 2)[group] / negatives
    beating = 1 - (np.cumsum(yes) - yes / 2)[group] / positives
    auc = beaten[y].mean()
    moves: Floats = np.where(y, (beaten - auc) / positives, (beating - auc) / negatives)
    return moves
