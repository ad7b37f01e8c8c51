"""The tables of a project, checked, read and sorted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from features.arguments import SOURCES, require
from features.aside import Aside
from features.boards.boards import related
from features.carriers import duck
from features.contract import Checked
from features.errors import DefinitionError
from features.notice import Notice
from features.reading import Source, label_of
from features.ready.given import given
from features.ready.read import Rows, read_rows
from features.segments import Partition
from training.config import Config
from training.learn import Say
from training.project import Project

ROWS: Final = "rows"
"""Source that takes the place of tables when rows were made elsewhere."""


@dataclass(frozen=True, eq=False)
class Data:
    """The checked tables of a project, sorted by customer and time.

    Parameters
    ----------
    checked : mapping of str to Checked
        What the contract check found of each table.
    partitions : sequence of Partition
        All customers.
    sources : mapping of str to str
        Where each table came from, in words.
    ready : Rows or None
        The rows of a ready-made table, which has no events and no partitions.
    rows : Path, optional
        Folder of rows that were made elsewhere; there are no tables then.
    """

    checked: Mapping[str, Checked]
    partitions: Sequence[Partition]
    sources: Mapping[str, str]
    ready: Rows | None = None
    rows: Path | None = None

    def described(self, project: Project) -> Project:
        """Return the project; of a ready-made table, with its columns as features."""
        if self.ready is None:
            return project
        table = self.ready.table
        return Project(project.name, [table], given(table), project.tasks)

    def timed(self, config: Config) -> Config:
        """Return the settings; of a ready-made table, with the split that its times allow."""
        if self.ready is None:
            return config
        table = self.ready.table
        by_time = bool(table.time) or table.order
        return replace(config, split="time" if by_time else "customer", cutoff=table.as_of or "")

    @property
    def aside(self) -> dict[str, Aside]:
        """What was set aside, by table; empty when nothing may be."""
        found = {name: each.aside for name, each in self.checked.items()}
        return {name: aside for name, aside in found.items() if aside is not None}

    @property
    def erased(self) -> dict[str, int]:
        """Rows of customers who asked to be forgotten, by table that lost some."""
        return {name: each.erased for name, each in self.checked.items() if each.erased}


def given_data(folder: Path) -> Data:
    """Return what takes the place of tables when rows were made elsewhere.

    Parameters
    ----------
    folder : Path
        Rows, see `training.large.given.given`.
    """
    return Data({}, (), {ROWS: str(folder)}, rows=folder)


def open_data(
    project: Project, sources: Mapping[str, Source], say: Say, judged_by: Collection[str] = ()
) -> Data:
    """Check every table against its contract, then read and sort them.

    Parameters
    ----------
    project : Project
        Contracts.
    sources : mapping of str to Source
        A file or frame for each table.
    say : callable
        Told what is being done.
    judged_by : collection of str
        Of a ready-made table, attributes that models are judged by though none reads them; see
        `training.judge.settings.Judging.names`.

    Raises
    ------
    ContractError
        When data break a contract.
    DefinitionError
        With every table that has no source, and every source that has no table.
    """
    _require_sources(project, sources)
    if project.ready is not None:
        say("checking and reading the table")
        source = sources[project.ready.name]
        return ready_data(read_rows(project.ready, source, judged_by=judged_by))
    say("checking, reading and sorting the tables")
    checked: dict[str, Checked] = {}
    told: list[Aside] = []
    # Read once: a table of a database may grow between two readings.
    parts = related(
        duck.partitions(
            project.tables,
            sources,
            quarantine=told.append if project.quarantine else None,
            report=checked.__setitem__,
        )
    )
    for each in told:
        say(Notice(str(each)))
    if not told:
        for name, held in checked.items():
            if held.erased:
                words = f"{held.erased:,} rows of {name} left out: their customers were erased"
                say(Notice(words))
    origins = {name: _origin(source, checked[name]) for name, source in sources.items()}
    return Data(checked, parts, origins)


def ready_data(rows: Rows) -> Data:
    """Return the data of a project that is about one ready-made table."""
    timed = bool(rows.table.time)
    first, last = (int(rows.times.min()), int(rows.times.max())) if timed else (None, None)
    checked = {rows.table.name: Checked(len(rows), first, last, last)}
    return Data(checked, (), {rows.table.name: rows.source}, rows)


def _require_sources(project: Project, sources: Mapping[str, Source]) -> None:
    what = f"data of project '{project.name}'"
    require(what, {"sources": SOURCES}, sources=sources)
    names = [table.name for table in project.tables]
    faults = [f"table '{name}' has no source" for name in names if name not in sources]
    faults += [f"no table is named '{name}'" for name in sources if name not in names]
    if faults:
        raise DefinitionError(what, faults)


def _origin(source: Source, checked: Checked) -> str:
    name = label_of(source)
    if checked.aside is not None:
        return f"{name}; {checked.aside}"
    gone = f"; {checked.erased:,} rows of erased customers left out" if checked.erased else ""
    return name + gone
