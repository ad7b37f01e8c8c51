"""DuckDB at its best: each part of the answers over the shortest range and the smallest key.

Of each event the last earlier one of the same customer and item is looked up once for all cutoffs:
an item counts in a window when that one lies before it, so distinct needs no (customer, item) key.
Kinds are asked over 91 days only, and read no more than that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from experiments.bench.features.questions import KINDS, QUESTIONS, WINDOWS, Question, micros
from experiments.bench.features.side import main
from experiments.bench.features.sides.duckdb_answers import DAY, Answers, opened, write

KIND_TYPE = "ENUM(" + ", ".join(f"'{kind}'" for kind in KINDS) + ")"


def answer(log: Path, cutoffs: Sequence[datetime]) -> Answers:
    """Return a table for each cutoff."""
    begin = micros(cutoffs[0]) - 365 * DAY
    with opened() as connection:
        connection.execute(
            "CREATE TEMP TABLE events AS SELECT customer::INTEGER AS customer, "
            f"kind::{KIND_TYPE} AS kind, round(amount * 100)::INTEGER AS cents, "
            "epoch_us(occurred_at) AS t, coalesce(lag(epoch_us(occurred_at)) "
            "OVER (PARTITION BY customer, item ORDER BY occurred_at), 0) AS before "
            f"FROM '{log}' WHERE epoch_us(occurred_at) BETWEEN {begin} AND {micros(cutoffs[-1])}"
        )
        return [(micros(each), _at(connection, micros(each))) for each in cutoffs]


def _at(connection: duckdb.DuckDBPyConnection, cutoff: int) -> object:
    age = " ".join(f"WHEN t >= {cutoff - days * DAY} THEN {days}" for days in WINDOWS)
    parts = {
        # Age by age for everything, then over all kinds: five windows of sums and extremes.
        "cells": f"SELECT customer, (CASE {age} END)::SMALLINT AS age, count(*)::INTEGER AS n, "
        "sum(cents)::BIGINT AS paid, max(cents) AS high, min(cents) AS low "
        f"{_seen(365, cutoff)} GROUP BY ALL",
        "whole": f"SELECT customer, {', '.join(_over_all())} FROM cells GROUP BY customer",
        "direct": f"SELECT customer, {', '.join(_direct(cutoff))} {_seen(365, cutoff)} "
        "GROUP BY customer",
        "recent": "SELECT customer, kind, count(*)::INTEGER AS n91, sum(cents)::BIGINT AS paid91, "
        f"count(*) FILTER (WHERE t >= {cutoff - 28 * DAY})::INTEGER AS n28, "
        f"sum(cents) FILTER (WHERE t >= {cutoff - 28 * DAY})::BIGINT AS paid28, "
        f"max(cents) AS high, min(cents) AS low {_seen(91, cutoff)} GROUP BY customer, kind",
        "kinds": f"SELECT customer, {', '.join(_by_kind())} FROM recent GROUP BY customer",
    }
    named = ", ".join(f"{name} AS ({query})" for name, query in parts.items())
    return connection.sql(
        f"WITH {named} SELECT * FROM whole JOIN direct USING (customer) "
        "LEFT JOIN kinds USING (customer)"
    ).to_arrow_table()


def _seen(days: int, cutoff: int) -> str:
    return f"FROM events WHERE t < {cutoff} AND t >= {cutoff - days * DAY}"


def _over_all() -> Iterator[str]:
    for each in QUESTIONS:
        if not each.kind and each.aggregate not in ("distinct", "days_since"):
            yield f"{_merged(each, f'FILTER (WHERE age <= {each.days})')} AS {each.name}"


def _merged(question: Question, some: str) -> str:
    return {
        "count": f"coalesce(sum(n) {some}, 0)",
        "total": f"coalesce(sum(paid) {some}, 0) / 100",
        "mean": f"sum(paid) {some} / 100 / sum(n) {some}",
        "largest": f"max(high) {some} / 100",
        "smallest": f"min(low) {some} / 100",
    }[question.aggregate]


def _direct(cutoff: int) -> Iterator[str]:
    for days in WINDOWS:
        start = cutoff - days * DAY
        yield f"count(*) FILTER (WHERE t >= {start} AND before < {start}) AS distinct_{days}d"
    yield f"({cutoff} - max(t)) / {DAY}.0 AS days_since_365d"
    for kind in KINDS:
        last = f"max(t) FILTER (WHERE kind = '{kind}')"
        yield f"({cutoff} - {last}) / {DAY}.0 AS {kind}_days_since_365d"


def _by_kind() -> Iterator[str]:
    for kind in KINDS:
        some = f"FILTER (WHERE kind = '{kind}')"
        for days in (28, 91):
            yield f"coalesce(max(n{days}) {some}, 0) AS {kind}_count_{days}d"
            yield f"coalesce(max(paid{days}) {some}, 0) / 100 AS {kind}_total_{days}d"
        yield f"max(paid91) {some} / 100 / max(n91) {some} AS {kind}_mean_91d"
        yield f"max(high) {some} / 100 AS {kind}_largest_91d"
        yield f"max(low) {some} / 100 AS {kind}_smallest_91d"
        yield f"coalesce(max(n91) {some}, 0) / sum(n91) AS {kind}_share_91d"


if __name__ == "__main__":
    main(answer, write, ("duckdb", "pyarrow"))
