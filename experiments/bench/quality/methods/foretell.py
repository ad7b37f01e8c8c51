"""Foretell: search within the budget, fit, calibrate, and a bundle's way of scoring.

Ways that it does not take tell what its own way brings: ``foretell_one`` keeps the best trial
alone, ``foretell_before`` leaves the newest rows to the calibrator, and ``foretell_periods`` takes
the level of scores from the calibrated periods.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from experiments.bench.columns import plain
from experiments.bench.quality.methods.asked import Asked
from experiments.bench.quality.methods.vectors import earlier, origins, roles, snapshot
from features.kernel import Vectors
from training.calibration.settings import Calibration
from training.config import Config
from training.learn import learn
from training.search.settings import Search
from training.trees.forest import Forest
from training.trees.walk import Walker

SHARE = 0.5
"""Part of the budget for the search."""


def main() -> None:
    """Learn as `foretell train` does, and answer."""
    asked = Asked.parse()
    started = time.perf_counter()
    rows, masks = snapshot(asked), roles(asked)
    # The search may spend what the final fit and the calibrator's fits leave.
    way = asked.into.name
    members = 1 if way == "foretell_one" else Search().members
    search = Search(budget=f"{round(SHARE * asked.budget)}s", members=members)
    if way == "foretell_before":
        masks = {**masks, "final": masks["develop"]}
    calibration = Calibration(level="periods" if way == "foretell_periods" else "model")
    config = Config(threads=asked.threads, seed=asked.seed, search=search, calibration=calibration)
    # Its baselines are no part of the comparison, and cost little.
    recency = next(name for name, each in rows.vectors.columns.items() if each.dtype != object)
    learned = learn(
        rows, masks, recency, config, lambda text: None, earlier(asked), origins=origins(asked)
    )
    seconds = time.perf_counter() - started

    def predict(frame: pd.DataFrame) -> Any:
        columns = {each.removeprefix("x."): plain(frame[each]) for each in frame.columns}
        blank = np.zeros(len(frame), dtype=np.int64)
        matrix = learned.schema.matrix(Vectors(blank, blank, columns))
        return learned.calibrator.apply(walker(matrix))

    text = learned.booster.model_to_string()
    size, walker = len(text.encode()), Walker.of(Forest.of(text, len(learned.schema.columns)))
    told = f"{len(learned.trials)} trials, {learned.members}, {learned.calibrator.kind}"
    asked.answer(predict, seconds, size, told)


if __name__ == "__main__":
    main()
