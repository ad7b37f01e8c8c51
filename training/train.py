"""From sorted tables to a registered model; reads top to bottom as the data flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features.arrays import Floats
from features.instants import micros
from training.bundle import Bundle
from training.calibration.calibrate import levels_of
from training.calibration.certify import Outcomes, certify
from training.calibration.contract import Contract
from training.config import Config
from training.data import Data
from training.judge.evaluate import Evaluation, evaluate
from training.learn import Learned, Say, learn
from training.prepare import Prepared, prepare
from training.project import Project
from training.publish import publish
from training.registry import Recorded, Registry
from training.snapshots import Snapshot
from training.tasks import Task


@dataclass(frozen=True, eq=False)
class Trained:
    """A recorded model and how good it is.

    Parameters
    ----------
    bundle : Bundle
        As it was read back.
    evaluation : Evaluation
        On the test slice.
    recorded : Recorded
        Run and version.
    report : Path
        HTML page.
    rows, vector_seconds : int and float
        Rows of all slices, and how long their vectors and labels took.
    """

    bundle: Bundle
    evaluation: Evaluation
    recorded: Recorded
    report: Path
    rows: int
    vector_seconds: float


def train(
    project: Project,
    task: Task,
    data: Data,
    config: Config,
    registry: Registry,
    reports: Path,
    say: Say = lambda text: None,
) -> Trained:
    """Train, judge and record the model of one task.

    Parameters
    ----------
    project, task : Project, Task
        The question, and the features that may answer it.
    data : Data
        As `training.data.open_data` returns it.
    config : Config
        Settings.
    registry : Registry
        Where it is recorded.
    reports : Path
        Folder for the report.
    say : callable
        Told what is being done.

    Returns
    -------
    Trained

    Raises
    ------
    MaturityError, CohortError, ImpureSplitError
        When the data cannot answer the task honestly.
    DefinitionError
        When no bundle could carry a feature.
    """
    say("building behaviour vectors")
    prepared = prepare(project, task, data, config)
    learned = [
        learn(
            prepared.rows,
            roles,
            task.recency.name,
            config,
            say,
            prepared.earlier,
            prepared.origins,
            prepared.golden.vectors.columns,
        )
        for roles in prepared.splits
    ]
    say("judging on the test slice")
    judged = _judge(task, prepared.rows, learned, config)
    contract = _certify(task, prepared, learned, config)
    say("writing the bundle, the report and the record")
    kept = publish(
        project, task, data, prepared, learned, judged, config, registry, reports, contract
    )
    return Trained(
        kept.bundle,
        judged,
        kept.recorded,
        kept.report,
        len(prepared.rows),
        prepared.vector_seconds,
    )


def _certify(
    task: Task, prepared: Prepared, learned: Sequence[Learned], config: Config
) -> Contract:
    test = np.concatenate([each.test for each in learned])
    vectors, settings = prepared.golden.vectors, config.calibration
    levels = levels_of(vectors.columns, settings.by, len(prepared.rows))
    settled = int(vectors.cutoffs[test].max()) + micros(task.gap) + micros(task.horizon)
    scores = np.concatenate([each.scores for each in learned])
    outcomes = Outcomes(
        scores, prepared.rows.label[test], vectors.customers[test], levels[test], settled
    )
    rate = learned[0].calibrated.rate
    return certify(outcomes, rate, settings, resamples=config.resamples, seed=config.seed)


def _judge(task: Task, rows: Snapshot, learned: Sequence[Learned], config: Config) -> Evaluation:
    test = np.concatenate([each.test for each in learned])

    def joined(values: Sequence[Floats]) -> Floats:
        return np.concatenate(values)

    return evaluate(
        task.name,
        rows.label[test],
        joined([each.scores for each in learned]),
        rows.vectors.customers[test],
        {name: joined([each.baselines[name] for each in learned]) for name in learned[0].baselines},
        rows.vectors.cutoffs[test],
        uncalibrated=joined([each.uncalibrated for each in learned]),
        resamples=config.resamples,
        seed=config.seed,
    )
