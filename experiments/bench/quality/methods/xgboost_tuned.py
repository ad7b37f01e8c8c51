"""XGBoost: histogram trees with native categories, searched within the budget."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import xgboost

from experiments.bench.quality.methods.asked import ALL, FIT, VALID, Asked, size_of
from experiments.bench.quality.methods.searched import searched


def space(trial: optuna.Trial) -> dict[str, Any]:
    """Draw parameters from the ranges that XGBoost's users search."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
        "max_depth": trial.suggest_int("max_depth", 2, 10),
        "min_child_weight": trial.suggest_float("min_child_weight", 1, 200, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.1, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 0.01, 100, log=True),
        "reg_alpha": trial.suggest_float("reg_alpha", 0.001, 10, log=True),
        "gamma": trial.suggest_float("gamma", 0.001, 5, log=True),
    }


def main() -> None:
    """Search, fit on all rows before the test, and answer."""
    asked = Asked.parse()
    started = time.perf_counter()
    data = {
        name: xgboost.QuantileDMatrix(*asked.rows(*slices), enable_categorical=True)
        for name, slices in {"fit": FIT, "all": ALL}.items()
    }
    valid = xgboost.QuantileDMatrix(*asked.rows(*VALID), enable_categorical=True, ref=data["fit"])

    def common(params: dict[str, Any]) -> dict[str, Any]:
        fixed = {"objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist"}
        return fixed | {"nthread": asked.threads, "seed": asked.seed} | params

    def fitted(params: dict[str, Any]) -> tuple[float, int]:
        booster = xgboost.train(
            common(params),
            data["fit"],
            2_000,
            evals=[(valid, "valid")],
            early_stopping_rounds=50,
            verbose_eval=False,
        )
        return booster.best_score, booster.best_iteration + 1

    params, rounds, trials = searched(space, fitted, asked.budget, asked.seed)
    booster = xgboost.train(common(params), data["all"], rounds)
    seconds = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as room:
        file = Path(room) / "model.ubj"
        booster.save_model(file)
        size = size_of(file)

    def predict(inputs: Any) -> Any:
        return np.asarray(booster.predict(xgboost.DMatrix(inputs, enable_categorical=True)))

    asked.answer(predict, seconds, size, f"{trials} trials, {rounds} rounds")


if __name__ == "__main__":
    main()
