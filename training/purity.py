"""An independent look at a split: it did not make it, and trusts only rows and dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from features.arrays import Bools, Ints, Values
from features.errors import ForetellError
from features.instants import iso
from features.windows import label_window

APART: Final = (
    ("train", "stop", "calibrate", "test"),
    ("develop", "calibrate", "test"),
    ("final", "test"),
)
"""Sets of rows that may not know of one another, in time order."""


class ImpureSplitError(ForetellError):
    """Rows of a later slice could have been known to an earlier one."""


def require_purged(
    slices: Mapping[str, Bools], cutoffs: Ints, gap: float, horizon: float, lateness: int = 0
) -> None:
    """Refuse slices of which a label reaches past a cutoff of the next one.

    Parameters
    ----------
    slices : mapping of str to (r,) bool
        Rows of each slice, in time order.
    cutoffs : (r,) int64
        Cutoff of each row, UTC microseconds.
    gap, horizon : float
        Of the task, in days.
    lateness : int
        Microseconds after which an event of the label is known at the latest.

    Raises
    ------
    ImpureSplitError
        With the names and dates.

    Examples
    --------
    >>> rows = {"train": np.array([True, False]), "test": np.array([False, True])}
    >>> require_purged(rows, np.array([0, 86_400_000_000]), gap=0, horizon=1)
    >>> require_purged(rows, np.array([0, 86_400_000_000]), gap=0, horizon=2)
    Traceback (most recent call last):
    training.purity.ImpureSplitError: labels of 'train' reach to 1970-01-03T00:00:00Z, past \
1970-01-02T00:00:00Z, the first cutoff of 'test'
    """
    names = list(slices)
    for place, earlier in enumerate(names):
        for later in names[place + 1 :]:
            _require_rows(slices, earlier, later)
            _, settled = label_window(int(cutoffs[slices[earlier]].max()), gap, horizon)
            first = int(cutoffs[slices[later]].min())
            settled += lateness
            if settled > first:
                raise ImpureSplitError(
                    f"labels of '{earlier}' reach to {iso(settled)}, past {iso(first)}, "
                    f"the first cutoff of '{later}'"
                )


def require_disjoint(slices: Mapping[str, Bools], customers: Values) -> None:
    """Refuse slices that share a customer, for tasks that are split by customer.

    Parameters
    ----------
    slices : mapping of str to (r,) bool
        Rows of each slice.
    customers : (r,) int64 or object
        Customer of each row.

    Raises
    ------
    ImpureSplitError
        With the slices and a customer.
    """
    names = list(slices)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            _require_rows(slices, one, other)
            shared = set(customers[slices[one]]) & set(customers[slices[other]])
            if shared:
                raise ImpureSplitError(
                    f"'{one}' and '{other}' share {len(shared)} customers, such as {min(shared)}"
                )


def _require_rows(slices: Mapping[str, Bools], *names: str) -> None:
    empty = [name for name in names if not slices[name].any()]
    if empty:
        raise ImpureSplitError(f"slice '{empty[0]}' has no rows")
    if np.logical_and.reduce([slices[name] for name in names]).any():
        raise ImpureSplitError(f"slices {' and '.join(map(repr, names))} share rows")
