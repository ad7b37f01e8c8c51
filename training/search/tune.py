"""A short search of hyperparameters, judged on the slice that stops training."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import optuna

from training.config import Config, Params
from training.fit import Binned, Columns, Rows, fit


@dataclass(frozen=True)
class Trial:
    """One set of hyperparameters, its rounds, and its log loss on the stopping slice."""

    params: Params
    rounds: int
    loss: float


def tune(
    folds: Sequence[tuple[Rows, Rows]],
    columns: Columns,
    config: Config,
    progress: Callable[[int, float], None] = lambda done, best: None,
) -> tuple[Trial, ...]:
    """Try hyperparameters, beginning with those of the config.

    Parameters
    ----------
    folds : sequence of (Rows, Rows)
        Rows to learn from, and later ones to judge by; the newest pair first, which finds the
        rounds.
    columns : Columns
        Names and kinds of the matrix columns.
    config : Config
        Number of trials, and where to begin.
    progress : callable
        Called after each trial with the trials done and the lowest log loss.

    Returns
    -------
    tuple of Trial
        Every trial in order, with the mean log loss of the folds; take `best`.

    Raises
    ------
    CohortError
        When a set of the newest pair holds outcomes of one kind only. Older pairs that do are
        left out.
    """
    optuna.logging.set_verbosity(logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=config.seed)
    study = optuna.create_study(direction="minimize", sampler=sampler)
    study.enqueue_trial(asdict(config.params))
    newest = [Binned.of(*folds[0], columns, config)]
    usable = [pair for pair in folds[1:] if all(0 < rows.label.mean() < 1 for rows in pair)]
    binned = newest + [Binned.of(*pair, columns, config) for pair in usable]
    trials: list[Trial] = []

    def objective(trial: optuna.Trial) -> float:
        params = _suggest(trial, config.params, len(folds[0][0].label))
        fitted = [fit(each, params, config) for each in binned]
        loss = sum(each.loss for each in fitted) / len(fitted)
        trials.append(Trial(params, fitted[0].rounds, loss))
        progress(len(trials), best(tuple(trials)).loss)
        return loss

    study.optimize(objective, n_trials=config.trials)
    return tuple(trials)


def best(trials: tuple[Trial, ...]) -> Trial:
    """Return the trial with the lowest log loss, the earliest of equals."""
    return min(trials, key=lambda trial: trial.loss)


def _suggest(trial: optuna.Trial, start: Params, rows: int) -> Params:
    # The first trial is the start itself, so every range must hold it. The learning rate stays:
    # fewer, larger steps win a noisy slice by luck more than by merit.
    widest = max(start.min_data_in_leaf, min(500, rows // 20))
    most_leaves = max(start.num_leaves, 31 if rows > 20_000 else 15)
    return Params(
        learning_rate=trial.suggest_float(
            "learning_rate", start.learning_rate, start.learning_rate
        ),
        num_leaves=trial.suggest_int("num_leaves", min(4, start.num_leaves), most_leaves, log=True),
        min_data_in_leaf=trial.suggest_int(
            "min_data_in_leaf", min(20, start.min_data_in_leaf), widest, log=True
        ),
        feature_fraction=trial.suggest_float(
            "feature_fraction", min(0.2, start.feature_fraction), max(0.8, start.feature_fraction)
        ),
        bagging_fraction=trial.suggest_float(
            "bagging_fraction", min(0.5, start.bagging_fraction), 1.0
        ),
        lambda_l2=trial.suggest_float(
            "lambda_l2", min(0.1, start.lambda_l2), max(100.0, start.lambda_l2), log=True
        ),
    )
