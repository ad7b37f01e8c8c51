"""The MLflow run of a training, with a run inside it for each trial of the search.

A training that is killed cannot say so. It holds a lock that dies with it; the next training of the
project finds runs whose lock nobody holds and marks them as killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from features.errors import DefinitionError
from training.config import Params
from training.registry import Registry, model_name
from training.search.trials import Trial

if TYPE_CHECKING:
    from mlflow import MlflowClient

LOCK: Final = "foretell.lock"
"""Tag of a training's run: the file below ``mlruns/running`` that it holds while it lives."""

PARENT: Final = "mlflow.parentRunId"
SHOWN: Final = 100
"""Trials of one search that get a run; the study holds all."""


@contextlib.contextmanager
def training_run(registry: Registry, project: str, task: str) -> Iterator[str]:
    """Open the run of a training, and close it as what became of it.

    Parameters
    ----------
    registry : Registry
        Where it is recorded.
    project, task : str
        Whose training it is.

    Yields
    ------
    str
        Id of the run.
    """
    client, experiment = registry.client(), registry.experiment(project)
    _bury(client, experiment, registry.folder)
    token = token_hex(8)
    lock = _running(registry.folder, token)
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        # The lock is held before the run is there, so nobody can take a living one for dead.
        tags = {"task": task, LOCK: token}
        run = str(client.create_run(experiment, run_name=task, tags=tags).info.run_id)
        try:
            yield run
        except BaseException as error:
            status = "FAILED" if isinstance(error, Exception) else "KILLED"
            # A full disk refuses this too; the next training marks the run then.
            with contextlib.suppress(Exception):
                client.set_terminated(run, status)
            raise
        client.set_terminated(run, "FINISHED")
    finally:
        lock.unlink(missing_ok=True)
        os.close(handle)


def log_trials(
    registry: Registry,
    project: str,
    run: str,
    searches: Sequence[Sequence[Trial]],
    members: Sequence[Sequence[Trial]],
) -> None:
    """Record each trial as a run inside that of its training.

    Parameters
    ----------
    registry : Registry
        Where they are recorded.
    project : str
        Whose training it is.
    run : str
        Id of the training's run.
    searches : sequence of sequence of Trial
        The trials of each split, in order. Of more than 100, those with the lowest losses are
        recorded.
    members : sequence of sequence of Trial
        Of each split, those that became its model; they are recorded in any case.
    """
    from mlflow.entities import Metric, Param

    client, experiment = registry.client(), registry.experiment(project)
    for split, (trials, team) in enumerate(zip(searches, members, strict=True)):
        chosen = {each.params for each in team}
        ranked = sorted(range(len(trials)), key=lambda place: trials[place].loss)[:SHOWN]
        own = {
            place
            for place, each in enumerate(trials)
            if each.params in chosen and each.state == "complete"
        }
        for place in sorted({*ranked, *own}):
            trial = trials[place]
            name = f"trial {place}" if len(searches) == 1 else f"split {split} trial {place}"
            tags = {PARENT: run, "state": trial.state, "chosen": str(place in own).lower()}
            child = client.create_run(experiment, run_name=name, tags=tags).info.run_id
            found = {"log_loss": trial.loss, "rounds": trial.rounds, "seconds": trial.seconds}
            client.log_batch(
                child,
                metrics=[Metric(key, float(value), 0, 0) for key, value in found.items()],
                params=[Param(key, str(value)) for key, value in asdict(trial.params).items()],
            )
            client.set_terminated(child, "FINISHED")


def champion_params(registry: Registry, project: str, task: str) -> Params | None:
    """Return the hyperparameters of the champion, or None when there is none to go by.

    Parameters
    ----------
    registry : Registry
        Where it is recorded.
    project, task : str
        Whose champion.
    """
    version = registry.version_at(project, task)
    if version is None:
        return None
    from mlflow.exceptions import MlflowException

    client = registry.client()
    try:
        found = client.get_model_version(model_name(project, task), str(version))
        told = client.get_run(str(found.run_id)).data.params
    except MlflowException:
        return None
    given = {}
    for field in fields(Params):
        if field.name in told:
            kind, text = type(getattr(Params(), field.name)), told[field.name]
            given[field.name] = text == "True" if kind is bool else kind(text)
    try:
        return Params(**given) if given else None
    except DefinitionError:
        return None


def _bury(client: MlflowClient, experiment: str, folder: Path) -> None:
    """Mark trainings that died, and the trials that they were recording, as killed."""
    open_ = client.search_runs([experiment], "attributes.status = 'RUNNING'")
    tokens = {each.info.run_id: each.data.tags.get(LOCK) for each in open_}
    dead = {run for run, token in tokens.items() if token and not _lives(folder, token)}
    for each in open_:
        if each.info.run_id in dead or each.data.tags.get(PARENT) in dead:
            client.set_terminated(each.info.run_id, "KILLED")
    for run in dead:
        _running(folder, str(tokens[run])).unlink(missing_ok=True)


def _lives(folder: Path, token: str) -> bool:
    try:
        handle = os.open(_running(folder, token), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _running(folder: Path, token: str) -> Path:
    return folder / "running" / token
