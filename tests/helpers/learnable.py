"""Rows with a signal, a category and noise, for what fits models."""

from __future__ import annotations

from typing import Final

import numpy as np

from training.fit import Columns, Rows

COLUMNS: Final = Columns(("noise", "signal", "city"), (2,))


def rows(seed: int, count: int = 600) -> Rows:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(count, 3))
    matrix[:, 2] = random.integers(0, 4, count)
    matrix[random.random(count) < 0.1, 1] = np.nan
    drift = np.nan_to_num(matrix[:, 1]) + (matrix[:, 2] == 2)
    return Rows(matrix, drift + random.normal(0, 0.5, count) > 0.5)


TRAIN, STOP = rows(1), rows(2)
