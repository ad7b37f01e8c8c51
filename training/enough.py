"""How many outcomes of either kind a slice needs before anything is learnt from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from features.arrays import Bools
from features.errors import CohortError

FEWEST: Final = 10
"""Rows of either outcome, in each slice of a ready-made table."""


def require_enough(name: str, roles: Mapping[str, Bools], label: Bools) -> None:
    """Refuse slices with too few positives or negatives.

    Parameters
    ----------
    name : str
        Task.
    roles : mapping of str to (r,) bool
        Rows of each slice.
    label : (r,) bool
        Outcomes.

    Raises
    ------
    CohortError
        With the counts of every slice, and how many are needed.

    Examples
    --------
    >>> import numpy as np
    >>> label = np.arange(100) % 50 == 0
    >>> require_enough("default", {"train": np.ones(100, dtype=bool)}, label)
    Traceback (most recent call last):
    features.errors.CohortError: task 'default': too few outcomes to learn from and to judge by:
      - 'train' has 2 positives among 100 rows; 10 positives and 10 negatives are needed
    Bring at least 500 rows at this rate (2.0 %), or a larger share to the slice that lacks them.
    """
    short, needed = [], 0
    for role, rows in roles.items():
        yes, many = int(label[rows].sum()), int(rows.sum())
        if min(yes, many - yes) < FEWEST:
            short.append(
                f"  - '{role}' has {yes:,} positives among {many:,} rows; {FEWEST} positives and "
                f"{FEWEST} negatives are needed"
            )
            needed = max(needed, _needed(many, len(label), float(label.mean())))
    if short:
        remedy = (
            f"Bring at least {needed:,} rows at this rate ({label.mean():.1%}), or a larger share "
            "to the slice that lacks them."
            if needed
            else "All outcomes are alike; a model needs rows of both."
        )
        head = f"task '{name}': too few outcomes to learn from and to judge by:"
        raise CohortError("\n".join([head, *short, remedy.replace("%)", " %)")]))


def _needed(rows: int, whole: int, rate: float) -> int:
    """Return the rows of the whole table at which a slice would have enough of the rarer kind."""
    rarer = min(rate, 1 - rate)
    if not rarer or not rows:
        return 0
    return round(FEWEST / rarer * whole / rows)
