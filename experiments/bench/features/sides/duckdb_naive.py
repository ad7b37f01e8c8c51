"""DuckDB as it is mostly written: one query a cutoff, one conditional aggregate a question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from experiments.bench.features.questions import QUESTIONS, Question, micros
from experiments.bench.features.side import main
from experiments.bench.features.sides.duckdb_answers import DAY, Answers, opened, write


def answer(log: Path, cutoffs: Sequence[datetime]) -> Answers:
    """Return a table for each cutoff."""
    with opened() as connection:
        return [(micros(each), _at(connection, log, micros(each))) for each in cutoffs]


def _at(connection: duckdb.DuckDBPyConnection, log: Path, cutoff: int) -> object:
    columns = ", ".join(f"{_aggregate(each, cutoff)} AS {each.name}" for each in QUESTIONS)
    return connection.sql(
        f"SELECT customer, {columns} FROM '{log}' WHERE occurred_at < make_timestamptz({cutoff}) "
        f"AND occurred_at >= make_timestamptz({cutoff - 365 * DAY}) GROUP BY customer"
    ).to_arrow_table()


def _aggregate(question: Question, cutoff: int) -> str:
    recent = f"occurred_at >= make_timestamptz({cutoff - question.days * DAY})"
    some = f"FILTER (WHERE {recent}" + (f" AND kind = '{question.kind}')" if question.kind else ")")
    return {
        "count": f"count(*) {some}",
        "total": f"coalesce(sum(amount) {some}, 0)",
        "mean": f"avg(amount) {some}",
        "largest": f"max(amount) {some}",
        "smallest": f"min(amount) {some}",
        "distinct": f"count(DISTINCT item) {some}",
        "share": f"count(*) {some} / nullif(count(*) FILTER (WHERE {recent}), 0)",
        "days_since": f"({cutoff} - epoch_us(max(occurred_at) {some})) / {DAY}.0",
    }[question.aggregate]


if __name__ == "__main__":
    main(answer, write, ("duckdb", "pyarrow"))
