"""Which way a row turns at a split."""

from __future__ import annotations

import numpy as np

from features.arrays import Ints
from features.compiled import compiled
from training.trees.forest import CATEGORY, MISSING_LEFT, ZERO_IS_MISSING

_TINY = float(np.float32(1e-35))


@compiled
def goes_left(x: float, threshold: float, kind: int, word: int, words: int, codes: Ints) -> float:
    """Return 1 if a value goes left at a split, else 0, as LightGBM decides.

    Examples
    --------
    >>> nothing = np.zeros(0, dtype=np.int64)
    >>> goes_left(2.0, 2.0, 0, 0, 0, nothing), goes_left(np.nan, 2.0, MISSING_LEFT, 0, 0, nothing)
    (1.0, 1.0)
    >>> goes_left(5.0, 0.0, CATEGORY, 0, 1, np.array([1 << 5]))
    1.0
    """
    if kind == CATEGORY:
        # Also false for null.
        if not (x > -1.0 and x < 32.0 * words):
            return 0.0
        code = int(x)
        return float((codes[word + code // 32] >> (code % 32)) & 1)
    if np.isnan(x) or (kind >= ZERO_IS_MISSING and -_TINY < x <= _TINY):
        return float(kind & MISSING_LEFT)
    return 1.0 if x <= threshold else 0.0
