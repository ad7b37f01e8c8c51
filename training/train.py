"""From sorted tables to a registered model; reads top to bottom as the data flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features.arrays import Floats
from training.bundle import Bundle
from training.config import Config
from training.data import Data
from training.judge.evaluate import Evaluation, evaluate
from training.large.arrange import prepare_given
from training.large.gather import gathering
from training.learn import Learned, Say, learn
from training.prepare import prepare
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
    with gathering(config.large, reports.parent / "spill", say) as gather:
        say("building behaviour vectors")
        prepared = (
            prepare(project, task, data, config, gather)
            if data.rows is None
            else prepare_given(project, task, data.rows, config)
        )
        learned = [
            learn(prepared.rows, roles, task.recency.name, config, say, prepared.earlier)
            for roles in prepared.splits
        ]
        say("judging on the test slice")
        judged = _judge(task, prepared.rows, learned, config)
        say("writing the bundle, the report and the record")
        kept = publish(project, task, data, prepared, learned, judged, config, registry, reports)
        return Trained(
            kept.bundle,
            judged,
            kept.recorded,
            kept.report,
            len(prepared.rows),
            prepared.vector_seconds,
        )


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
