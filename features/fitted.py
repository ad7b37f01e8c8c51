"""Operations that learn constants from rows of the past, and then are elementwise too."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Floats
from features.derived import Constants, Operation


def _fit_band(options: Constants, values: Floats) -> Constants:
    """Return the quantiles of the values that are not null, ascending.

    Examples
    --------
    >>> _fit_band((0.5,), np.array([1.0, 2.0, 9.0, np.nan]))
    (2.0,)
    """
    some = values[~np.isnan(values)]
    if not len(some):
        return (0.0,) * len(options)
    return tuple(float(each) for each in np.quantile(some, options))


def _band(constants: Constants, values: Floats) -> Floats:
    """Return 1 below the first threshold, 2 from it on, and so on.

    Examples
    --------
    >>> _band((0.5, 2.0), np.array([1.0, 2.0, np.nan]))
    array([ 1.,  2., nan])
    """
    thresholds = np.array(constants[len(constants) // 2 :])
    bands = 1.0 + np.searchsorted(thresholds, values, side="right")
    return np.where(np.isnan(values), np.nan, bands)


BAND: Final = Operation(
    "band",
    _band,
    "Band of {0} among the customers it was fitted on, 1 the lowest",
    "",
    "band",
    _fit_band,
)
