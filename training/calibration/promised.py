"""The contract that a model is published with, from its test rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.instants import micros
from training.calibration.calibrate import levels_of
from training.calibration.certify import Outcomes, certify
from training.calibration.contract import Contract
from training.config import Config
from training.learn import Learned
from training.prepare import Prepared
from training.tasks import Task


def promised(
    task: Task, prepared: Prepared, learned: Sequence[Learned], config: Config
) -> Contract:
    """Hold the scores of the test rows against their outcomes.

    Parameters
    ----------
    task : Task
        Gives gap and horizon.
    prepared : Prepared
        Rows.
    learned : sequence of Learned
        A model for each split.
    config : Config
        Limits, resamples and seed.

    Returns
    -------
    Contract
    """
    test = np.concatenate([each.test for each in learned])
    vectors, settings = prepared.golden.vectors, config.calibration
    levels = levels_of(vectors.columns, settings.by, len(prepared.rows))
    times = vectors.cutoffs if prepared.at is None else prepared.at
    settled = int(times[test].max()) + micros(task.gap) + micros(task.horizon)
    outcomes = Outcomes(
        np.concatenate([each.scores for each in learned]),
        prepared.rows.label[test],
        vectors.customers[test],
        levels[test],
        settled,
    )
    rate = learned[0].calibrated.rate
    return certify(outcomes, rate, settings, resamples=config.resamples, seed=config.seed)
