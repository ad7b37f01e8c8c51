"""Small LightGBM models with every kind of split, and rows that try them."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np

from features.arrays import Floats

COLUMNS = 8

SHAPES: list[tuple[dict[str, Any] | None, dict[str, Any]]] = [
    (None, {"num_leaves": 15}),
    ({}, {"num_leaves": 31}),
    ({"zero_as_missing": True}, {"num_leaves": 15}),
    ({"use_missing": False}, {"num_leaves": 7}),
    ({}, {"num_leaves": 90, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0}),
    ({}, {"num_leaves": 2}),
]
"""What is missing in training (None: nothing), and how large trees are."""


def rows(count: int, seed: int = 0) -> Floats:
    """Numbers, zeros, nulls, and two categories."""
    random = np.random.default_rng(seed)
    made = random.normal(size=(count, COLUMNS))
    made[:, 0], made[:, 1] = random.integers(0, 70, count), random.integers(0, 4, count)
    made[random.random(made.shape) < 0.15] = 0.0
    made[:, 2:][random.random((count, COLUMNS - 2)) < 0.15] = np.nan
    return made


def model(rounds: int = 12, *, missing: dict[str, Any] | None = None, **params: Any) -> str:
    matrix = rows(1_500)
    filled = np.nan_to_num(matrix)
    random = np.random.default_rng(1)
    wave = np.sin(3 * filled[:, 2]) + np.isin(matrix[:, 0], [3, 40, 66]) * 2 + filled[:, 3]
    label = wave * (1 + filled[:, 4] ** 2) + random.normal(size=len(matrix)) > 0.3
    settings = {
        **{"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 5},
        **{"min_data_in_leaf": 5, "min_data_per_group": 5, "cat_smooth": 1, "learning_rate": 0.3},
        **(missing or {}),
        **params,
    }
    given = filled if missing is None else matrix
    data = lightgbm.Dataset(given, label, categorical_feature=[0, 1], params=settings)
    return str(lightgbm.train(settings, data, rounds).model_to_string())


def asked(booster: lightgbm.Booster, matrix: Floats, **how: Any) -> Floats:
    found: Any = booster.predict(matrix, num_threads=1, **how)
    return np.asarray(found, dtype=np.float64)


def strange() -> Floats:
    """Rows that training has not seen: other codes, nulls everywhere, thresholds themselves."""
    made = rows(60, seed=9)
    made[:5, 0] = [-1, 71, 1e12, np.nan, 31.5]
    made[5], made[6] = np.nan, 0.0
    made[7, 2:] = [1e-36, -1e-36, 1e300, -1e300, 5e-35, 0.0]
    return made
