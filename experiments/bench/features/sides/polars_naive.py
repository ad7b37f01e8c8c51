"""Polars as it is mostly written: one lazy query a cutoff, one filtered aggregate a question."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", str(len(os.sched_getaffinity(0))))

import polars as pl

from experiments.bench.features.questions import QUESTIONS, Question
from experiments.bench.features.side import main
from experiments.bench.features.sides.polars_answers import write


def answer(log: Path, cutoffs: Sequence[datetime]) -> list[tuple[datetime, pl.DataFrame]]:
    """Return a frame for each cutoff."""
    return [(each, _at(pl.scan_parquet(log), each)) for each in cutoffs]


def _at(events: pl.LazyFrame, cutoff: datetime) -> pl.DataFrame:
    seen = pl.col("occurred_at").is_between(_start(365, cutoff), cutoff, closed="left")
    asked = [_aggregate(each, cutoff).alias(each.name) for each in QUESTIONS]
    return events.filter(seen).group_by("customer").agg(asked).collect(engine="streaming")


def _aggregate(question: Question, cutoff: datetime) -> pl.Expr:
    recent = pl.col("occurred_at") >= _start(question.days, cutoff)
    some = recent & (pl.col("kind") == question.kind) if question.kind else recent
    amount = pl.col("amount").filter(some)
    return {
        "count": some.sum(),
        "total": amount.sum(),
        "mean": amount.mean(),
        "largest": amount.max(),
        "smallest": amount.min(),
        "distinct": pl.col("item").filter(some).n_unique(),
        "share": pl.when(recent.any()).then(some.sum() / recent.sum()),
        "days_since": (cutoff - pl.col("occurred_at").filter(some).max()).dt.total_microseconds()
        / 86_400_000_000,
    }[question.aggregate]


def _start(days: int, cutoff: datetime) -> datetime:
    return cutoff - timedelta(days=days)


if __name__ == "__main__":
    main(answer, write, ("polars",))
