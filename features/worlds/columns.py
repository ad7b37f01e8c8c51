"""Columns of generated tables, as pyarrow holds them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from features.arrays import Floats, Ints


def dated(moments: Ints) -> pa.Array:
    """Hold UTC microseconds as times with a zone."""
    return pa.array(moments, pa.timestamp("us", "UTC"))


def decimals(values: Floats) -> pa.Array:
    """Hold amounts with two decimals, in whole hundredths that a float writes exactly.

    Examples
    --------
    >>> decimals(np.array([1.005, 2.0])).to_pylist()
    [1.0, 2.0]
    """
    return pa.array(np.round(values * 100) / 100)


def levels(
    codes: Ints,
    names: Sequence[str],
    random: np.random.Generator | None = None,
    absent: float = 0.0,
) -> pa.Array:
    """Hold codes as texts, some of them absent at random.

    Examples
    --------
    >>> levels(np.array([1, 0]), ["APP", "WEB"]).to_pylist()
    ['WEB', 'APP']
    """
    missing = None
    if random is not None and absent:
        missing = random.random(len(codes)) < absent
    coded = pa.array(np.asarray(codes, dtype=np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(coded, pa.array(list(names))).cast(pa.string())
