"""DuckDB in two levels: events to cells of (customer, kind, age), cells to answers.

Ages are the stretches between the windows (0-7, 7-28, ... days), so that an event is aggregated
once for all windows. Distinct items come from the youngest age of each (customer, item).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from experiments.bench.features.questions import QUESTIONS, WINDOWS, Question, micros
from experiments.bench.features.side import main
from experiments.bench.features.sides.duckdb_answers import DAY, Answers, opened, write


def answer(log: Path, cutoffs: Sequence[datetime]) -> Answers:
    """Return a table for each cutoff."""
    with opened() as connection:
        connection.execute(
            "CREATE TEMP TABLE events AS SELECT customer, kind, amount, "
            f"epoch_us(occurred_at) AS t, item[6:]::SMALLINT AS item FROM '{log}'"
        )
        return [(micros(each), _at(connection, micros(each))) for each in cutoffs]


def _at(connection: duckdb.DuckDBPyConnection, cutoff: int) -> object:
    some = f"FROM events WHERE t < {cutoff} AND t >= {cutoff - 365 * DAY} GROUP BY ALL"
    age = " ".join(f"WHEN t >= {cutoff - days * DAY} THEN {days}" for days in WINDOWS)
    tallied = [each for each in QUESTIONS if each.aggregate != "distinct"]
    columns = ", ".join(f"{_aggregate(each, cutoff)} AS {each.name}" for each in tallied)
    levels = ", ".join(
        f"count(*) FILTER (WHERE age <= {days}) AS distinct_{days}d" for days in WINDOWS
    )
    return connection.sql(
        f"WITH cells AS (SELECT customer, kind, (CASE {age} END)::SMALLINT AS age, count(*) AS n, "
        f"sum(amount) AS paid, max(amount) AS high, min(amount) AS low, max(t) AS last {some}), "
        f"items AS (SELECT customer, item, min(CASE {age} END) AS age {some}) "
        f"SELECT * FROM (SELECT customer, {columns} FROM cells GROUP BY customer) "
        f"JOIN (SELECT customer, {levels} FROM items GROUP BY customer) USING (customer)"
    ).to_arrow_table()


def _aggregate(question: Question, cutoff: int) -> str:
    recent = f"age <= {question.days}"
    some = f"FILTER (WHERE {recent}" + (f" AND kind = '{question.kind}')" if question.kind else ")")
    return {
        "count": f"coalesce(sum(n) {some}, 0)",
        "total": f"coalesce(sum(paid) {some}, 0)",
        "mean": f"sum(paid) {some} / sum(n) {some}",
        "largest": f"max(high) {some}",
        "smallest": f"min(low) {some}",
        "share": f"coalesce(sum(n) {some}, 0) / sum(n) FILTER (WHERE {recent})",
        "days_since": f"({cutoff} - max(last) {some}) / {DAY}.0",
    }[question.aggregate]


if __name__ == "__main__":
    main(answer, write, ("duckdb", "pyarrow"))
