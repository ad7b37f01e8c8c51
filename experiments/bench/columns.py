"""From a column of a frame to what Foretell's own values hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from features.arrays import Values


def plain(column: pd.Series[Any]) -> Values:
    """Return numbers, NaN for null and infinite, or texts, None for null."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        wild = np.isinf(numbers)
        return np.where(wild, np.nan, numbers) if wild.any() else numbers
    texts: Values = column.to_numpy(dtype=object, copy=True)
    texts[column.isna().to_numpy()] = None
    return texts
