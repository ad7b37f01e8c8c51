"""What the members of each group are together; null values are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.links import How


def _total(values: Floats, group: Ints, many: int) -> Floats:
    here = ~np.isnan(values)
    sums = np.bincount(group[here], weights=values[here], minlength=many)
    return np.where(np.bincount(group[here], minlength=many) > 0, sums, np.nan)


def _mean(values: Floats, group: Ints, many: int) -> Floats:
    held = np.bincount(group[~np.isnan(values)], minlength=many)
    return np.asarray(_total(values, group, many) / np.maximum(held, 1))


def _largest(values: Floats, group: Ints, many: int) -> Floats:
    found = np.full(many, np.nan)
    np.fmax.at(found, group, values)
    return found


def _smallest(values: Floats, group: Ints, many: int) -> Floats:
    found = np.full(many, np.nan)
    np.fmin.at(found, group, values)
    return found


POOLS: Final[Mapping[How, Callable[[Floats, Ints, int], Floats]]] = {
    "total": _total,
    "mean": _mean,
    "largest": _largest,
    "smallest": _smallest,
}
"""From values, the group of each and the number of groups to a value for each group."""
