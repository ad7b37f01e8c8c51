"""What it costs to score rows by the walk down the trees, beside LightGBM's own way.

    make bench-walk

Both must give the same bits before anything is timed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import lightgbm
import numpy as np

from experiments.bench.reasons.run import made
from experiments.bench.record import Figure, median_seconds, write_results
from features.arrays import Floats
from training.trees.forest import Forest
from training.trees.walk import Walker

HERE: Final = Path(__file__).parent
MADE: Final = ((370, 11), (1_000, 9), (500, 63))
"""Rounds and leaves of the forests; the first two are the sizes that the search arrives at."""

MANY: Final = 10_000
ALONE: Final = 400


def main() -> None:
    """Time every forest, many rows in one call and rows alone."""
    figures: dict[str, Figure] = {}
    for rounds, leaves in MADE:
        booster, matrix = made(rounds, leaves)
        figures |= cost(f"{rounds}x{leaves}", booster, matrix)
    write_results(HERE, figures, ("lightgbm", "llvmlite", "numba", "numpy"))


def cost(name: str, booster: lightgbm.Booster, matrix: Floats) -> dict[str, Figure]:
    """Compare bits, then time both on the same rows on one thread, by time of the processor."""
    text = booster.model_to_string()
    booster = lightgbm.Booster(model_str=text)
    began = time.perf_counter()
    walker = Walker.of(Forest.of(text, matrix.shape[1]))
    read = time.perf_counter() - began

    def theirs(rows: Floats) -> Floats:
        found: Any = booster.predict(rows, raw_score=True, num_threads=1)
        return np.asarray(found, dtype=np.float64)

    if not np.array_equal(walker(matrix), theirs(matrix)):
        raise SystemExit(f"{name}: the walk and LightGBM score otherwise")
    rows = np.ascontiguousarray(matrix[:MANY])
    figures = {f"read_s.{name}": Figure(read, "s to read the trees")}
    for way, score in (("walk", walker), ("lightgbm", theirs)):
        many = median_seconds(partial(score, rows), clock=time.process_time)[0]
        figures[f"batch_us.{name}.{way}"] = Figure(many / MANY * 1e6, "us of processor a row")
        figures[f"alone_us.{name}.{way}"] = Figure(_alone(score, rows), "us of processor a call")
    for what in ("batch", "alone"):
        pair = [figures[f"{what}_us.{name}.{way}"].value for way in ("lightgbm", "walk")]
        figures[f"{what}_times.{name}"] = Figure(pair[0] / pair[1], "times as quick")
    return figures


def _alone(score: Callable[[Floats], Floats], rows: Floats) -> float:
    """Return the median time of one row in a call of its own."""
    taken = []
    for place in range(ALONE):
        row = rows[place : place + 1]
        began = time.thread_time()
        score(row)
        taken.append(time.thread_time() - began)
    return float(np.median(taken)) * 1e6


if __name__ == "__main__":
    main()
