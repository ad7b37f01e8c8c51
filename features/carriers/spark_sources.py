"""Sources of tables as Spark reads them, and queries of their raw rows.

The rules of `features.columns` are DuckDB's SQL, and there is one set of them: Spark's workers
answer it over Arrow batches. So a cell is judged and cast by the same words on a cluster and on
one machine, and only grouping and sorting are Spark's.

- Files are read by the workers with the reader of `features.reading`, some files each, or some
  rows of a large Parquet file (see `features.portions`). Spark's own guesses the types of columns
  in names of folders (``shop=01`` becomes 1), refuses whole numbers of two widths, fills short rows
  of CSV and replaces bytes that are no UTF-8 without a word.
- A Spark DataFrame is taken as it is, with what Spark made of its files. Give the files themselves
  where folders name columns.
- A frame of pandas, polars or Arrow lies in the driver's memory, and is read there; so is a table
  of DuckDB or PostgreSQL.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import duckdb

from features.carriers.spark_tasks import arrow_schema, over_batches, over_files
from features.files import files_of
from features.pgreading import Sessions
from features.portions import shares_of, to_json
from features.reading import Raw, Source, open_files, open_source
from features.sources import meant
from features.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SparkSource: TypeAlias = Union[Source, "DataFrame"]
"""What every carrier reads, and a Spark DataFrame."""


@dataclass(frozen=True)
class Opened:
    """A source, ready to be asked.

    Parameters
    ----------
    table : Table
        Contract.
    raw : Raw
        Columns and types, as the queries see them.
    source : SparkSource
        As it was given.
    frame : pyspark.sql.DataFrame or None
        Rows of the view's columns; places of the shares; None when the rows are the driver's.
    connection : duckdb.DuckDBPyConnection
        The driver's, which knows the view.
    shares : sequence of str
        Files that the workers read, as JSON; see `features.portions`.
    """

    table: Table
    raw: Raw
    source: SparkSource
    frame: DataFrame | None
    connection: duckdb.DuckDBPyConnection
    shares: Sequence[str] = ()

    def ask(self, session: SparkSession, query: str, kinds: Mapping[str, str]) -> DataFrame:
        """Answer a query of the view: as a whole on the driver, else in every worker for its rows.

        Parameters
        ----------
        session : pyspark.sql.SparkSession
            Where the answer lies.
        query : str
            DuckDB SQL.
        kinds : mapping of str to str
            Columns of the answer and their SQL types.
        """
        named, schema = dict(kinds), spark_schema(kinds)
        if self.frame is None:
            answer = self.connection.sql(query).to_arrow_table().cast(arrow_schema(named))
            return session.createDataFrame(answer, schema)
        if self.shares:
            table = json.dumps(self.table.to_json())
            held = dict(self.raw.kinds)
            task = over_files(table, self.shares, held, self.raw.view, query, named)
        else:
            task = over_batches(self.raw.view, list(self.raw.cells.values()), query, named)
        return self.frame.mapInArrow(task, schema)

    def local(self) -> Source:
        """Return a source that the driver can read."""
        source: Any = self.source
        return source.toArrow() if is_spark(source) else source


def spark_schema(kinds: Mapping[str, str]) -> str:
    """Return Spark's words for columns and their DuckDB types.

    Examples
    --------
    >>> spark_schema({"customer": "VARCHAR", "cutoff": "TIMESTAMPTZ"})
    '`customer` STRING, `cutoff` TIMESTAMP'
    """
    words = {"VARCHAR": "STRING", "INTEGER": "INT", "TIMESTAMPTZ": "TIMESTAMP"}
    return ", ".join(f"`{name}` {words.get(kind, kind)}" for name, kind in kinds.items())


def is_spark(source: Any) -> bool:
    """Tell whether a source is a Spark DataFrame."""
    return type(source).__module__.startswith("pyspark.") and hasattr(source, "mapInArrow")


def open_on_spark(
    session: SparkSession,
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    source: SparkSource,
    view: str,
    sessions: Sessions | None = None,
) -> Opened:
    """Open a source of a table.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        Where its rows are read.
    connection : duckdb.DuckDBPyConnection
        The driver's.
    table : Table
        Contract; only its columns are read.
    source : SparkSource
        Files must have the same path on every machine.
    view : str
        Name of the rows in queries.
    sessions : Sessions, optional
        As for `features.reading.open_source`, whose errors are raised.
    """
    if is_spark(source):
        return _of_frame(connection, table, source, view)
    value: Any = meant(source)
    if not isinstance(value, str | os.PathLike | list | tuple):
        raw = open_source(connection, table, value, view, sessions)
        return Opened(table, raw, source, None, connection)
    files = files_of(value)
    raw = open_files(connection, table, files, view)
    shares = [json.dumps(to_json(each)) for each in shares_of(files)]
    places = session.range(0, len(shares), 1, len(shares))
    return Opened(table, raw, source, places, connection, shares)


def _of_frame(
    connection: duckdb.DuckDBPyConnection, table: Table, source: Any, view: str
) -> Opened:
    raw = open_source(connection, table, source.limit(0).toArrow(), view)
    names = list(raw.cells)
    # By position: Spark takes A and a for one name.
    placed = source.toDF(*(f"c{place}" for place in range(len(source.columns))))
    chosen = placed.select(*(f"c{source.columns.index(name)}" for name in names))
    return Opened(table, replace(raw, label="a Spark DataFrame"), source, chosen, connection)
