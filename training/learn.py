"""One split, from rows to a calibrated model and its scores on rows it has never met."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import lightgbm

from features.arrays import Bools, Floats, Ints
from features.schema import Schema
from training.baselines import RecencyBaseline
from training.calibration.calibrate import Calibrator, fit_calibrator
from training.calibration.sigmoid import sigmoid
from training.config import Config
from training.fit import Columns, Rows, margins, require_both_outcomes
from training.large.matrix import matrix_of, told
from training.large.settle import build, fewer, fit_logistic, settled
from training.search.tune import Trial, best, tune
from training.snapshots import Snapshot

Say: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Learned:
    """A model of one split, and what it says about the test rows.

    Parameters
    ----------
    schema : Schema
        Inputs, with the levels seen in training rows.
    booster : lightgbm.Booster
        The model.
    calibrator : Calibrator
        From margins to probabilities.
    trials : tuple of Trial
        The search.
    chosen : Trial
        Its result, with the rounds of the final fit.
    test : (k,) int64
        Positions of the test rows.
    scores, uncalibrated : (k,) float64
        Probabilities of the test rows, after and before calibration.
    baselines : mapping of str to (k,) float64
        Probabilities of the baselines for the test rows.
    """

    schema: Schema
    booster: lightgbm.Booster
    calibrator: Calibrator
    trials: tuple[Trial, ...]
    chosen: Trial
    test: Ints
    scores: Floats
    uncalibrated: Floats
    baselines: Mapping[str, Floats]


def learn(
    rows: Snapshot,
    roles: Mapping[str, Bools],
    recency: str,
    config: Config,
    say: Say,
    earlier: Sequence[tuple[Bools, Bools]] = (),
) -> Learned:
    """Search, fit, calibrate, and score the test rows once.

    Parameters
    ----------
    rows : Snapshot
        All rows of the task.
    roles : mapping of str to (r,) bool
        Rows of ``train``, ``stop``, ``calibrate`` and ``test``, and of ``develop``: all that the
        final fit may learn from.
    recency : str
        Feature of the recency baseline.
    config : Config
        Settings.
    say : callable
        Told what is being done.
    earlier : sequence of ((r,) bool, (r,) bool)
        Older pairs of train and stop rows, for the search.

    Returns
    -------
    Learned

    Raises
    ------
    CohortError
        When train, stop or calibrate holds outcomes of one kind only.
    """
    # Asked at once: the search takes minutes, and the calibrator would refuse only after it.
    for name in ("train", "stop", "calibrate"):
        require_both_outcomes(name, rows.label[roles[name]])
    schema = Schema.fit(rows.vectors.take(roles["train"]))
    columns = Columns(schema.names, schema.categorical)
    matrix = matrix_of(schema, rows.vectors)

    def taken(mask: Bools) -> Rows:
        return Rows(matrix[mask], rows.label[mask])

    slices = {name: taken(mask) for name, mask in roles.items()}
    train, stop, develop = slices["train"], slices["stop"], slices["develop"]

    folds = [(train, stop), *((taken(early), taken(late)) for early, late in earlier)]
    most = config.large.search_rows
    few = [(fewer(early, most, config), fewer(late, most, config)) for early, late in folds]
    trials = tune(few, columns, config, _progress(config, say))
    chosen = best(trials)
    if few[0] != folds[0]:
        chosen = settled(chosen, train, stop, columns, config, say)
    say("fitting")
    booster = build(develop, columns, chosen.params, config, chosen.rounds, say)

    say("calibrating")
    calibrate = slices["calibrate"]
    calibrator = fit_calibrator(
        margins(booster, calibrate.matrix),
        calibrate.label,
        customers=rows.vectors.customers[roles["calibrate"]],
        seed=config.seed,
    )

    say("scoring the test slice")
    test = slices["test"]
    marks = margins(booster, test.matrix)
    place = schema.names.index(recency)
    # The baselines learn from all that the model learnt from in the end.
    recent = RecencyBaseline.fit(develop.matrix[:, place], develop.label)
    logistic = fit_logistic(schema, train, stop, develop, config)
    return Learned(
        schema=schema,
        booster=booster,
        calibrator=calibrator,
        trials=trials,
        chosen=chosen,
        test=roles["test"].nonzero()[0],
        scores=calibrator.apply(marks),
        uncalibrated=sigmoid(marks),
        baselines={
            "recency": recent.predict(test.matrix[:, place]),
            "logistic": told(test.matrix, logistic.predict),
        },
    )


def _progress(config: Config, say: Say) -> Callable[[int, float], None]:
    def told(done: int, lowest: float) -> None:
        say(f"searching: {done} of {config.trials} trials, log loss {lowest:.4f}")

    return told
