"""Boosted trees on one set of rows, stopped by another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import lightgbm
import numpy as np

from features.arrays import Bools, Floats
from features.errors import CohortError
from training.config import Config, Params
from training.large.matrix import Matrix, Table, bin_seed, told


@dataclass(frozen=True, eq=False)
class Rows:
    """What the learner reads.

    Parameters
    ----------
    matrix : (r, columns) float64, or training.large.matrix.Matrix
        Inputs, whole or made a block at a time.
    label : (r,) bool
        Outcomes.
    weight : (r,) float64, optional
        Weights, above 0; left out, each row counts once.
    kept : float
        Share of the negatives that stand here, in (0, 1]; see `training.sampling`.
    """

    # Typed as what it is most often; a Matrix is asked in the same ways.
    matrix: Floats
    label: Bools
    weight: Floats | None = None
    kept: float = 1.0

    @property
    def log_odds(self) -> float:
        """Log-odds of the mean outcome of these rows."""
        counts = np.ones(len(self.label)) if self.weight is None else self.weight
        return math.log(counts[self.label].sum() / counts[~self.label].sum())


@dataclass(frozen=True)
class Columns:
    """Names of the matrix columns, and positions of those that hold category codes."""

    names: Sequence[str]
    categorical: Sequence[int]


@dataclass(frozen=True, eq=False)
class Binned:
    """Rows to learn from and rows to stop by, cut into LightGBM's bins once for many fits.

    ``start`` is the true log-odds where trees begin; None leaves it to LightGBM.
    """

    train: lightgbm.Dataset
    stop: lightgbm.Dataset
    start: float | None = None

    @classmethod
    def of(cls, train: Rows, stop: Rows, columns: Columns, config: Config) -> Binned:
        """Cut rows into bins; the edges come from ``train`` alone.

        Parameters
        ----------
        train, stop : Rows
            Rows to learn from, and later ones to stop by, which hold all of their negatives.
        columns : Columns
            Names and kinds of the matrix columns.
        config : Config
            Seed and threads.

        Raises
        ------
        CohortError
            When either set holds outcomes of one kind only.
        """
        for name, rows in {"train": train, "stop": stop}.items():
            require_both_outcomes(name, rows.label)
        if train.kept == 1:
            learnt = _dataset(train, columns, config)
            return cls(learnt, _dataset(stop, columns, config, reference=learnt))
        # Trees learn what the sample says, and are stopped by what all rows say.
        start = train.log_odds
        learnt = _dataset(train, columns, config, start=start)
        told = start + math.log(train.kept)
        return cls(learnt, _dataset(stop, columns, config, reference=learnt, start=told), told)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A booster, the rounds it has, and its log loss on the rows that stopped it."""

    booster: lightgbm.Booster
    rounds: int
    loss: float


def boost(binned: Binned, params: Params, config: Config) -> Iterator[float]:
    """Add trees one round at a time, for whoever may want to stop before `fit` would.

    Parameters
    ----------
    binned, params, config
        As for `fit`.

    Yields
    ------
    float
        Log loss on the stopping rows after each round; it ends where `fit` ends.
    """
    booster = lightgbm.Booster(settings(params, config), binned.train)
    booster.add_valid(binned.stop, "stop")
    lowest, since = math.inf, 0
    for _ in range(config.rounds):
        booster.update()
        loss = float(booster.eval_valid()[0][2])
        yield loss
        since = 0 if loss < lowest else since + 1
        lowest = min(lowest, loss)
        if since >= config.patience:
            return


def fit(binned: Binned, params: Params, config: Config) -> Fitted:
    """Fit boosted trees and stop when the log loss on the stopping rows no longer falls.

    Parameters
    ----------
    binned : Binned
        Rows.
    params : Params
        Hyperparameters.
    config : Config
        Rounds, patience, seed and threads.

    Returns
    -------
    Fitted
    """
    booster = lightgbm.train(
        settings(params, config),
        binned.train,
        num_boost_round=config.rounds,
        valid_sets=[binned.stop],
        valid_names=["stop"],
        callbacks=[lightgbm.early_stopping(config.patience, verbose=False)],
    )
    if binned.start is not None:
        lift(booster, binned.start)
    loss = float(booster.best_score["stop"]["binary_logloss"])
    return Fitted(booster, booster.best_iteration, loss)


def refit(
    rows: Rows, columns: Columns, params: Params, config: Config, rounds: int
) -> lightgbm.Booster:
    """Fit on more rows with the rounds that were found, so that none lie idle.

    Margins are the true log-odds, whatever share of the negatives stands in the rows.
    """
    return refits(rows, columns, [(params, rounds)], config)[0]


def refits(
    rows: Rows, columns: Columns, asked: Sequence[tuple[Params, int]], config: Config
) -> list[lightgbm.Booster]:
    """Fit each of several sets of hyperparameters, as `refit` would, on bins that are cut once."""
    start = None if rows.kept == 1 else rows.log_odds
    learnt = _dataset(rows, columns, config, start=start)
    boosters = [
        lightgbm.train(settings(params, config), learnt, num_boost_round=rounds)
        for params, rounds in asked
    ]
    if start is not None:
        for each in boosters:
            lift(each, start + math.log(rows.kept))
    return boosters


def lift(booster: lightgbm.Booster, start: float) -> None:
    """Add to all margins of a booster, in its first tree, as LightGBM does with its start."""
    first = booster.dump_model(num_iteration=1)["tree_info"][0]
    for leaf in range(first["num_leaves"]):
        booster.set_leaf_output(0, leaf, booster.get_leaf_output(0, leaf) + start)


def margins(booster: lightgbm.Booster, matrix: Table) -> Floats:
    """Score the rows of a matrix in log-odds, (r,) float64, on one thread."""
    return told(matrix, lambda rows: booster.predict(rows, raw_score=True, num_threads=1))


def settings(params: Params, config: Config) -> dict[str, Any]:
    """Return LightGBM's parameters: the same data, seed and threads give the same model."""
    return {
        **asdict(params),
        "objective": "binary",
        "metric": "binary_logloss",
        "bagging_freq": 1,
        **_common(config),
    }


def importance(booster: lightgbm.Booster) -> Mapping[str, float]:
    """Return each feature's share of the gain of all splits, largest first."""
    gains = booster.feature_importance("gain")
    whole = float(gains.sum()) or 1.0
    shares = zip(booster.feature_name(), (gains / whole).tolist(), strict=True)
    return dict(sorted(shares, key=lambda pair: (-pair[1], pair[0])))


def require_both_outcomes(name: str, label: Bools) -> None:
    """Refuse rows whose outcomes are all the same.

    Raises
    ------
    CohortError
        With the slice and its counts.

    Examples
    --------
    >>> require_both_outcomes("stop", np.array([True, True]))
    Traceback (most recent call last):
    features.errors.CohortError: slice 'stop' has 2 positives among 2 rows; a model needs both \
outcomes: widen the cohort, lengthen the horizon, or add cutoffs
    """
    yes = int(label.sum())
    if yes in (0, len(label)):
        raise CohortError(
            f"slice '{name}' has {yes} positives among {len(label)} rows; a model needs both "
            "outcomes: widen the cohort, lengthen the horizon, or add cutoffs"
        )


def _dataset(
    rows: Rows,
    columns: Columns,
    config: Config,
    reference: lightgbm.Dataset | None = None,
    start: float | None = None,
) -> lightgbm.Dataset:
    params = _common(config)
    if reference is not None:
        # Its bins are taken as they are; LightGBM warns where only the parameters differ.
        params = dict(reference.params or {})
    elif isinstance(rows.matrix, Matrix):
        params["data_random_seed"] = bin_seed(config.seed)
    return lightgbm.Dataset(
        rows.matrix,
        label=rows.label.astype(np.float64),
        weight=rows.weight,
        init_score=None if start is None else np.full(len(rows.label), start),
        reference=reference,
        feature_name=list(columns.names),
        categorical_feature=list(columns.categorical),
        params=params,
    )


def _common(config: Config) -> dict[str, Any]:
    """Return what bins and trees share; LightGBM refuses to change it between the two."""
    return {
        "seed": config.seed,
        "num_threads": config.threads,
        "deterministic": True,
        "force_row_wise": True,
        # Without it bins would depend on min_data_in_leaf, which the search varies.
        "feature_pre_filter": False,
        "verbosity": -1,
    }
