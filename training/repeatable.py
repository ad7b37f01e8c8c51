"""What a run keeps so that it can be repeated: settings, definitions, versions, hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from features.catalogue import Catalogue
from features.errors import StateError
from features.tables import table_from_json
from training.bundle import Bundle
from training.bundle.manifest import sha256
from training.config import Config, Params
from training.config_file import config_from_json
from training.data import ROWS
from training.learn import Learned
from training.project import Project
from training.tasks import Task, task_from_json

FILE: Final = "repeat.json"
"""Artifact of a run."""


@dataclass(frozen=True)
class Repeatable:
    """A training, as it can be done again.

    Parameters
    ----------
    project : Project
        With the one task.
    config : Config
        As it was.
    params : tuple of Params
        What the search chose, the best first. It need not be searched for again.
    sources : mapping of str to str
        Where each table came from, in words.
    data_hash : str
        Of the rows, see `training.provenance.data_hash`.
    model : str
        SHA-256 of ``model.txt``.
    commit : str
        Of the code.
    versions : mapping of str to str
        Of the libraries.
    rows : str
        Folder of rows that were made elsewhere, as it was named; empty when tables were read.
    """

    project: Project
    config: Config
    params: tuple[Params, ...]
    sources: Mapping[str, str]
    data_hash: str
    model: str
    commit: str
    versions: Mapping[str, str]
    rows: str = ""

    @property
    def task(self) -> Task:
        """The question."""
        return self.project.tasks[0]

    @property
    def again(self) -> Config:
        """The settings of a training that tries only what the search chose."""
        search = replace(self.config.search, budget="", stop_early=False)
        first, many = self.params[0], len(self.params)
        return replace(self.config, trials=many, params=first, search=search)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "project": definition(self.project, self.task),
            "config": asdict(self.config),
            "params": [asdict(each) for each in self.params],
            "sources": dict(self.sources),
            "data_hash": self.data_hash,
            "model": self.model,
            "commit": self.commit,
            "versions": dict(self.versions),
            **({"rows": self.rows} if self.rows else {}),
        }


def repeatable(
    project: Project,
    task: Task,
    config: Config,
    learned: Learned,
    bundle: Bundle,
    sources: Mapping[str, str],
    rows: str = "",
) -> Repeatable:
    """Return what is kept of a training; see `Repeatable`."""
    return Repeatable(
        Project(project.name, project.tables, project.catalogue, [task], project.quarantine),
        config,
        tuple(each.params for each in learned.members),
        sources,
        bundle.trained["data_hash"],
        sha256(bundle.model_text.encode()),
        bundle.trained["commit"],
        bundle.trained["versions"],
        rows,
    )


def definition(project: Project, task: Task) -> dict[str, Any]:
    """Return what a model of a task is defined by, as plain JSON values."""
    return {
        "name": project.name,
        "tables": [table.to_json() for table in project.tables],
        "catalogue": project.catalogue.to_json(),
        "task": task.to_json(),
        "quarantine": project.quarantine,
    }


def repeatable_from_json(text: str) -> Repeatable:
    """Read back what ``to_json`` wrote.

    Raises
    ------
    StateError
        When it is none: another version of Foretell wrote it.
    """
    try:
        value = json.loads(text)
        held = value["project"]
        project = Project(
            held["name"],
            [table_from_json(each) for each in held["tables"]],
            Catalogue.from_json(held["catalogue"]),
            [task_from_json(held["task"])],
            held["quarantine"],
        )
        return Repeatable(
            project,
            config_from_json(value["config"]),
            tuple(Params(**each) for each in value["params"]),
            value["sources"],
            value["data_hash"],
            value["model"],
            value["commit"],
            value["versions"],
            value.get("rows", _folder(value["sources"], held["tables"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StateError(
            f"{FILE} of the run says nothing that this Foretell can repeat ({error!r}); repeat it "
            "with the version that trained it"
        ) from None


def _folder(sources: Mapping[str, str], tables: Sequence[Mapping[str, Any]]) -> str:
    """Return the folder of rows of a run that wrote it among its sources only; else nothing."""
    lone = [*sources] == [ROWS] and [each["name"] for each in tables] != [ROWS]
    return sources[ROWS] if lone else ""
