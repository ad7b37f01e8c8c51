"""How many independent rows the rows are worth.

Each row moves the area under the ROC curve, see `training.judge.moves`. Summed by customer and
squared, these moves give the variance that a bootstrap by customer finds; row by row, that of
independent rows. Their ratio is Kish's design effect.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from features.arrays import Bools, Floats, Values
from training.judge.moves import auc_moves


@dataclass(frozen=True)
class EffectiveSize:
    """What rows that resemble one another are worth.

    Parameters
    ----------
    rows, customers : int
        Counts.
    design_effect : float
        Variance of the AUC by customer over that by row; 1 when rows are independent. NaN when
        there is no variance: scores part the outcomes perfectly, or all rows are of one customer.
    effective_rows : float
        ``rows / design_effect``: independent rows that would give the same interval.
    """

    rows: int
    customers: int
    design_effect: float
    effective_rows: float

    @property
    def sentence(self) -> str:
        """The same in words.

        Examples
        --------
        >>> EffectiveSize(1_000, 400, 2.0, 500.0).sentence
        'judged on 1,000 rows of 400 customers, worth 500 independent rows (design effect 2.00)'
        """
        whose = f"{self.customers:,} customer{'' if self.customers == 1 else 's'}"
        told = f"judged on {self.rows:,} rows of {whose}"
        if not np.isfinite(self.design_effect):
            return told
        return (
            f"{told}, worth {self.effective_rows:,.0f} independent rows "
            f"(design effect {self.design_effect:.2f})"
        )

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
    moves = auc_moves(y, p)[1]
    by_row, by_customer = (moves**2).sum(), (np.bincount(codes, moves) ** 2).sum()
    several = int(codes.max()) > 0
    effect = float(by_customer / by_row) if several and by_row > 0 else float("nan")
    return EffectiveSize(len(y), int(codes.max()) + 1, effect, len(y) / effect)
