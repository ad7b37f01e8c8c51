"""Foretell: sorted partitions, then the kernel; the answers of all partitions are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.bench.features.questions import QUESTIONS, Question
from experiments.bench.features.side import main
from features import (
    Catalogue,
    EventTable,
    Spine,
    Vectors,
    count,
    days_since,
    distinct,
    instant,
    largest,
    mean,
    share,
    smallest,
    total,
    vectors,
)
from features.carriers import duck
from features.feature import Feature

EVENTS = EventTable(
    "events",
    customer="customer",
    occurred_at="occurred_at",
    measures={"amount": "money(2)"},
    categories=["kind", "item"],
)
_OF_AMOUNTS = {"total": total, "mean": mean, "largest": largest, "smallest": smallest}


def feature(question: Question) -> Feature:
    """Write a question down as a feature."""
    days, where = question.days, {"kind": question.kind} if question.kind else None
    if question.aggregate == "share":
        made: Feature = share("events", "kind", question.kind, days)
    elif question.aggregate == "count":
        made = count("events", days, where=where)
    elif question.aggregate == "days_since":
        made = days_since("events", days, where=where)
    elif question.aggregate == "distinct":
        made = distinct("events", "item", days, where=where)
    else:
        made = _OF_AMOUNTS[question.aggregate]("events", "amount", days, where=where)
    return made.named(question.name)


CATALOGUE = Catalogue([feature(question) for question in QUESTIONS])


def parts(log: Path, cutoffs: Sequence[datetime], *, checked: bool = True) -> Iterator[Vectors]:
    """Return the answers a partition at a time.

    ``checked`` leaves out the contract check, which has no counterpart on the other sides.
    """
    moments = np.array([instant(each) for each in cutoffs])
    for partition in duck.partitions([EVENTS], {"events": log}, checked=checked):
        yield vectors(CATALOGUE, partition, Spine.cross(len(partition.customers), moments))


def answer(log: Path, cutoffs: Sequence[datetime]) -> list[Vectors]:
    """Return the answers, a value for each partition."""
    return list(parts(log, cutoffs))


def write(answers: Sequence[Vectors], path: Path) -> None:
    """Write the answers."""
    writer = None
    for made in answers:
        head = {"customer": pa.array(made.customers), "cutoff": pa.array(made.cutoffs)}
        columns = {
            name: pa.array(values, from_pandas=True) for name, values in made.columns.items()
        }
        table = pa.table(head | columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()


if __name__ == "__main__":
    main(answer, write, ("duckdb", "numba", "numpy", "pyarrow"))
