"""Where a project's code lies, and where everything that Foretell makes goes."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import DefinitionError, StateError
from features.failing import own_code, written_at
from training.beside import champions_of

if TYPE_CHECKING:
    from training.config import Config
    from training.project import Project
    from training.registry import Registry


@dataclass(frozen=True)
class Workspace:
    """The folders in which results are kept.

    Parameters
    ----------
    mlruns : Path
        MLflow's database and artifacts, and the champions.
    out : Path
        Reports, scores and lists.
    """

    mlruns: Path
    out: Path

    @classmethod
    def at(cls, home: Path) -> Workspace:
        """Return the usual folders below one."""
        return cls(home / "mlruns", home / "out")

    def champions(self, project: str) -> Path:
        """Return the folder in which the server finds a project's champions."""
        return champions_of(self.mlruns, project)

    def proof(self, project: str) -> Path:
        """Return the folder in which a project's proof is kept; see `features.prove`."""
        return self.mlruns / "proofs" / project

    def registry(self) -> Registry:
        """Return the record of trainings."""
        from training.registry import Registry

        return Registry(self.mlruns)


@dataclass(frozen=True)
class Loaded:
    """A project read from its folder.

    Parameters
    ----------
    folder : Path
        Holds ``project.py`` and, optionally, ``train.toml``.
    project : Project
        What ``project.py`` calls ``project``.
    prepare : callable
        What it calls ``prepare``: from a cache folder to a source for each table.
    as_of : str or None
        What it calls ``as_of``: the cutoff of scores for data that are no longer fed.
    file : Path
        ``project.py``.
    pulled : frozenset of str
        Modules that its import pulled in.
    """

    folder: Path
    project: Project
    prepare: Callable[[Path], Mapping[str, Any]]
    as_of: str | None = None
    file: Path = Path("project.py")
    pulled: frozenset[str] = frozenset()

    @property
    def code(self) -> dict[str, str]:
        """Fingerprints of the code that the project brings; see `features.prove.code`."""
        from features.prove.code import project_code

        return project_code(self.file, self.pulled)

    def sources(self) -> Mapping[str, Any]:
        """Return a source for each table, fetched or made when they are not there yet.

        Raises
        ------
        ProjectError
            When ``prepare`` fails.
        DefinitionError
            When it leaves out a table, or names one that is not there.
        """
        from foretell.fetch import cache_folder

        place = written_at(self.prepare) or str(self.folder)
        with own_code("prepare() of the project", "mend it", place):
            found = self.prepare(cache_folder())
        if faults := list(_unsourced(self.project, found)):
            raise DefinitionError(f"what prepare() returns ({place})", faults)
        return found

    def config(self, task: str) -> Config:
        """Return the training settings of a task, with the texts that were written for reasons."""
        from training.config_file import read_config
        from training.reasons.settings import read_texts

        names = [each.name for each in self.project.tasks]
        config = read_config(self.folder / "train.toml", task, names)
        texts = read_texts(self.folder / "reasons.toml")
        return replace(config, reasons=replace(config.reasons, texts=texts)) if texts else config


def load(folder: Path) -> Loaded:
    """Read a project from its folder.

    Parameters
    ----------
    folder : Path
        Holds ``project.py`` with a ``project`` and a function ``prepare``.

    Returns
    -------
    Loaded

    Raises
    ------
    StateError
        When the file or one of the two names is missing.
    ProjectError
        When its code fails.
    """
    from training.project import Project

    file = folder / "project.py" if folder.is_dir() else folder
    if not file.is_file():
        raise StateError(f"{file} is not there; a project is a folder with a file project.py")
    spec = importlib.util.spec_from_file_location(f"foretell_project_{file.parent.name}", file)
    if spec is None or spec.loader is None:
        raise StateError(f"{file} is no Python file; a project is a folder with a file project.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    there = set(sys.modules)
    remedy = "mend the line, or install what it imports into the environment of foretell"
    with own_code("code of the project", remedy, str(file)):
        spec.loader.exec_module(module)
    project, prepare = getattr(module, "project", None), getattr(module, "prepare", None)
    if not isinstance(project, Project) or not callable(prepare):
        raise StateError(
            f"{file} must define `project` (a training.Project) and `prepare(cache)`, which "
            "returns a file or frame for each table"
        )
    pulled = frozenset(set(sys.modules) - there)
    return Loaded(file.parent, project, prepare, getattr(module, "as_of", None), file, pulled)


def name_of(folder: Path) -> str:
    """Return the name of a project; its code is run only if it does not say it plainly.

    A rollback must not wait for what a project imports, nor fail with it.
    """
    names = _said(folder, "Project")
    return names[0] if len(names) == 1 and names[0] else load(folder).project.name


def tasks_of(folder: Path) -> tuple[str, ...]:
    """Return the tasks that a project names plainly; its code is not run, and may name more."""
    return tuple(dict.fromkeys(name for name in _said(folder, "Task") if name))


def _said(folder: Path, kind: str) -> list[str]:
    """Return the names in the calls that make a project or a task; empty where it is not said."""
    file = folder / "project.py" if folder.is_dir() else folder
    try:
        nodes = list(ast.walk(ast.parse(file.read_bytes())))
    except (OSError, SyntaxError, ValueError):
        return []
    calls = [
        each
        for each in nodes
        if isinstance(each, ast.Call) and getattr(each.func, "id", "") == kind
    ]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    return [_name_in(call) for call in calls]


def _name_in(call: ast.Call) -> str:
    match [*call.args[:1], *(each.value for each in call.keywords if each.arg == "name")]:
        case [ast.Constant(value=str(name))]:
            return name
    return ""


def _unsourced(project: Project, found: object) -> Iterator[str]:
    if not isinstance(found, Mapping):
        yield (
            "expected a mapping from the name of each table to its source, as "
            f"{{'{project.tables[0].name}': 'file.parquet'}}, got {type(found).__name__}"
        )
        return
    names = [table.name for table in project.tables]
    for name in names:
        if name not in found:
            yield f"table '{name}' has no source; return a file, a frame or a table for it"
    for name in found:
        if name not in names:
            yield f"no table is named '{name}'; the project has {', '.join(names)}"
