"""Whether all sides gave the same answers, before any time counts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

from experiments.bench.features.questions import EXACT, MONEY, NEVER_NULL, QUESTIONS, Question
from features.connection import literal, quoted

MOST = 1e-9
"""Most that means, shares and days may differ: relative above 1, absolute below."""


def differences(ours: Path, theirs: Path) -> list[str]:
    """Compare the answers of two sides, every row and every question.

    Counts are compared as they are and money in cents; means, shares and days may differ by
    `MOST`. A row that a side leaves out is a customer without events: counts and totals are 0,
    all else is null.

    Returns
    -------
    list of str
        One line for each question that differs: how often, and the first such row.
    """
    joined = f"{_side(ours)} AS a FULL JOIN {_side(theirs)} AS b USING (customer, cutoff)"
    told = []
    with duckdb.connect() as connection:
        wrong = ", ".join(f"count(*) FILTER (WHERE {_differs(each)})" for each in QUESTIONS)
        counts = connection.execute(f"SELECT {wrong} FROM {joined}").fetchall()[0]
        for question, rows in zip(QUESTIONS, counts, strict=True):
            if rows:
                a, b = _cell("a", question), _cell("b", question)
                first = connection.execute(
                    f"SELECT customer, cutoff, {a}, {b} FROM {joined} WHERE {_differs(question)} "
                    "ORDER BY customer, cutoff LIMIT 1"
                ).fetchall()[0]
                told.append(f"{question.name}: {rows:,} rows, first {first}")
    return told


def _side(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"


def _cell(side: str, question: Question) -> str:
    cell = f"{side}.{quoted(question.name)}::DOUBLE"
    return f"coalesce({cell}, 0)" if question.aggregate in NEVER_NULL else cell


def _differs(question: Question) -> str:
    a, b = _cell("a", question), _cell("b", question)
    if question.aggregate in EXACT:
        return f"{a} IS DISTINCT FROM {b}"
    if question.aggregate in MONEY:
        return f"round({a} * 100) IS DISTINCT FROM round({b} * 100)"
    near = f"abs({a} - {b}) <= {MOST} * greatest(1, abs({a}))"
    return f"NOT coalesce({near}, {a} IS NULL AND {b} IS NULL)"


def main(paths: Sequence[str]) -> None:
    """Compare the first answers with each of the others; exit with 1 when any differ."""
    ours, *others = (Path(each) for each in paths)
    found = [f"{other.stem}: {line}" for other in others for line in differences(ours, other)]
    print("\n".join(found) or f"{len(others)} more gave the answers of {ours.stem}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
