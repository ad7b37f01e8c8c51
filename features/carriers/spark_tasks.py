"""What Spark's Python workers run: SQL over batches of rows, and the kernel over sorted rows.

Workers need Foretell with its base requirements and nothing else; pyspark hands in Arrow batches
and takes Arrow batches. The functions are bound to texts and numbers only: definitions travel as
JSON, never as objects.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from features.carriers.tagged import Layout, chunks, groups, partition_of
from features.catalogue import Catalogue
from features.connection import connected
from features.kernel import Vectors, vectors
from features.portions import from_json, open_portion
from features.segments import Spine
from features.tables import table_from_json
from features.unreadable import unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    Task = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]

ROWS: Final = 100_000
"""Raw rows that one query reads; rows of vectors that are made at once."""

MEMORY: Final = "1GiB"
"""Limit of DuckDB in one worker; what does not fit goes to temporary files."""

_ARROW: Final = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
}


def arrow_schema(kinds: dict[str, str]) -> pa.Schema:
    """Return the Arrow schema of columns and their SQL types."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in kinds.items()])


def over_batches(view: str, cells: Sequence[str], query: str, kinds: dict[str, str]) -> Task:
    """Return a task that answers a query for its rows, some at a time.

    Parameters
    ----------
    view : str
        Name of the rows in the query.
    cells : sequence of str
        Names of their columns.
    query : str
        DuckDB SQL.
    kinds : dict of str to str
        Columns of the answer and their SQL types.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with _worker() as connection:
            for rows in _gathered(batches):
                connection.register(view, rows.rename_columns(list(cells)))
                yield from _answers(connection, query, kinds)

    return run


def over_files(
    table: str,
    shares: Sequence[str],
    held: dict[str, str],
    view: str,
    query: str,
    kinds: dict[str, str],
) -> Task:
    """Return a task that answers a query for the shares of files whose places are its rows.

    Parameters
    ----------
    table : str
        Contract, as JSON.
    shares : sequence of str
        From `features.portions`, as JSON.
    held : dict of str to str
        Types of the columns of the whole source.
    view, query, kinds
        As for `over_batches`.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        contract = table_from_json(json.loads(table))
        with _worker() as connection:
            for batch in batches:
                for place in batch[0].to_pylist():
                    for portion in from_json(json.loads(shares[place])):
                        open_portion(connection, contract, portion, held, view)
                        try:
                            yield from _answers(connection, query, kinds)
                        except duckdb.Error as error:
                            raise unreadable(contract, portion.label, error) from error

    return run


def as_vectors(
    tables: str, ids: str, catalogue: str, cutoffs: Sequence[int], kinds: dict[str, str]
) -> Task:
    """Return a task that makes vectors of rows sorted by customer and time.

    Parameters
    ----------
    tables, catalogue : str
        Definitions, as JSON.
    ids : str
        SQL type of customer ids.
    cutoffs : sequence of int
        UTC microseconds.
    kinds : dict of str to str
        Columns of the answer and their SQL types.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        contracts = [table_from_json(each) for each in json.loads(tables)]
        features = Catalogue.from_json(json.loads(catalogue))
        layout = Layout.of(contracts, ids)
        read = {table.name: features.columns_read().get(table.name, set()) for table in contracts}
        instants = np.array(cutoffs, dtype=np.int64)
        schema = arrow_schema(kinds)
        for chunk in chunks(batches):
            for rows in groups(chunk, max(1, ROWS // len(instants))):
                part = partition_of(contracts, layout, rows, read)
                spine = Spine.cross(len(part.customers), instants)
                yield arrow_of(vectors(features, part, spine), schema)

    return run


def arrow_of(made: Vectors, schema: pa.Schema) -> pa.RecordBatch:
    """Return vectors as Arrow rows: customer, cutoff and the features, null where there is none.

    Examples
    --------
    >>> made = Vectors(np.array([7]), np.array([0]), {"n": np.array([np.nan])})
    >>> arrow_of(made, arrow_schema({"customer": "BIGINT", "cutoff": "TIMESTAMPTZ", "n": "DOUBLE"}))
    pyarrow.RecordBatch
    customer: int64
    cutoff: timestamp[us, tz=UTC]
    n: double
    ----
    customer: [7]
    cutoff: [1970-01-01 00:00:00.000000Z]
    n: [null]
    """
    columns: list[Any] = [made.customers, made.cutoffs, *made.columns.values()]
    arrays = [
        pa.array(values, field.type, from_pandas=True)
        for values, field in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


@contextmanager
def _worker() -> Iterator[duckdb.DuckDBPyConnection]:
    with connected(MEMORY) as connection:
        # Spark runs as many workers as there are cores.
        connection.execute("SET threads = 1")
        yield connection


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= ROWS:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def _answers(
    connection: duckdb.DuckDBPyConnection, query: str, kinds: dict[str, str]
) -> Iterator[pa.RecordBatch]:
    reader = connection.sql(query).to_arrow_reader(ROWS)
    for batch in reader:
        yield from pa.Table.from_batches([batch]).cast(arrow_schema(kinds)).to_batches()
