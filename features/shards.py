"""Rows in a folder of Parquet files: what the files hold, and any rows or column of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.arrays import Ints, Values
from features.errors import StateError

GROUP: Final = 1 << 16
"""Rows that are written, and so read, at once."""


@dataclass(frozen=True)
class Group:
    """Rows of a file that lie together.

    Parameters
    ----------
    path : str
        File.
    place : int
        Which row group of it.
    rows : int
        Their number; 0 occurs.
    """

    path: str
    place: int
    rows: int

    def read(self, names: Sequence[str]) -> dict[str, Values]:
        """Return some columns: numbers as float64, NaN for null; texts as object, None for null.

        Raises
        ------
        StateError
            When the file cannot be read any more.
        """
        try:
            with pq.ParquetFile(self.path) as file:
                table = file.read_row_group(self.place, columns=[*names], use_threads=False)
                return {name: cells(table.column(name)) for name in names}
        except (OSError, pa.ArrowException, KeyError) as error:
            raise StateError(
                f"{self.path}: its rows cannot be read ({error}); were files of the folder changed "
                "or removed meanwhile? Make them again"
            ) from error


@dataclass(frozen=True, eq=False)
class Shards:
    """Every group of rows of a folder, in order.

    Parameters
    ----------
    groups : tuple of Group
        In the order of the names of the files.
    """

    groups: tuple[Group, ...]

    @property
    def starts(self) -> Ints:
        """Position of the first row of each group, and the number of all rows."""
        return np.cumsum([0, *(each.rows for each in self.groups)], dtype=np.int64)

    def pieces(self, rows: Ints) -> Iterator[tuple[Group, Ints]]:
        """Split ascending positions by the group they lie in.

        Yields
        ------
        tuple of Group and (k,) int64
            The group, and positions in it.
        """
        starts = self.starts
        edges = np.searchsorted(rows, starts)
        for place in np.flatnonzero(np.diff(edges)):
            inside = rows[edges[place] : edges[place + 1]]
            yield self.groups[place], inside - starts[place]

    def rows(self, rows: Ints, names: Sequence[str]) -> dict[str, Values]:
        """Return some columns of some rows, in any order.

        Parameters
        ----------
        rows : (k,) int64
            Positions.
        names : sequence of str
            Columns.
        """
        order = np.argsort(rows, kind="stable")
        found = [
            {name: values[inside] for name, values in _held(group, tuple(names)).items()}
            for group, inside in self.pieces(rows[order])
        ]
        back = np.empty(len(rows), dtype=np.int64)
        back[order] = np.arange(len(rows))
        if not found:
            return {name: values[:0] for name, values in self.groups[0].read(names).items()}
        return {name: np.concatenate([each[name] for each in found])[back] for name in names}


def cells(column: pa.ChunkedArray) -> Values:
    """Return a column of Arrow as an array: float64 with NaN, or object with None."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if is_text(kind):
        return np.array([*column.to_pylist(), None], dtype=object)[:-1]
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    found: Values = column.to_numpy()
    return found.astype(np.float64, copy=False)


def is_text(kind: Any) -> bool:
    """Tell whether a type of Arrow is that of texts, also of numbered ones."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def groups_of(path: Path) -> tuple[Group, ...]:
    """Return the groups of a file."""
    with pq.ParquetFile(path) as file:
        meta = file.metadata
        sizes = [meta.row_group(place).num_rows for place in range(meta.num_row_groups)]
    return tuple(Group(str(path), place, size) for place, size in enumerate(sizes))


@lru_cache(maxsize=2)
def _held(group: Group, names: tuple[str, ...]) -> Mapping[str, Values]:
    """Return what was read last: neighbouring batches end and begin in one group."""
    return group.read(names)
