"""Vectors made by a cluster, as a folder of Parquet files that appears whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from features.errors import ForetellError, StateError
from features.whole import whole_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_REFUSAL = re.compile(r"^features\.errors\.\w+: (.+?)(?:\n\s*SQLSTATE|\n\s*at |\Z)", re.S | re.M)


def write_parquet(frame: DataFrame, path: Path) -> int:
    """Write a frame below a temporary name, count what has arrived, and rename it.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
        Rows to write.
    path : Path
        Free name of a folder, on a file system that all machines of the cluster share.

    Returns
    -------
    int
        Rows.

    Raises
    ------
    ForetellError
        When a worker refuses its rows, in its words.
    StateError
        When the name is taken, or rows are missing from the folder.
    """
    from pyspark.sql import Observation
    from pyspark.sql.functions import expr

    with whole_folder(path) as partial:
        made = Observation()
        observed = frame.observe(made, expr("count(1) AS rows"))
        # Spark's own choice, INT96, is deprecated and has no zone.
        frame.sparkSession.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        try:
            observed.write.mode("append").parquet(f"file://{partial.absolute()}")
        except Exception as error:
            # pyspark lets errors of workers and of the JVM through in many classes.
            if (refusal := worker_refusal(str(error))) is not None:
                raise ForetellError(refusal) from error
            raise
        written = 0
        for file in partial.glob("*.parquet"):
            written += int(pq.read_metadata(file).num_rows)
        if written != made.get["rows"]:
            raise StateError(
                f"{made.get['rows']:,} rows were made, and {written:,} lie in {path.parent}; "
                "choose a folder that all machines of the cluster share"
            )
    return written


def worker_refusal(told: str) -> str | None:
    r"""Return what Foretell said in a worker, out of Spark's report of it.

    Examples
    --------
    >>> worker_refusal("Thrown:\nfeatures.errors.ContractError: sums are too large\n at x")
    'sums are too large'
    """
    found = _REFUSAL.search(told)
    return found[1].strip() if found else None
