"""Settings of a training as files and runs keep them: TOML, and plain JSON values."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from features.errors import DefinitionError
from training.config import Config


def read_config(path: Path, task: str, tasks: Collection[str] = ()) -> Config:
    """Read the settings of one task from TOML.

    Parameters
    ----------
    path : Path
        File with settings for all tasks at the top and a table ``[tasks.NAME]`` for one.
    task : str
        Name of the task.
    tasks : collection of str
        Names of all tasks of the project; a table ``[tasks.NAME]`` of another name is refused.
        Left out, any name is taken.

    Returns
    -------
    Config
        The defaults where the file is silent, or not there.

    Raises
    ------
    DefinitionError
        With every unknown key and every value of the wrong type or out of range.
    """
    if not path.exists():
        return Config()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(str(path), [f"this is no TOML: {error}"]) from None
    faults: list[str] = []
    tables = _table(content.pop("tasks", {}), "tasks", faults)
    changes = _checked(Config(), content, "", faults)
    for name, given in tables.items():
        place = f"tasks.{name}"
        if tasks and name not in tasks:
            faults.append(f"unknown task '{place}'; known are {', '.join(tasks)}")
        own = _checked(Config(), _table(given, place, faults), f"{place}.", faults)
        if name == task:
            changes = _merged(changes, own)
    config: Config = _built(Config(), changes, faults)
    if faults:
        raise DefinitionError(str(path), faults)
    return config


def config_from_json(value: Mapping[str, Any]) -> Config:
    """Read back the settings of a run.

    Raises
    ------
    DefinitionError
        With every unknown key and every value that cannot be.
    """
    faults: list[str] = []
    config: Config = _built(Config(), _checked(Config(), value, "", faults), faults)
    if faults:
        raise DefinitionError("settings of the run", faults)
    return config


def _checked(value: Any, given: Mapping[str, Any], place: str, faults: list[str]) -> dict[str, Any]:
    """Return what is given for the fields of a value, without what is wrong."""
    known = {each.name: getattr(value, each.name) for each in fields(value)}
    changes: dict[str, Any] = {}
    for key, new in given.items():
        old = known.get(key)
        if key not in known:
            faults.append(f"unknown key '{place}{key}'; known are {', '.join(known)}")
        elif is_dataclass(old):
            table = _table(new, f"{place}{key}", faults)
            changes[key] = _checked(old, table, f"{place}{key}.", faults)
        elif not isinstance(new, _accepted(old)) or isinstance(new, bool) != isinstance(old, bool):
            faults.append(f"'{place}{key}' must be of type {_kind(old)}, got {new!r}")
        else:
            changes[key] = tuple(new) if isinstance(new, list) else new
    return changes


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Lay the settings of a task over those of all; its bands take the place of all others."""
    nested = {each.name for each in fields(Config) if is_dataclass(getattr(Config(), each.name))}
    inner = nested & base.keys() & own.keys()
    return base | own | {name: base[name] | own[name] for name in inner}


def _built(value: Any, changes: Mapping[str, Any], faults: list[str]) -> Any:
    made = {
        key: _built(getattr(value, key), new, faults) if is_dataclass(getattr(value, key)) else new
        for key, new in changes.items()
    }
    try:
        return replace(value, **made)
    except DefinitionError as error:
        faults.extend(error.faults)
        return value


def _table(value: Any, place: str, faults: list[str]) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    faults.append(f"'{place}' must be a table, got {value!r}")
    return {}


def _accepted(value: object) -> tuple[type, ...]:
    if isinstance(value, tuple):
        return (list,)
    return (int, float) if isinstance(value, float) else (type(value),)


def _kind(value: object) -> str:
    return "list" if isinstance(value, tuple) else type(value).__name__
