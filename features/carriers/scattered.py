"""Rows that are too many for memory, scattered to files by customer in one pass."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from features.connection import literal


def scattered(
    connection: duckdb.DuckDBPyConnection, reads: Sequence[str], many: int
) -> Iterator[list[str]]:
    """Scatter rows to files, so that all rows of a customer lie in one place.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        From `connected`; the files lie in its temporary folder, and go with it.
    reads : sequence of str
        Queries of rows with ``customer``.
    many : int
        Places.

    Yields
    ------
    list of str
        For each place a query of its rows for each of the reads. Its files are removed when the
        next place is asked for.
    """
    [[folder]] = connection.execute("SELECT current_setting('temp_directory')").fetchall()
    root = Path(folder) / "scattered"
    for number, read in enumerate(reads):
        place = root / str(number)
        place.mkdir(parents=True)
        connection.execute(
            f"COPY (SELECT *, (hash(customer) % {many})::INTEGER AS place FROM ({read})) "
            f"TO {literal(str(place))} (FORMAT parquet, PARTITION_BY (place))"
        )
    for bucket in range(many):
        folders = [root / str(number) / f"place={bucket}" for number in range(len(reads))]
        yield [
            f"SELECT * FROM read_parquet({literal(f'{each}/*.parquet')}, hive_partitioning = false)"
            if each.exists()
            # Nobody of this table is here; a condition that never holds is not read for.
            else f"SELECT * FROM ({read}) WHERE FALSE"
            for each, read in zip(folders, reads, strict=True)
        ]
        for each in folders:
            shutil.rmtree(each, ignore_errors=True)
