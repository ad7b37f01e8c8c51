"""What is learnt from a part of many rows, and what from all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import lightgbm
import numpy as np

from features.schema import Schema
from training.baselines import LogisticBaseline
from training.config import Config
from training.fit import Binned, Columns, Rows, fit
from training.large.matrix import dense
from training.mean import fit_members, mean_of
from training.search.trials import Trial


def fewer(rows: Rows, most: int, config: Config) -> Rows:
    """Draw so many rows at most; the same ones, in their order, for the same seed.

    Parameters
    ----------
    rows : Rows
        Rows of a slice.
    most : int
        Rows that may stay.
    config : Config
        Seed.

    Returns
    -------
    Rows
        The very same value when all may stay.
    """
    many = len(rows.label)
    if many <= most:
        return rows
    chosen = np.sort(np.random.default_rng(config.seed).choice(many, most, replace=False))
    weight = None if rows.weight is None else rows.weight[chosen]
    return replace(rows, matrix=rows.matrix[chosen], label=rows.label[chosen], weight=weight)


def settled(
    found: Trial,
    train: Rows,
    stop: Rows,
    columns: Columns,
    config: Config,
    say: Callable[[str], None],
) -> Trial:
    """Find the rounds on all rows, for hyperparameters that were searched on a part of them.

    Parameters
    ----------
    found : Trial
        The best of the search.
    train, stop : Rows
        All rows to learn from, and to stop by.
    columns : Columns
        Names and kinds of the matrix columns.
    config : Config
        Settings.
    say : callable
        Told what is being done.

    Returns
    -------
    Trial
        The same hyperparameters with rounds and loss of all rows.
    """
    say(f"finding the rounds on all {len(train.label):,} rows of train")
    if config.large.engine == "dask":
        from training.large.cluster import fit_on_dask
        from training.large.stopping import rounds_after

        most = min(config.rounds, 2 * found.rounds + config.patience)
        booster = fit_on_dask(train, columns, found.params, config, most, say)
        rounds, loss = rounds_after(booster, stop, config.patience)
        return replace(found, rounds=rounds, loss=loss)
    again = fit(Binned.of(train, stop, columns, config), found.params, config)
    return replace(found, rounds=again.rounds, loss=again.loss)


def build(
    rows: Rows,
    columns: Columns,
    members: Sequence[Trial],
    config: Config,
    say: Callable[[str], None],
) -> lightgbm.Booster:
    """Fit the model on all rows, here or on processes of Dask; see `training.mean.fit_members`."""
    if config.large.engine == "dask":
        from training.large.cluster import fit_on_dask

        return mean_of(
            [fit_on_dask(rows, columns, each.params, config, each.rounds, say) for each in members]
        )
    return fit_members(rows, columns, members, config)


def fit_logistic(
    schema: Schema, train: Rows, stop: Rows, final: Rows, config: Config
) -> LogisticBaseline:
    """Fit the logistic baseline on as many rows as the settings allow.

    A straight line in some hundred columns is told by some hundred thousand rows; more would only
    take memory.
    """
    most = config.large.baseline_rows
    train, stop, final = (fewer(each, most, config) for each in (train, stop, final))
    return LogisticBaseline.fit(
        schema, dense(train.matrix), train.label, dense(stop.matrix), stop.label, train.kept
    ).refit(dense(final.matrix), final.label, final.kept)
