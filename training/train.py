"""From sorted tables to a registered model; reads top to bottom as the data flow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from training.bundle import Bundle
from training.config import Config
from training.data import Data
from training.judge.evaluate import Evaluation
from training.judge.judge import judge
from training.learn import Say, learn
from training.prepare import prepare
from training.project import Project
from training.publish import publish
from training.registry import Recorded, Registry
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
        learn(prepared.rows, roles, task.recency.name, config, say, prepared.earlier)
        for roles in prepared.splits
    ]
    say("judging on the test slice")
    judged = judge(task, prepared, learned, config, say)
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
