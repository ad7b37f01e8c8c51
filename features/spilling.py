"""Vectors and outcomes written to Parquet a part at a time, so that no more is ever held."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from features.arrays import Bools
from features.errors import StateError
from features.kernel import Vectors
from features.shards import GROUP, Group, Shards, groups_of

LABEL: Final = "label"
"""Column of the outcomes."""

_GIB: Final = 2**30


class Spill:
    """A folder that is filled with rows.

    Parameters
    ----------
    folder : Path
        Where the files go; it must be there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._groups: list[Group] = []
        # Several tasks may share a folder.
        self._files = sum(1 for _ in folder.iterdir())

    def add(self, vectors: Vectors, label: Bools) -> None:
        """Write some rows, which come after those that are there.

        Raises
        ------
        StateError
            When the disk is full.
        """
        if not len(label):
            return
        columns = {"customer": pa.array(vectors.customers.tolist())}
        columns["cutoff"] = pa.array(vectors.cutoffs, pa.timestamp("us", "UTC"))
        columns[LABEL] = pa.array(label)
        for name, values in vectors.columns.items():
            columns[name] = (
                pa.array(values.tolist(), pa.string())
                if values.dtype == object
                # A NaN stays the NaN it is: what is read back has the same bits.
                else pa.array(values.astype("float64", copy=False), from_pandas=False)
            )
        table = pa.table(columns)
        texts = [each.name for each in table.schema if each.type == pa.string()]
        path = self.folder / f"part-{self._files:05d}.parquet"
        with disk_words(self.folder, sum(each.rows for each in self._groups)):
            pq.write_table(
                table, path, row_group_size=GROUP, compression="lz4", use_dictionary=texts
            )
        self._files += 1
        self._groups += groups_of(path)

    def shards(self) -> Shards:
        """Return what was written."""
        return Shards(tuple(self._groups))


@contextmanager
def disk_words(folder: Path, rows: int) -> Iterator[None]:
    """Say in plain words that a disk is full.

    Raises
    ------
    StateError
        With the folder, what was written and what is free.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        free = shutil.disk_usage(folder).free / _GIB
        raise StateError(
            f"the disk is full: {rows:,} rows were written below {folder.parent} and {free:.1f} "
            "GiB are free. What was written is removed; make room, or name a folder on another "
            "disk (--spill FOLDER, or folder of [large] in train.toml)"
        ) from error
