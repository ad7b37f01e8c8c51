"""Rows kept in a bundle with their exact scores, asked again whenever it is read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.arrays import Floats
from features.kernel import Vectors
from features.schema import Schema


def golden_bytes(golden: Vectors, margins: Floats, scores: Floats) -> bytes:
    """Write rows and their scores as Parquet.

    Parameters
    ----------
    golden : Vectors
        Rows.
    margins, scores : (r,) float64
        What they score, in log-odds and as probabilities.

    Returns
    -------
    bytes
    """
    columns = {
        name: pa.array(values, type=pa.string() if values.dtype == object else pa.float64())
        for name, values in golden.columns.items()
    }
    head = {"margin": pa.array(margins), "score": pa.array(scores)}
    table = pa.table(head | {f"feature.{name}": each for name, each in columns.items()})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


def golden_rows(content: bytes, schema: Schema) -> tuple[Vectors, Floats, Floats]:
    """Read back what `golden_bytes` wrote.

    Parameters
    ----------
    content : bytes
        Parquet.
    schema : Schema
        Inputs of the model.

    Returns
    -------
    tuple of Vectors, (r,) float64, (r,) float64
        Rows, margins and scores.

    Raises
    ------
    ValueError, KeyError, OSError
        When the content is no such table.
    """
    table = pq.read_table(pa.BufferReader(content))
    if not len(table):
        raise ValueError("it holds no rows")
    columns: dict[str, Any] = {}
    for column in schema.columns:
        values = table.column(f"feature.{column.name}")
        columns[column.name] = (
            np.array(values.to_pylist(), dtype=object)
            if column.levels is not None
            else values.to_numpy()
        )
    blank = np.zeros(len(table), dtype=np.int64)
    found = table.column("margin").to_numpy(), table.column("score").to_numpy()
    return Vectors(blank, blank, columns), *found
