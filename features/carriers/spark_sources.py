"""Sources of tables as Spark reads them, and queries of their raw rows.

The rules of `features.columns` are DuckDB's SQL, and there is one set of them: Spark's workers
answer it over Arrow batches. So a cell is judged and cast by the same words on a cluster and on
one machine, and only reading, grouping and sorting are Spark's.

- Parquet is read by Spark, each file as it comes.
- A Spark DataFrame is taken as it is.
- CSV is read by the workers, a file each, with the reader of `features.reading`: Spark's own fills
  short rows and replaces bytes that are no UTF-8 without a word.
- A frame of pandas, polars or Arrow lies in the driver's memory; it is read there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.carriers.spark_tasks import arrow_schema, over_batches, over_files
from features.errors import ContractError, DefinitionError, Violation
from features.files import CSV, files_of
from features.reading import Raw, Source, open_source, unreadable
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
        Rows of the view's columns; paths of CSV files; None when the rows are the driver's.
    connection : duckdb.DuckDBPyConnection
        The driver's, which knows the view.
    """

    table: Table
    raw: Raw
    source: SparkSource
    frame: DataFrame | None
    connection: duckdb.DuckDBPyConnection

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
        if self.raw.texts:
            table = json.dumps(self.table.to_json())
            task = over_files(table, self.raw.view, query, named)
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

    Raises
    ------
    ContractError
        When a file cannot be read, or files of one source differ in their columns.
    DefinitionError
        When Spark would pass over a file.
    StateError
        When there is no such file.
    """
    if is_spark(source):
        return _of_frame(connection, table, source, source, view, "a Spark DataFrame")
    if not isinstance(source, str | os.PathLike):
        raw = open_source(connection, table, source, view)
        return Opened(table, raw, source, None, connection)
    label = os.fspath(source)
    files = [file.absolute() for file in files_of(label).paths]
    if files[0].name.lower().endswith(CSV):
        raw = open_source(connection, table, source, view)
        paths = session.createDataFrame([(str(file),) for file in files], "path STRING")
        return Opened(table, raw, source, paths.repartition(len(files)), connection)
    return _of_frame(connection, table, source, _parquet(session, table, label, files), view, label)


def _of_frame(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    source: SparkSource,
    frame: DataFrame,
    view: str,
    label: str,
) -> Opened:
    raw = open_source(connection, table, frame.limit(0).toArrow(), view)
    names = list(raw.cells)
    # By position: Spark takes A and a for one name.
    placed = frame.toDF(*(f"c{place}" for place in range(len(frame.columns))))
    chosen = placed.select(*(f"c{frame.columns.index(name)}" for name in names))
    return Opened(table, replace(raw, label=label), source, chosen, connection)


def _parquet(session: SparkSession, table: Table, label: str, files: Sequence[Path]) -> DataFrame:
    hidden = [file.name for file in files if file.name.startswith(("_", "."))]
    if hidden:
        fault = f"Spark passes over files whose names begin with _ or .: {', '.join(hidden)}"
        raise DefinitionError("source", [f"{fault}; rename or move them"])
    try:
        heads = {file: pq.read_schema(file).names for file in files}
    except (pa.ArrowException, OSError) as error:
        raise unreadable(table, label, error) from error
    first = heads[files[0]]
    for file, names in heads.items():
        if lost := [name for name in first if name not in names]:
            came = f"none called {', '.join(lost)} in {file.name}"
            expected = f"in every file the columns {', '.join(first)}"
            remedy = "give the files the same columns"
            raise ContractError(table.name, label, [Violation("(all)", expected, came, remedy)])
    folder = Path(label)
    reader = session.read.option("mergeSchema", "false")
    if folder.is_dir():
        reader = reader.option("basePath", f"file://{folder.absolute()}")
    return reader.parquet(*(f"file://{file}" for file in files))
