"""What each feature looked like in training, so that drift can be told later."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from features.arrays import Values
from features.kernel import Vectors

BINS: Final = 10
"""Bins of equal count."""


def reference(vectors: Vectors) -> dict[str, dict[str, Any]]:
    """Sketch every feature of the training rows.

    Parameters
    ----------
    vectors : Vectors
        Training rows.

    Returns
    -------
    dict
        By feature, ``nulls`` (share of rows) and either ``edges`` with ``shares`` of the values
        between them (bins of equal count, ends open), ``low``, ``high`` and whether all are
        ``whole`` numbers, or ``levels`` with their shares.

    Examples
    --------
    >>> rows = np.arange(4)
    >>> made = reference(Vectors(rows, rows, {"age": np.array([1.0, 2.0, 3.0, np.nan])}))
    >>> made["age"]["nulls"], made["age"]["edges"][0]
    (0.25, 1.2)
    """
    return {
        name: _texts(values) if values.dtype == object else _numbers(values)
        for name, values in vectors.columns.items()
    }


def _numbers(values: Values) -> dict[str, Any]:
    present = values[~np.isnan(values)]
    nulls = 1 - len(present) / max(len(values), 1)
    if not len(present):
        return {"nulls": nulls, "edges": [], "shares": []}
    edges = np.unique(np.quantile(present, np.arange(1, BINS) / BINS))
    counts = np.bincount(np.searchsorted(edges, present, side="right"), minlength=len(edges) + 1)
    return {
        "nulls": nulls,
        "edges": edges.tolist(),
        "shares": (counts / len(present)).tolist(),
        "low": float(present.min()),
        "high": float(present.max()),
        "whole": bool((present == np.round(present)).all()),
    }


def _texts(values: Values) -> dict[str, Any]:
    present = np.array([value for value in values if value is not None], dtype=object)
    names, counts = np.unique(present, return_counts=True)
    shares = (counts / max(len(present), 1)).tolist()
    return {
        "nulls": 1 - len(present) / max(len(values), 1),
        "levels": dict(zip(names.tolist(), shares, strict=True)),
    }
