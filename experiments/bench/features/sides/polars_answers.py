"""How the sides in Polars write their answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from experiments.bench.features.questions import QUESTIONS, micros


def write(answers: Sequence[tuple[datetime, pl.DataFrame]], path: Path) -> None:
    """Write the answers."""
    asked = [pl.col(question.name).cast(pl.Float64) for question in QUESTIONS]
    pl.concat(
        frame.select(
            pl.col("customer").cast(pl.Int64),
            pl.lit(micros(cutoff), pl.Int64).alias("cutoff"),
            *asked,
        )
        for cutoff, frame in answers
    ).write_parquet(path)
