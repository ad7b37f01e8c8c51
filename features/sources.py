"""What a table may be read from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias, Union

import pyarrow as pa

from features.duckfile import SCHEME, DuckTable
from features.postgres import SCHEMES, PostgresQuery, PostgresTable

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Source: TypeAlias = Union[
    str,
    "os.PathLike[str]",
    Sequence[Union[str, "os.PathLike[str]"]],
    "pd.DataFrame",
    "pl.DataFrame",
    "pl.LazyFrame",
    pa.Table,
    DuckTable,
    PostgresTable,
    PostgresQuery,
]
"""Parquet or CSV files, a frame, or a table of a database.

Files are one file, a folder, a glob, or a list of them. Folders may name columns, as
``month=2020-01``. A table of a database may be a text: ``duckdb:///FILE#SCHEMA.TABLE``, or
``postgresql://USER@HOST/DATABASE#SCHEMA.TABLE``.
"""


def meant(source: Source) -> Source:
    """Return a source, as a value where a text names a table of a database."""
    if isinstance(source, str) and source.startswith(SCHEME):
        return DuckTable.from_url(source)
    if isinstance(source, str) and source.startswith(SCHEMES):
        return PostgresTable.from_url(source)
    return source


def label_of(source: Source) -> str:
    """Return a source in few words, without a password.

    Examples
    --------
    >>> label_of("data/visits.parquet"), label_of("postgresql://db/crm?password=secret#visits")
    ('visits.parquet', 'postgresql://db/crm?password=***#visits')
    """
    value = meant(source)
    if isinstance(value, DuckTable | PostgresTable | PostgresQuery):
        return str(value)
    if isinstance(value, str | os.PathLike):
        return os.path.basename(os.fspath(value).rstrip("/"))  # noqa: PTH119  may be a glob
    return f"{len(value)} files" if isinstance(value, list | tuple) else type(value).__name__
