"""What a server serves and how much it bears: a JSON file and three environment variables.

``FORETELL_SERVING`` is the path of the file, ``FORETELL_TOKENS`` holds the bearer tokens, separated
by blanks or commas, and ``FORETELL_OPEN=1`` opens a server without tokens to its own machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from features.errors import DefinitionError, StateError
from features.instants import instant, iso

SHORTEST_TOKEN: Final = 16
"""Characters of a bearer token, at least."""


@dataclass(frozen=True)
class ProjectSettings:
    """One project to serve.

    Parameters
    ----------
    name : str
        Its name; the bundles must carry the same.
    champions : Path
        Folder with one bundle folder for each task.
    sources : mapping of str to Path
        File of each table.
    as_of : int or None
        Cutoff of requests that name none, UTC microseconds, for data that are no longer fed; None
        is the present.
    quarantine : bool
        Whether rows that break a contract by themselves are set aside.
    """

    name: str
    champions: Path
    sources: Mapping[str, Path]
    as_of: int | None = None
    quarantine: bool = False


@dataclass(frozen=True)
class Limits:
    """What the guard lets through.

    Parameters
    ----------
    body_bytes : int
        Largest request body.
    deadline_seconds : float
        Longest time for a request, its body included.
    concurrency : int
        Requests under way at once.
    rate_per_second, burst : float
        Token bucket of each bearer token.
    threads : int
        Requests that are scored at once.
    """

    body_bytes: int = 4 * 2**20
    deadline_seconds: float = 10.0
    concurrency: int = 64
    rate_per_second: float = 1_000.0
    burst: float = 1_000.0
    threads: int = 2


@dataclass(frozen=True)
class Settings:
    """Everything that a server is told.

    Parameters
    ----------
    projects : tuple of ProjectSettings
        What is served.
    limits : Limits
        What the guard lets through.
    """

    projects: tuple[ProjectSettings, ...]
    limits: Limits = field(default_factory=Limits)


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Read the settings file that ``FORETELL_SERVING`` names.

    Raises
    ------
    StateError
        When the variable or the file is missing.
    DefinitionError
        With every fault of the file.
    """
    named = environ.get("FORETELL_SERVING", "")
    if not named:
        raise StateError("FORETELL_SERVING is not set; give the path of a settings file (JSON)")
    return read_settings(Path(named))


def read_settings(path: Path) -> Settings:
    """Read a settings file; relative paths start at its folder.

    Parameters
    ----------
    path : Path
        JSON: ``{"projects": [{"name", "champions", "sources": {table: path}, "as_of"?,
        "quarantine"?}],
        "limits"?: {...}}``.

    Raises
    ------
    StateError
        When the file cannot be read.
    DefinitionError
        With every unknown key, missing key and wrong value.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StateError(f"settings {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise DefinitionError(f"settings {path}", [f"expected JSON: {error}"]) from None
    faults = list(_faults(value))
    if faults:
        raise DefinitionError(f"settings {path}", faults)
    home = path.absolute().parent
    return Settings(
        tuple(_project(each, home) for each in value["projects"]), Limits(**value.get("limits", {}))
    )


def _project(value: Mapping[str, Any], home: Path) -> ProjectSettings:
    sources = {table: home / source for table, source in value["sources"].items()}
    as_of = value.get("as_of")
    return ProjectSettings(
        value["name"],
        home / value["champions"],
        sources,
        None if as_of is None else instant(as_of),
        value.get("quarantine", False),
    )


def _faults(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"expected an object, got {type(value).__name__}"
        return
    yield from _unknown(value, {"projects", "limits"}, "")
    projects = value.get("projects")
    if not isinstance(projects, list) or not projects:
        yield "projects must be a list of at least one project"
        projects = []
    names = [each.get("name") for each in projects if isinstance(each, dict)]
    yield from (f"two projects are called {name!r}" for name in names if names.count(name) > 1)
    for place, each in enumerate(projects):
        yield from _project_faults(each, f"projects[{place}]")
    yield from _limit_faults(value.get("limits", {}))


def _project_faults(value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} must be an object, got {type(value).__name__}"
        return
    yield from _unknown(value, {"name", "champions", "sources", "as_of", "quarantine"}, f"{where}.")
    for key in ("name", "champions"):
        if not isinstance(value.get(key), str) or not value[key]:
            yield f"{where}.{key} must be a text, got {value.get(key)!r}"
    sources = value.get("sources")
    if not isinstance(sources, dict) or not all(isinstance(each, str) for each in sources.values()):
        yield f"{where}.sources must map tables to paths, got {sources!r}"
    if not isinstance(value.get("quarantine", False), bool):
        yield f"{where}.quarantine must be true or false, got {value['quarantine']!r}"
    if value.get("as_of") is not None:
        try:
            iso(instant(str(value["as_of"])))
        except (DefinitionError, OverflowError):
            yield f"{where}.as_of must be an ISO 8601 instant with a zone, got {value['as_of']!r}"


def _limit_faults(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"limits must be an object, got {type(value).__name__}"
        return
    known = {each.name: each.default for each in fields(Limits)}
    yield from _unknown(value, set(known), "limits.")
    for name in sorted(set(value) & set(known)):
        number, whole = value[name], isinstance(known[name], int)
        kinds = (int,) if whole else (int, float)
        if isinstance(number, bool) or not isinstance(number, kinds) or not 0 < number < 2**40:
            kind = "whole number" if whole else "number"
            yield f"limits.{name} must be a {kind} above 0, got {number!r}"


def _unknown(value: Mapping[str, Any], known: set[str], where: str) -> Iterator[str]:
    for key in sorted(set(value) - known):
        yield f"unknown key {where}{key}; known are {sorted(known)}"
