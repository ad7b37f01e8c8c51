"""How many outcomes of each kind a slice must hold, asked before any minute is spent on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from features.arrays import Bools
from features.errors import CohortError

LEAST: Final = {"train": 20, "stop": 10, "calibrate": 10, "test": 10}
"""Rows of the rarer outcome that each slice needs.

With fewer the work can be done and means nothing: at 10 against a thousand, the standard error of
an AUC of 0.75 is 0.09 (Hanley and McNeil, Radiology 143, 1982, formula 1).
"""


_EVENTS: Final = (
    "widen the cohort, lengthen the horizon, or give the slices more cutoffs (later and every in "
    "[rhythm])"
)


def require_enough(
    task: str, label: Bools, splits: Sequence[Mapping[str, Bools]], remedy: str = _EVENTS
) -> None:
    """Refuse rows with too few outcomes of a kind in any slice.

    Parameters
    ----------
    task : str
        For the message.
    label : (r,) bool
        Outcomes.
    splits : sequence of mapping of str to (r,) bool
        Rows of each slice, for each model that is learnt. The test slices of all models count
        together, since they are judged together.
    remedy : str
        What to do about it; left out, what helps where rows are made of events.

    Raises
    ------
    CohortError
        With every slice that holds too few: how many it has, and how many are needed.

    Examples
    --------
    >>> import numpy as np
    >>> every = np.ones(1000, bool)
    >>> slices = {"train": every, "stop": every, "calibrate": every, "test": every}
    >>> require_enough("churn", np.arange(1000) < 7, [slices])
    Traceback (most recent call last):
    features.errors.CohortError: task 'churn': too few outcomes to learn from and to judge by:
      - slice 'train' has 7 positives among 1,000 rows; 20 are needed
      - slice 'stop' has 7 positives among 1,000 rows; 10 are needed
      - slice 'calibrate' has 7 positives among 1,000 rows; 10 are needed
      - slice 'test' has 7 positives among 1,000 rows; 10 are needed
    widen the cohort, lengthen the horizon, or give the slices more cutoffs (later and every in \
[rhythm])
    """
    faults: dict[str, str] = {}
    for name, least in LEAST.items():
        masks = [each[name] for each in splits if name in each]
        if name == "test" and masks:
            whole = masks[0].copy()
            for mask in masks[1:]:
                whole |= mask
            masks = [whole]
        for mask in masks:
            rows, yes = int(mask.sum()), int(label[mask].sum())
            rarer, kind = min((yes, "positives"), (rows - yes, "negatives"))
            if rarer < least and name not in faults:
                faults[name] = (
                    f"slice '{name}' has {rarer} {kind} among {rows:,} rows; {least} are needed"
                )
    if faults:
        listed = "\n".join(f"  - {fault}" for fault in faults.values())
        raise CohortError(
            f"task '{task}': too few outcomes to learn from and to judge by:\n{listed}\n{remedy}"
        )
