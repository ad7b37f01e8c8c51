"""Files of a source in portions, which many workers read as one reader would read all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from features.connection import quoted
from features.files import Files
from features.parquet import ROW
from features.reading import Raw, open_files
from features.tables import Table

LEAST: Final = 16 << 20
"""Bytes of files that one worker reads at least, when there are as many."""

MOST: Final = 2_000
"""Shares that a source is cut into at most, as long as no file is larger than such a share."""


def shares_of(files: Files) -> list[list[Files]]:
    """Cut a source into shares of about the same size, for a worker each.

    A large Parquet file is cut into ranges of rows, of which there are no more than it has row
    groups. A CSV file stays whole.

    Parameters
    ----------
    files : Files
        Of the source.

    Returns
    -------
    list of list of Files
        Each with one path, which is absolute, and the root of all.
    """
    sizes = [path.stat().st_size for path in files.paths]
    limit = max(LEAST, sum(sizes) // MOST)
    shares: list[list[Files]] = []
    held = limit
    for path, size in zip(files.paths, sizes, strict=True):
        alone = Files((path.absolute(),), files.root.absolute(), files.label)
        cut = list(_cut(alone, -(-size // limit)))
        for each in cut:
            if held >= limit:
                shares.append([])
                held = 0
            shares[-1].append(each)
            held += size // len(cut)
    return shares


def to_json(share: Sequence[Files]) -> list[dict[str, Any]]:
    """Return a share as plain JSON values."""
    return [
        {
            "path": str(each.paths[0]),
            "root": str(each.root),
            "label": each.label,
            "rows": None if each.rows is None else list(each.rows),
        }
        for each in share
    ]


def from_json(share: Sequence[Mapping[str, Any]]) -> list[Files]:
    """Read back what `to_json` wrote.

    Examples
    --------
    >>> share = [Files((Path("/sales/a.parquet"),), Path("/sales"), "sales", (0, 5))]
    >>> from_json(to_json(share)) == share
    True
    """
    return [
        Files(
            (Path(each["path"]),),
            Path(each["root"]),
            each["label"],
            None if each["rows"] is None else (each["rows"][0], each["rows"][1]),
        )
        for each in share
    ]


def open_portion(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    files: Files,
    kinds: Mapping[str, str],
    view: str,
) -> Raw:
    """Open a portion of a source as a view, as if all of it were there.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        From `features.connection.connected`.
    table : Table
        Contract.
    files : Files
        Portion, from `shares_of`.
    kinds : mapping of str to str
        Of the source: types of its columns.
    view : str
        Name for the view.

    Raises
    ------
    ContractError
        When the file cannot be read.
    """
    alone = f"{view} alone"
    raw = open_files(connection, table, files, alone)
    # One file may hold narrower whole numbers than others, and its folder's name a whole number
    # where others name texts.
    cells = [
        cell if raw.kinds[name] == kinds[name] else f"{cell}::{kinds[name]} AS {cell}"
        for name, cell in raw.cells.items()
    ]
    chosen = ", ".join(cells) or "1 AS nothing"
    query = f"SELECT {chosen} FROM {quoted(alone)}"  # noqa: S608  quoted names
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(view)} AS {query}")
    return replace(raw, view=view, kinds=kinds)


def _cut(files: Files, wanted: int) -> Iterator[Files]:
    if files.texts or wanted < 2:
        yield files
        return
    head = pq.read_metadata(files.paths[0])
    many = min(wanted, head.num_row_groups)
    if many < 2 or ROW in (name.lower() for name in head.schema.to_arrow_schema().names):
        yield files
        return
    borders = [head.num_rows * place // many for place in range(many + 1)]
    for first, end in pairwise(borders):
        yield replace(files, rows=(first, end))
