"""Vectors of changed tables beside those of the tables as they are, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from features.arrays import Bools, Values
from features.catalogue import Catalogue
from features.kernel import vectors
from features.segments import Partition, Spine

Columns: TypeAlias = Mapping[str, Values]


def columns_of(catalogue: Catalogue, partition: Partition, spine: Spine) -> Columns:
    """Compute features; one that cannot be computed says so in every row.

    Parameters
    ----------
    catalogue : Catalogue
        Features.
    partition, spine : Partition, Spine
        Customers and rows.

    Returns
    -------
    mapping of str to array
        By feature, (r,).
    """
    with np.errstate(all="ignore"):
        try:
            return vectors(catalogue, partition, spine).columns
        except Exception as error:
            if len(catalogue) > 1:
                alone = (columns_of(Catalogue([each]), partition, spine) for each in catalogue)
                return {name: values for found in alone for name, values in found.items()}
            said = f"raises {type(error).__name__}: {error}"
            return {catalogue.names[0]: np.full(len(spine), said, dtype=np.object_)}


def differs(one: Values, other: Values) -> Bools:
    """Tell in which rows two columns differ in any bit; every NaN is the same null.

    Parameters
    ----------
    one, other : (r,) array
        Values of one feature.

    Returns
    -------
    (r,) bool

    Examples
    --------
    >>> differs(np.array([0.0, np.nan, 1.0]), np.array([-0.0, -np.nan, 1.0]))
    array([ True, False, False])
    >>> differs(np.array(["a", None], dtype=object), np.array(["a", "b"], dtype=object))
    array([False,  True])
    """
    if object in (one.dtype, other.dtype):
        pairs = zip(one.tolist(), other.tolist(), strict=True)
        return np.array([not _same(left, right) for left, right in pairs], dtype=np.bool_)
    if one.dtype != other.dtype:
        return np.ones(len(one), dtype=np.bool_)
    if one.dtype.kind != "f":
        return np.asarray(one != other, dtype=np.bool_)
    bits = f"u{one.dtype.itemsize}"
    unlike = np.ascontiguousarray(one).view(bits) != np.ascontiguousarray(other).view(bits)
    return np.asarray(unlike & ~(np.isnan(one) & np.isnan(other)), dtype=np.bool_)


def _same(left: object, right: object) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return left.hex() == right.hex() or (left != left and right != right)
    return type(left) is type(right) and left == right
