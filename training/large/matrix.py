"""The matrix that a model reads, made a block at a time from columns in memory or in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias, cast

import lightgbm
import numpy as np

from features.arrays import Floats
from features.kernel import Vectors
from features.schema import Schema
from features.spilled import SpilledColumns

BLOCK: Final = 1 << 15
"""Rows that are made at once."""

WHOLE: Final = 1 << 25
"""Cells up to which a matrix in memory is made whole: 256 MiB."""


class Matrix(lightgbm.Sequence):
    """Rows of a matrix (r, columns) float64 that is never there as a whole.

    LightGBM reads it in blocks and keeps the bins, one byte a cell. They are the bins of the whole
    matrix, so the model has the same bytes.

    Parameters
    ----------
    schema : Schema
        Columns.
    vectors : Vectors
        Where they come from.
    """

    batch_size = BLOCK

    def __init__(self, schema: Schema, vectors: Vectors) -> None:
        self.schema = schema
        self.vectors = vectors
        self._first = -1
        self._block: Floats = np.empty((0, len(schema.columns)))

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self), len(self.schema.columns)

    def __getitem__(self, asked: Any) -> Any:
        """Return a row by position, rows by slice, or another matrix of the rows of a mask.

        ``matrix[:, place]`` is a column.
        """
        if isinstance(asked, tuple):
            rows, place = asked
            return self._column(place)[rows]
        if isinstance(asked, slice):
            first, end, _ = asked.indices(len(self))
            return self._made(first, end)
        if isinstance(asked, np.ndarray):
            return Matrix(self.schema, self.vectors.take(asked))
        if isinstance(asked, list):
            return Matrix(self.schema, self.vectors.take(np.array(asked, dtype=np.int64))).dense()
        # LightGBM draws rows in ascending order, one at a time.
        first = int(asked) // BLOCK * BLOCK
        if first != self._first:
            self._first, self._block = first, self._made(first, min(first + BLOCK, len(self)))
        return self._block[int(asked) - first]

    @property
    def table(self) -> Floats:
        """The same value, for types that ask for an array."""
        return cast(Floats, self)

    def blocks(self) -> Iterator[Floats]:
        """Make all rows, a block at a time."""
        for first in range(0, len(self), BLOCK):
            yield self._made(first, min(first + BLOCK, len(self)))

    def dense(self) -> Floats:
        """Return the whole matrix."""
        return self._made(0, len(self))

    def _made(self, first: int, end: int) -> Floats:
        vectors = self.vectors
        if isinstance(vectors.columns, SpilledColumns):
            columns = vectors.columns.rows(first, end)
        else:
            columns = {name: values[first:end] for name, values in vectors.columns.items()}
        part = Vectors(vectors.customers[first:end], vectors.cutoffs[first:end], columns)
        return self.schema.matrix(part)

    def _column(self, place: int) -> Floats:
        column = self.schema.columns[place]
        single = Schema((column,))
        return single.matrix(self.vectors.only([column.name]))[:, 0]


Table: TypeAlias = Floats | Matrix
"""What holds the rows of a matrix."""


def matrix_of(schema: Schema, vectors: Vectors) -> Floats:
    """Arrange vectors as the matrix that the model reads: whole when it is small, else in blocks.

    Raises
    ------
    SchemaError
        When columns are missing, too many, of another kind, or hold infinities; of a matrix that
        is made in blocks once a block is read.
    """
    is_small = len(vectors) * len(schema.columns) <= WHOLE
    if is_small and not isinstance(vectors.columns, SpilledColumns):
        return schema.matrix(vectors)
    return Matrix(schema, vectors).table


def dense(table: Table) -> Floats:
    """Return a matrix as an array."""
    return table.dense() if isinstance(table, Matrix) else table


def told(table: Table, predict: Callable[[Floats], Any]) -> Floats:
    """Return what a model says of every row, (r,) float64, asked a block at a time.

    Parameters
    ----------
    table : (r, columns) float64, or Matrix
        Rows.
    predict : callable
        From rows to numbers; what it says of a row must not hang on the others.
    """
    if not isinstance(table, Matrix):
        return np.asarray(predict(table), dtype=np.float64)
    return np.concatenate(
        [np.empty(0), *(np.asarray(predict(block), dtype=np.float64) for block in table.blocks())]
    )


def bin_seed(seed: int) -> int:
    """Return the seed by which LightGBM draws the rows that bins come from, of its ``seed``.

    Of an array it derives it by itself, and of blocks it forgets to: with it both draw alike. The
    generator is that of LightGBM's ``Random`` (a linear congruence; Knuth, The Art of Computer
    Programming, vol. 2, section 3.2.1).

    Examples
    --------
    >>> bin_seed(7), bin_seed(0)
    (61, 38)
    """
    state = (214_013 * seed + 2_531_011) % 2**32
    return (state >> 16 & 0x7FFF) % 32_767
