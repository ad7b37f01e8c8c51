"""Tables that outgrow one machine: Spark reads, groups and sorts them, the kernel is the same.

The rows of all tables become one relation, each tagged with the place of its table (see
`features.carriers.tagged`). Spark offers nothing that groups more than two relations for Arrow
(`cogroup` takes two), and a folder for each bucket of customers would have to be written, found
again and cleaned up by us; a union needs one shuffle for all tables together, spills by itself,
and is retried by itself when a machine is lost.

1. Workers hold the raw rows against the contracts (`features.carriers.spark_check`).
2. Workers cast them by the SQL of `features.columns`: ids of one kind, instants in microseconds,
   money in minor units, categories as text. So what is shuffled are whole numbers and texts, and
   every sum is exact in whatever order rows arrive.
3. Spark partitions the rows by hash of customer and sorts each partition by customer, table, both
   clocks and then all other columns, as `features.carriers.duck` does. Rows that still tie are
   equal in everything, so the order is the same on every run and for every number of partitions.
4. `mapInArrow` takes each sorted partition in chunks of whole customers, makes the arrays of
   `features.segments`, and calls the kernel. A task holds one chunk at a time, however large its
   partition is. Levels of categories are numbered for each chunk, ascending, as DuckDB's carrier
   numbers them for each part: no feature depends on the numbers.

A task that dies is run again by Spark, and gives the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from features.carriers.rows import digits_only, id_kind, id_type, require_sources, rows_of
from features.carriers.spark_check import check_on_spark
from features.carriers.spark_sources import Opened, SparkSource, open_on_spark, spark_schema
from features.carriers.spark_tasks import as_vectors
from features.carriers.tagged import Layout
from features.catalogue import Catalogue
from features.connection import connected
from features.errors import DefinitionError
from features.needs import refuse_boards, refuse_own_code
from features.pgreading import Sessions
from features.registers import refuse_registers
from features.tables import Table
from features.versions import refuse_versions
from features.zones import clock

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def vectors(
    session: SparkSession,
    tables: Sequence[Table],
    sources: Mapping[str, SparkSource],
    catalogue: Catalogue,
    cutoffs: Sequence[int],
    *,
    parts: int | None = None,
    checked: bool = False,
    now: int | None = None,
) -> DataFrame:
    """Make the vectors of every customer of some tables as of some cutoffs.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        From `features.carriers.spark_session.started`, or any other. Its workers need Foretell.
    tables : sequence of Table
        Contracts.
    sources : mapping of str to SparkSource
        Where each table lies, by its name: files (with the same path on every machine), frames,
        or Spark DataFrames.
    catalogue : Catalogue
        Features to compute.
    cutoffs : sequence of int
        UTC microseconds.
    parts : int, optional
        Partitions; left out, Spark chooses by size.
    checked : bool
        The sources are known to keep their contracts; do not check again.
    now : int, optional
        Instant after which nothing can have happened, UTC microseconds; the clock when left out.

    Returns
    -------
    pyspark.sql.DataFrame
        ``customer`` (BIGINT or STRING), ``cutoff`` (TIMESTAMP) and the features (DOUBLE or STRING,
        null where there is none): the bits of `features.kernel.vectors` over DuckDB's partitions.
        Rows are in no order that means anything. Contracts are checked at once, vectors are made
        when the frame is written or collected.

    Raises
    ------
    ContractError
        When a source breaks the contract of its table.
    DefinitionError
        When a table has no source, customer ids of the tables are of two kinds, or there is no
        cutoff.
    """
    require_sources(tables, sources, {})
    catalogue.check(tables)
    refuse_versions(tables)
    refuse_own_code(catalogue, "vectors on Spark", "a worker of Spark")
    refuse_boards(catalogue, "make it on one machine, with DuckDB, or leave it out on Spark")
    refuse_registers(tables, "Spark does not honour; use the engine duckdb")
    faults = [] if cutoffs else ["expected at least one cutoff, got none"]
    faults += [
        f"'{each.name}' learns from data and has not been fitted; see Catalogue.fit"
        for each in catalogue.unfitted()
    ]
    faults += [f"parts must be 1 or more, got {parts}"] if parts is not None and parts < 1 else []
    if faults:
        raise DefinitionError("vectors on Spark", faults)
    with connected() as connection, Sessions() as sessions:
        opened = [
            open_on_spark(session, connection, table, sources[table.name], f"raw_{place}", sessions)
            for place, table in enumerate(tables)
        ]
        if not checked:
            moment = clock() if now is None else now
            for each in opened:
                check_on_spark(session, each, moment)
        ids = id_type(tables, [_id_kind(session, each) for each in opened])
        rows = _tagged(session, tables, opened, Layout.of(tables, ids))
    # Without a number Spark may join small partitions, and never parts a customer.
    spread = rows.repartition("customer") if parts is None else rows.repartition(parts, "customer")
    texts = catalogue.texts(tables)
    kinds = {"customer": ids, "cutoff": "TIMESTAMPTZ"}
    kinds |= {name: "VARCHAR" if name in texts else "DOUBLE" for name in catalogue.names}
    task = as_vectors(
        json.dumps([table.to_json() for table in tables]),
        ids,
        json.dumps(catalogue.to_json()),
        [int(cutoff) for cutoff in cutoffs],
        kinds,
    )
    return spread.sortWithinPartitions(*rows.columns).mapInArrow(task, spark_schema(kinds))


def _tagged(
    session: SparkSession, tables: Sequence[Table], opened: Sequence[Opened], layout: Layout
) -> DataFrame:
    frames = [
        each.ask(
            session,
            layout.select(tables, place, rows_of(each.table, each.raw, layout.ids)),
            layout.kinds,
        )
        for place, each in enumerate(opened)
    ]
    return reduce(lambda one, other: one.unionAll(other), frames)


def _id_kind(session: SparkSession, opened: Opened) -> str:
    if opened.frame is None or not opened.raw.texts:
        return id_kind(opened.connection, opened.table, opened.raw)
    digits = digits_only(opened.raw.cells[opened.table.customer])
    query = f"SELECT bool_and({digits}) AS digits FROM {opened.raw.view}"
    found = opened.ask(session, query, {"digits": "BOOLEAN"})
    return "digits" if found.selectExpr("bool_and(digits)").collect()[0][0] else "text"
