"""From sorted tables to a registered model; reads top to bottom as the data flow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from features.notice import Notice
from training.bundle import Bundle
from training.calibration.promised import promised
from training.config import Config
from training.data import Data
from training.disk import writing
from training.judge.evaluate import Evaluation
from training.judge.judge import judge
from training.large.arrange import prepare_given, unasked
from training.large.gather import gathering
from training.learn import Say, learn
from training.prepare import prepare
from training.project import Project
from training.publish import publish
from training.reasons.named import misspelt
from training.record import Recorded
from training.registry import Registry
from training.search.study import Shelf
from training.search.tune import Terms
from training.tasks import Task
from training.tracking import champion_params, log_trials, training_run


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
    fresh: bool = False,
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
    fresh : bool
        Search anew, and forget the trials of an earlier search of the same rows.

    Returns
    -------
    Trained

    Raises
    ------
    MaturityError, CohortError, ImpureSplitError
        When the data cannot answer the task honestly.
    DefinitionError
        When no bundle could carry a feature.
    StateError
        When the registry's folder cannot be written, or another process searches the same study.
    """
    spill = reports.parent / "spill"
    with writing(registry.folder), gathering(config.large, spill, say) as gather:
        say("building behaviour vectors")
        project, config = data.described(project), data.timed(config)
        prepared = (
            prepare(project, task, data, config, gather)
            if data.rows is None
            else prepare_given(project, task, data.rows, config)
        )
        if data.rows is not None and (words := unasked(project)):
            say(Notice(words))
        known = project.catalogue + project.features_of(task)
        for each in (
            *prepared.selected.crowded,
            *misspelt(config.reasons, known, project.tables),
        ):
            say(Notice(each))
        if prepared.rows.stood_for:
            say(Notice(prepared.rows.stood_for.sentence))
        with training_run(registry, project.name, task.name) as run:
            terms = Terms(
                Shelf(registry.folder / "studies", f"{project.name}-{task.name}", fresh),
                champion_params(registry, project.name, task.name),
                searches=len(prepared.splits),
            )
            learned = [
                learn(
                    prepared.rows,
                    roles,
                    prepared.baseline,
                    config,
                    say,
                    prepared.earlier,
                    terms,
                    prepared.origins,
                    prepared.golden.vectors.columns,
                )
                for roles in prepared.splits
            ]
            searches = [each.trials for each in learned]
            log_trials(registry, project.name, run, searches, [each.members for each in learned])
            say("judging on the test slice")
            judged = judge(task, prepared, learned, config, say)
            contract = promised(task, prepared, learned, config)
            say("writing the bundle, the report and the record")
            kept = publish(
                project,
                task,
                data,
                prepared,
                learned,
                judged,
                config,
                registry,
                reports,
                run,
                contract,
            )
    return Trained(
        kept.bundle,
        judged,
        kept.recorded,
        kept.report,
        len(prepared.rows),
        prepared.vector_seconds,
    )
