"""Rows in an order that does not hang on the order of the file."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Ints
from features.kernel import Vectors
from features.ready.read import Rows
from training.snapshots import Snapshot

_MOST_INSTANTS: Final = 40


def ordered(rows: Rows) -> Snapshot:
    """Return the rows of a table by time and content, or as they stand where that is their order.

    Whoever has no id is told apart by the content of the row: two copies of one row are never on
    two sides of a split.

    Parameters
    ----------
    rows : Rows
        With outcomes.
    """
    import pandas as pd

    assert rows.label is not None  # noqa: S101  for the type checker
    frame = pd.DataFrame(dict(rows.columns))
    content = np.asarray(pd.util.hash_pandas_object(frame, index=False), dtype=np.uint64)
    customers = rows.customers
    if customers is None:
        customers = (content >> np.uint64(1)).astype(np.int64)
        owner = content
    else:
        owner = np.asarray(pd.util.hash_array(customers), dtype=np.uint64)
    place = (
        np.arange(len(rows))
        if rows.table.order
        else np.lexsort((rows.label, content, owner, rows.times))
    )
    columns = {name: each[place] for name, each in rows.columns.items()}
    return Snapshot(Vectors(customers[place], rows.times[place], columns), rows.label[place])


def months(times: Ints) -> Ints:
    """Return times, or the months they lie in where there are more than forty times.

    Examples
    --------
    >>> days = np.arange(60) * 86_400_000_000
    >>> np.unique(months(days)) // 86_400_000_000
    array([ 0, 31, 59])
    """
    if len(np.unique(times)) <= _MOST_INSTANTS:
        return times
    return (
        times.astype("datetime64[us]")
        .astype("datetime64[M]")
        .astype("datetime64[us]")
        .astype(np.int64)
    )
