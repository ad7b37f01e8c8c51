"""Rows kept in a bundle with their exact scores, asked again whenever it is read."""

from __future__ import annotations

from collections.abc import Sequence
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
    head = {
        "cutoff": pa.array(golden.cutoffs),
        "margin": pa.array(margins),
        "score": pa.array(scores),
    }
    table = pa.table(head | {f"feature.{name}": each for name, each in columns.items()})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


def golden_rows(
    content: bytes, schema: Schema, encoded: Sequence[str] = ()
) -> tuple[Vectors, Floats, Floats]:
    """Read back what `golden_bytes` wrote.

    Parameters
    ----------
    content : bytes
        Parquet.
    schema : Schema
        Inputs of the model.
    encoded : sequence of str
        Features whose texts target rates read, and perhaps no model.

    Returns
    -------
    tuple of Vectors, (r,) float64, (r,) float64
        Rows, margins and scores. Cutoffs are read only where something is encoded by them.

    Raises
    ------
    ValueError, KeyError, OSError
        When the content is no such table.
    """
    table = pq.read_table(pa.BufferReader(content))
    if not len(table):
        raise ValueError("it holds no rows")
    columns: dict[str, Any] = {}
    texts = {*encoded, *(each.name for each in schema.columns if each.levels is not None)}
    for name in dict.fromkeys([*schema.names, *encoded]):
        values = table.column(f"feature.{name}")
        columns[name] = (
            np.array(values.to_pylist(), dtype=object) if name in texts else values.to_numpy()
        )
    blank = np.zeros(len(table), dtype=np.int64)
    cutoffs = table.column("cutoff").to_numpy() if encoded else blank
    found = table.column("margin").to_numpy(), table.column("score").to_numpy()
    return Vectors(blank, cutoffs, columns), *found
