"""CatBoost: its own treatment of categories, searched within the budget."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import catboost
import numpy as np
import optuna
import pandas as pd

from experiments.bench.quality.methods.asked import ALL, FIT, VALID, Asked, size_of
from experiments.bench.quality.methods.searched import searched


def space(trial: optuna.Trial) -> dict[str, Any]:
    """Draw parameters from the ranges that CatBoost's users search."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.3, log=True),
        "depth": trial.suggest_int("depth", 3, 8),
        "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 1, 100, log=True),
        "random_strength": trial.suggest_float("random_strength", 0.1, 10, log=True),
        "bagging_temperature": trial.suggest_float("bagging_temperature", 0.0, 1.0),
        "rsm": trial.suggest_float("rsm", 0.2, 1.0),
    }


def main() -> None:
    """Search, fit on all rows before the test, and answer."""
    asked = Asked.parse()
    started = time.perf_counter()

    def pool(*slices: str) -> catboost.Pool:
        inputs, label = asked.rows(*slices)
        return catboost.Pool(plain(inputs, asked.texts), label, cat_features=asked.texts)

    fit, valid, whole = pool(*FIT), pool(*VALID), pool(*ALL)

    def model(params: dict[str, Any], rounds: int) -> catboost.CatBoostClassifier:
        return catboost.CatBoostClassifier(
            iterations=rounds,
            random_seed=asked.seed,
            thread_count=asked.threads,
            allow_writing_files=False,
            verbose=False,
            **params,
        )

    def fitted(params: dict[str, Any]) -> tuple[float, int]:
        made = model(params, 1_000)
        made.fit(fit, eval_set=valid, early_stopping_rounds=50)
        return made.get_best_score()["validation"]["Logloss"], made.get_best_iteration() + 1

    params, rounds, trials = searched(space, fitted, asked.budget, asked.seed)
    final = model(params, rounds)
    final.fit(whole)
    seconds = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as room:
        file = Path(room) / "model.cbm"
        final.save_model(str(file))
        size = size_of(file)

    def predict(inputs: pd.DataFrame) -> Any:
        told = final.predict_proba(plain(inputs, asked.texts), thread_count=asked.threads)
        return np.asarray(told)[:, 1]

    asked.answer(predict, seconds, size, f"{trials} trials, {rounds} rounds")


def plain(inputs: pd.DataFrame, texts: list[str]) -> pd.DataFrame:
    """Return texts as CatBoost wants them: strings, and a word for what is absent."""
    return inputs.assign(
        **{name: inputs[name].astype(object).where(inputs[name].notna(), "") for name in texts}
    )


if __name__ == "__main__":
    main()
