"""The MLflow run of a training, with a run inside it for each trial of the search.

A training that is killed cannot say so. It holds a lock that dies with it; the next training of the
project finds runs whose lock nobody holds and marks them: as finished where the model has its
version, which comes last of all that is recorded, and else as killed.
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
    lock, handle = _claim(registry.folder)
    try:
        # The lock is held before the run is there, so nobody can take a living one for dead.
        tags = {"task": task, LOCK: lock.name}
        run = str(client.create_run(experiment, run_name=task, tags=tags).info.run_id)
        try:
            yield run
        except BaseException as error:
            status = "FAILED" if isinstance(error, Exception) else "KILLED"
            # A full disk refuses this too; the next training marks the run then.
            with contextlib.suppress(Exception):
                _end(client, run, status)
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
    """Mark trainings that died, and the trials that they were recording; remove their locks."""
    open_ = client.search_runs([experiment], "attributes.status = 'RUNNING'")
    _sweep(folder)
    dead = {
        run
        for run, token in ((each.info.run_id, each.data.tags.get(LOCK)) for each in open_)
        # Asked again: it may have ended by itself since, and it says so before its lock goes.
        if token and not _running(folder, token).exists() and _is_open(client, run)
    }
    for each in open_:
        if each.info.run_id in dead:
            _end(client, each.info.run_id, "KILLED")
        elif each.data.tags.get(PARENT) in dead:
            client.set_terminated(each.info.run_id, "KILLED")


def _end(client: MlflowClient, run: str, status: str) -> None:
    """Close a run that was interrupted: as finished if its model has a version."""
    registered = client.search_model_versions(f"run_id='{run}'")
    client.set_terminated(run, "FINISHED" if registered else status)


def _is_open(client: MlflowClient, run: str) -> bool:
    return str(client.get_run(run).info.status) == "RUNNING"


def _claim(folder: Path) -> tuple[Path, int]:
    """Make a lock and hold it."""
    while True:
        lock = _running(folder, token_hex(8))
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if lock.exists():
            return lock, handle
        # Another training swept it between its making and its locking.
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove the locks that nobody holds."""
    for lock in (folder / "running").glob("*"):
        try:
            handle = os.open(lock, os.O_RDONLY)
        except (FileNotFoundError, PermissionError):
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock.unlink(missing_ok=True)
        except BlockingIOError:
            pass
        finally:
            os.close(handle)


def _running(folder: Path, token: str) -> Path:
    return folder / "running" / token
