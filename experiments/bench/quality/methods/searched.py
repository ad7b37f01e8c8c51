"""The search that XGBoost and CatBoost are given: Optuna's TPE until the budget is nearly spent."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import optuna

SHARE = 0.8
"""Part of the budget for the search; the rest is for the final fit on all rows."""


def searched(
    space: Callable[[optuna.Trial], dict[str, Any]],
    fitted: Callable[[dict[str, Any]], tuple[float, int]],
    budget: float,
    seed: int,
) -> tuple[dict[str, Any], int, int]:
    """Return the best parameters, their rounds, and how many were tried.

    Parameters
    ----------
    space : callable
        Draws parameters of a trial.
    fitted : callable
        From parameters to (log loss on later rows, rounds).
    budget : float
        Seconds.
    seed : int
        Of the sampler.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    ends = time.perf_counter() + SHARE * budget
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    # The library's own defaults are tried first.
    study.enqueue_trial({})

    def judged(trial: optuna.Trial) -> float:
        params = {} if trial.number == 0 else space(trial)
        loss, rounds = fitted(params)
        trial.set_user_attr("params", params)
        trial.set_user_attr("rounds", rounds)
        return loss

    while not study.trials or time.perf_counter() < ends:
        study.optimize(judged, n_trials=1)
    best = study.best_trial.user_attrs
    return best["params"], best["rounds"], len(study.trials)
