"""What the sides in SQL share: the connection, and how their answers are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.bench.features.questions import QUESTIONS

DAY = 86_400_000_000
Answers: TypeAlias = Sequence[tuple[int, Any]]
"""Cutoff in microseconds and Arrow table, for each cutoff."""


@contextmanager
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection that need not keep the order of rows."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        yield connection


def write(answers: Answers, path: Path) -> None:
    """Write the answers."""
    schema = pa.schema(
        [("customer", pa.int64()), ("cutoff", pa.int64())]
        + [(question.name, pa.float64()) for question in QUESTIONS]
    )
    with pq.ParquetWriter(path, schema) as writer:
        for cutoff, table in answers:
            whole = table.append_column("cutoff", pa.array([cutoff] * len(table), pa.int64()))
            writer.write_table(whole.select(schema.names).cast(schema))
