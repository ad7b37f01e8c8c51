"""Studies on the disk: taken up where they were left, by one training at a time.

A study is a journal, one line of JSON for each thing that happened to a trial, each flushed to the
disk before the search goes on. Whoever is killed loses the trial it was at, and no other.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from features.errors import StateError
from training.config import Config
from training.fit import Columns, Rows
from training.large.matrix import Matrix


@dataclass(frozen=True)
class Shelf:
    """Where studies are kept.

    Parameters
    ----------
    folder : Path
        ``mlruns/studies``.
    name : str
        What names of files begin with, for example ``retail-churn``.
    fresh : bool
        Begin anew, and forget the trials that are there.
    """

    folder: Path
    name: str
    fresh: bool = False


def key(folds: Sequence[tuple[Rows, Rows]], columns: Columns, config: Config, rule: int) -> str:
    """Return a digest of all that decides what a trial finds.

    Another row, outcome, column, seed or setting gives another key, so that no study goes on with
    trials of other data. The number of trials and the budget are no part of it: a search may be
    given more of either.

    Parameters
    ----------
    folds, columns, config
        As `training.search.tune.tune` takes them.
    rule : int
        Version of the rules of the search: its space and what is given up.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    settings = {
        "columns": list(columns.names),
        "categorical": [int(each) for each in columns.categorical],
        "params": {each.name: getattr(config.params, each.name) for each in fields(config.params)},
        "rounds": config.rounds,
        "patience": config.patience,
        "seed": config.seed,
        "threads": config.threads,
        "stop_early": config.search.stop_early,
        "grace": config.search.grace,
        "rule": rule,
        "lightgbm": lightgbm.__version__,
    }
    digest.update(json.dumps(settings, sort_keys=True).encode())
    for rows in (each for pair in folds for each in pair):
        for field in fields(rows):
            values = getattr(rows, field.name)
            if isinstance(values, Matrix):
                # As the same matrix in memory, so that it does not matter where the rows lie.
                digest.update(f"{field.name}:float64:{values.shape};".encode())
                for block in values.blocks():
                    digest.update(np.ascontiguousarray(block).data)
            elif isinstance(values, np.ndarray):
                digest.update(f"{field.name}:{values.dtype}:{values.shape};".encode())
                digest.update(np.ascontiguousarray(values).data)
            else:
                digest.update(f"{field.name}:{values!r};".encode())
    return digest.hexdigest()[:16]


@contextmanager
def opened(shelf: Shelf | None, digest: str) -> Iterator[optuna.Study]:
    """Have a study to oneself.

    Parameters
    ----------
    shelf : Shelf or None
        None keeps the study in memory.
    digest : str
        As `key` returns it.

    Yields
    ------
    optuna.Study
        With the trials that were finished before.

    Raises
    ------
    StateError
        When another process searches it now, or its journal is damaged.
    """
    optuna.logging.set_verbosity(logging.ERROR)
    if shelf is None:
        yield optuna.create_study(direction="minimize")
        return
    path = shelf.folder / f"{shelf.name}-{digest}.journal"
    path.parent.mkdir(parents=True, exist_ok=True)
    with _held(path):
        if shelf.fresh:
            os.truncate(path, 0)
        _mend(path)
        # Optuna's own lock may be left by a process that died; nobody else is here now.
        path.with_name(path.name + ".lock").unlink(missing_ok=True)
        backend = JournalFileBackend(str(path), lock_obj=JournalFileOpenLock(str(path)))
        try:
            study = optuna.create_study(
                study_name=shelf.name,
                direction="minimize",
                storage=JournalStorage(backend),
                load_if_exists=True,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StateError(
                f"{path} is no journal of a study ({type(error).__name__}: {error}); "
                "begin a new one with --fresh, or remove the file"
            ) from error
        yield study


def noted(study: optuna.Study, name: str, value: Any) -> Any:
    """Return what a study was begun with; at its beginning, that is the value given."""
    if name not in study.user_attrs:
        study.set_user_attr(name, value)
    return study.user_attrs[name]


def take_up(study: optuna.Study, names: Mapping[str, Any]) -> None:
    """Put trials that died in mid-run back into the queue, with what they were to try.

    Parameters
    ----------
    study : optuna.Study
        Nobody else may be at work on it.
    names : mapping
        Hyperparameters, by name. A trial that died before all of its were noted is not queued:
        the sampler finds the same again.
    """
    for each in study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING]):
        study.tell(each.number, state=optuna.trial.TrialState.FAIL)
        if each.params.keys() == names.keys():
            study.enqueue_trial(dict(each.params))


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Lock a file, which is made when missing; the lock dies with the process."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(
                f"another training searches {path} now; wait until it is done"
            ) from None
        yield
    finally:
        os.close(handle)


def _mend(path: Path) -> None:
    """Cut off a line that was not written to its end; nothing was built on it."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)
