"""Rows in an order that does not hang on the order of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import numpy as np

from features.arrays import Ints, Values
from features.kernel import Vectors
from features.ready.read import Rows
from training.known import require_known
from training.snapshots import Snapshot
from training.tasks import Task

_MOST_INSTANTS: Final = 40


def ordered(rows: Rows, task: Task) -> tuple[Snapshot, dict[str, Values]]:
    """Return the rows of a table by time and content, or as they stand where that is their order.

    Whoever has no id is told apart by the content of the row: two copies of one row are never on
    two sides of a split.

    Parameters
    ----------
    rows : Rows
        With outcomes.
    task : Task
        Gives gap and horizon: after so long the outcome of a row is known.

    Returns
    -------
    Snapshot
        The rows.
    dict of str to (r,) float64 or object
        What stands beside them, in the same order.

    Raises
    ------
    MaturityError
        When an outcome cannot be known yet.
    """
    import pandas as pd

    assert rows.label is not None  # noqa: S101  for the type checker
    remedy = "" if rows.table.time else "set as_of to when the rows stood, and leave out newer ones"
    where = f"table '{rows.table.name}' ({rows.source})"
    require_known(where, task, rows.times, 0, remedy=remedy)
    content = _content(rows.columns)
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
    beside = {name: each[place] for name, each in rows.beside.items()}
    vectors = Vectors(customers[place], rows.times[place], columns)
    return Snapshot(vectors, rows.label[place]), beside


def marks(rows: Snapshot) -> Values:
    """Return texts that tell every row of a table from all others, in any order of the file.

    Parameters
    ----------
    rows : Snapshot
        As `ordered` returns them, at their own times.

    Returns
    -------
    (r,) object
        Made of customer and time. Rows that share both are told apart by their content, and copies
        by their number, those with the outcome last.

    Examples
    --------
    >>> from training.snapshots import Snapshot
    >>> vectors = Vectors(np.array([7, 7, 7, 8]), np.zeros(4, int), {"x": np.array([1, 1, 2, 1.0])})
    >>> found = marks(Snapshot(vectors, np.array([False, True, False, False])))
    >>> [each.split()[-1] for each in found], len(set(found))
    (['0', '1', '0', '0'], 4)
    """
    customers, at = rows.vectors.customers, rows.vectors.cutoffs
    names = [f"{who!r} {when}" for who, when in zip(customers.tolist(), at.tolist(), strict=True)]
    count = Counter(names)
    content = _content(rows.vectors.columns)
    found, copies = np.empty(len(names), dtype=object), Counter[str]()
    # Among copies those without the outcome come first, wherever they stand.
    for row in np.argsort(rows.label, kind="stable").tolist():
        name = names[row]
        if count[name] > 1:
            name += f" {content[row]:x}"
            copies[name] += 1
            found[row] = f"{name} {copies[name] - 1}"
        else:
            found[row] = f"{name} 0"
    return found


def _content(columns: Mapping[str, Values]) -> Values:
    """Return a number for each row, the same wherever its cells are the same."""
    import pandas as pd

    frame = pd.DataFrame(dict(columns))
    return np.asarray(pd.util.hash_pandas_object(frame, index=False), dtype=np.uint64)


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
