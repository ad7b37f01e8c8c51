"""What the command line says about many rows, laid over the settings of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from features.errors import DefinitionError
from training.config import Config
from training.project import Project


def with_engine(config: Config, engine: str | None, spill: Path | None) -> Config:
    """Return settings with another engine or folder to spill to, where one is given.

    Raises
    ------
    DefinitionError
        When there is no such engine.

    Examples
    --------
    >>> with_engine(Config(), "file", None).large.engine
    'file'
    """
    large = config.large
    large = replace(large, engine=engine or large.engine, folder=str(spill or large.folder))
    return replace(config, large=large)


def require_events(project: Project, rows: Path | None) -> None:
    """Refuse rows made elsewhere for a project that is a ready-made table: it is its rows.

    Raises
    ------
    DefinitionError
        With what to do instead.
    """
    if rows is not None and project.ready is not None:
        fault = (
            f"project '{project.name}' is a ready-made table, whose rows are the file that its "
            "project.py names; leave --rows out, or let prepare() return the other file"
        )
        raise DefinitionError("train --rows", [fault])


def require_one(rows: Path | None, tasks: Sequence[str]) -> None:
    """Refuse rows made elsewhere for several tasks: they hold the labels of one.

    Raises
    ------
    DefinitionError
        With the tasks.
    """
    if rows is not None and len(tasks) != 1:
        fault = f"{rows} holds the labels of one task; name it with --task, one of "
        raise DefinitionError("train --rows", [fault + ", ".join(tasks)])
