"""The files of a folder of rows: where each lies, its columns, and what its folders are called.

Spark writes the columns it parts rows by into the names of folders, as ``cutoff=2020-01-01``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import StateError
from features.shards import Group, groups_of

CUTOFF: Final = "cutoff"
SLICE: Final = "slice"

_FROM_FOLDERS: Final = {CUTOFF: pa.timestamp("us", "UTC"), SLICE: pa.string()}
"""Columns that folders may name, and what they hold then."""


@dataclass(frozen=True, eq=False)
class RowFile:
    """One Parquet file of a folder of rows.

    Parameters
    ----------
    path : Path
        Where it lies.
    name : str
        Its path below the folder.
    schema : pyarrow.Schema
        Its columns, and after them those that its folders name.
    folders : mapping of str to str
        What its folders say of `CUTOFF` and `SLICE`, where its own columns do not.
    """

    path: Path
    name: str
    schema: pa.Schema
    folders: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(pq.read_metadata(self.path).num_rows)

    def read(self, names: Sequence[str]) -> pa.Table:
        """Return some columns of all rows, also those that folders name.

        Raises
        ------
        StateError
            When the file is damaged.
        """
        own = [name for name in names if name not in self.folders]
        with _readable(self.path):
            table = pq.read_table(self.path, columns=own, partitioning=None)
        for name, text in self.folders.items():
            value = moment(text) if name == CUTOFF else text
            cells = pa.repeat(pa.scalar(value, _FROM_FOLDERS[name]), len(table))
            table = table.append_column(name, cells)
        return table.select(names)

    def groups(self) -> tuple[Group, ...]:
        """Return the groups of its rows."""
        return groups_of(self.path)

    def faults(self, wanted: AbstractSet[str]) -> Iterator[str]:
        """Find what its folders say and no model can use.

        Parameters
        ----------
        wanted : set of str
            Columns that are read.
        """
        own = {each.name for each in self.schema} - set(self.folders)
        told = set[str]()
        for part in Path(self.name).parts[:-1]:
            name, sign, value = part.partition("=")
            if not sign or name not in wanted or name in own:
                continue
            if name in told:
                yield f"two folders above {self.name} name '{name}'; rename one of them"
            told.add(name)
            if name not in _FROM_FOLDERS:
                yield (
                    f"'{name}' stands in the name of the folder '{part}', which is not read; "
                    f"write it as a column of {self.name} too"
                )
            elif name == CUTOFF and moment(unquote(value)) is None:
                yield (
                    f"the folder '{part}' must name a time in UTC, such as cutoff=2020-01-31 or "
                    f"'cutoff=2020-01-31 06%3A00%3A00'; came {unquote(value)!r}"
                )


def row_file(folder: Path, path: Path) -> RowFile:
    """Open a file of a folder.

    Raises
    ------
    StateError
        When it is no Parquet.
    """
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise StateError(
            f"{path} cannot be read as Parquet: {error}; was it written whole?"
        ) from error
    below = path.relative_to(folder)
    parts = (part.partition("=") for part in below.parts[:-1])
    told = {
        name: unquote(value)
        for name, sign, value in parts
        if sign and name in _FROM_FOLDERS and name not in schema.names
    }
    for name in told:
        schema = schema.append(pa.field(name, _FROM_FOLDERS[name]))
    return RowFile(path, below.as_posix(), schema, told)


def moment(text: str) -> datetime | None:
    """Read a time as folders name it, in UTC unless it says another zone; None for no time.

    Examples
    --------
    >>> moment("2020-01-31 06:00:00").isoformat(), moment("January")
    ('2020-01-31T06:00:00+00:00', None)
    """
    # Some counts of milliseconds since 1970 can be read as a date of the years 1600 to 1700.
    if text.isdigit() and len(text) != len("20200131"):
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def infinities(file: RowFile, names: AbstractSet[str]) -> Iterator[str]:
    """Find columns that hold an infinity, by the statistics of a file or, without them, its cells.

    Parameters
    ----------
    file : RowFile
        A file with rows.
    names : set of str
        Columns of numbers.

    Yields
    ------
    str
        Column and row of the first one of each column.
    """
    with _readable(file.path), pq.ParquetFile(file.path) as opened:
        meta, told = opened.metadata, set[str]()
        first = 0
        for place in range(meta.num_row_groups):
            group = meta.row_group(place)
            for column in map(group.column, range(group.num_columns)):
                name = column.path_in_schema
                if name not in names - told or not _may_be_infinite(column):
                    continue
                cells = opened.read_row_group(place, columns=[name]).column(name)
                found = np.flatnonzero(np.isinf(cells.to_numpy()))
                if len(found):
                    told.add(name)
                    yield (
                        f"{file.name}: '{name}' holds {cells[int(found[0])]} in row "
                        f"{first + int(found[0]) + 1}; write a number, or null where there is none"
                    )
            first += group.num_rows


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what Arrow says of damaged pages into words."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        words = " ".join(str(error).split())
        raise StateError(f"{path}: its rows cannot be read ({words}); make it again") from error


def _may_be_infinite(column: Any) -> bool:
    # Numbers of fixed length are half floats, whose statistics come as bytes.
    if column.physical_type == "FIXED_LEN_BYTE_ARRAY":
        return True
    if column.physical_type not in ("FLOAT", "DOUBLE"):
        return False
    told = column.statistics
    if told is None or not told.has_min_max:
        return told is None or told.null_count != column.num_values
    return not (math.isfinite(told.min) and math.isfinite(told.max))
