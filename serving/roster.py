"""Who answers for which task: champions and stores, loaded once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from features.aside import Aside
from features.boards.boards import related
from features.carriers import duck
from features.catalogue import Catalogue
from features.errors import DefinitionError, StateError, UnknownTaskError
from features.ready.table import LabelledTable
from features.segments import Partition
from features.tables import Table
from serving.scorer import Scorer
from serving.settings import ProjectSettings, Settings
from serving.store import Clock, EventStore
from training.bundle import Bundle, read_bundle
from training.bundle.asked import contract_of
from training.bundle.later import as_found
from training.cohort import tallies

Load = Callable[[Sequence[Table], Mapping[str, Path], Mapping[str, set[str]], bool], Partition]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Served:
    """One project in service.

    Parameters
    ----------
    name : str
        Project.
    tables : tuple of Table
        Contracts of all its tables.
    scorers : mapping of str to Scorer
        By task.
    store : EventStore
        Its customers.
    as_of : int or None
        Cutoff of requests that name none; None is the present.
    """

    name: str
    tables: tuple[Table, ...]
    scorers: Mapping[str, Scorer]
    store: EventStore
    as_of: int | None = None

    @lru_cache(maxsize=64)  # noqa: B019 (as many as there are projects, and they stay)
    def plan(self, tasks: tuple[str, ...]) -> tuple[tuple[Catalogue, tuple[str, ...]], ...]:
        """Return what to compute for some tasks: catalogues, each with the tasks it serves.

        Tasks share one catalogue, unless two of their features have one name and two meanings.
        """
        made: list[tuple[Catalogue, tuple[str, ...]]] = []
        for task in tasks:
            wanted = needs(self.scorers[task].bundle)
            for place, (catalogue, served) in enumerate(made):
                try:
                    made[place] = (catalogue + wanted, (*served, task))
                    break
                except DefinitionError:
                    continue
            else:
                made.append((wanted, (task,)))
        return tuple(made)


@dataclass(frozen=True, eq=False)
class ServedRows:
    """One project in service whose rows come with the request: a ready-made table.

    Parameters
    ----------
    name : str
        Project.
    scorers : mapping of str to Scorer
        By task.
    contracts : mapping of str to LabelledTable
        What the rows of each task must hold.
    """

    name: str
    scorers: Mapping[str, Scorer]
    contracts: Mapping[str, LabelledTable]


@dataclass(frozen=True, eq=False)
class Roster:
    """Every project in service.

    Parameters
    ----------
    projects : tuple of Served
        Those of events.
    clock : callable
        Returns the present as an aware datetime.
    ready : tuple of ServedRows
        Those of ready-made tables; the task names of all projects are distinct.
    """

    projects: tuple[Served, ...]
    clock: Clock
    ready: tuple[ServedRows, ...] = ()

    def of_task(self, task: str) -> Served:
        """Return the project of events that a task belongs to.

        Raises
        ------
        UnknownTaskError
            With the tasks that are known.
        """
        found = next((each for each in self.projects if task in each.scorers), None)
        if found is None:
            raise self.unknown("customers", task)
        return found

    def of_rows(self, task: str) -> ServedRows:
        """Return the ready-made project that a task belongs to.

        Raises
        ------
        UnknownTaskError
            With the tasks that are known.
        """
        found = next((each for each in self.ready if task in each.scorers), None)
        if found is None:
            raise self.unknown("rows", task)
        return found

    def unknown(self, asked: Literal["customers", "rows"], task: str = "") -> UnknownTaskError:
        """Return the error of a task that is not served, or not of what was asked."""
        addresses = {"customers": "/v1/score", "rows": "/v1/rows"}
        takes = {
            "customers": sorted(name for each in self.projects for name in each.scorers),
            "rows": sorted(name for each in self.ready for name in each.scorers),
        }
        known = "; ".join(
            f"{', '.join(names)} ({kind}, at {addresses[kind]})"
            for kind, names in takes.items()
            if names
        )
        named = f"task '{task}'" if task else "task"
        return UnknownTaskError(f"no {named} takes {asked} here; known are {known}")


def needs(bundle: Bundle) -> Catalogue:
    """Return the features that a score takes: what the bundle reads and counts of the cohort."""
    return bundle.reads + tallies(bundle.task)


def read_tables(
    tables: Sequence[Table],
    sources: Mapping[str, Path],
    columns: Mapping[str, set[str]],
    quarantine: bool,
) -> Partition:
    """Read the customers of a project; what is set aside is told in the log."""
    told: list[Aside] = []
    receiver = told.append if quarantine else None
    part = duck.load(tables, sources, columns=columns, quarantine=receiver)
    for each in told:
        logger.warning("%s", each)
    return related([part])[0]


def load_roster(
    settings: Settings,
    *,
    clock: Clock = lambda: datetime.now(UTC),
    load: Load = read_tables,
) -> Roster:
    """Read champions and stores.

    Parameters
    ----------
    settings : Settings
        What to serve.
    clock : callable
        Returns the present.
    load : callable
        Turns tables, sources, the columns to read, and whether rows may be set aside, into a
        partition.

    Returns
    -------
    Roster

    Raises
    ------
    BundleError
        When a bundle does not verify.
    StateError
        When there is no champion, projects share a task name, or bundles disagree about a table.
    """
    served = [_served(each, clock, load) for each in settings.projects]
    owners: dict[str, str] = {}
    for project in served:
        for task in project.scorers:
            if task in owners:
                raise StateError(
                    f"task '{task}' belongs to projects '{owners[task]}' and '{project.name}'; "
                    "rename one, or serve them apart"
                )
            owners[task] = project.name
    return Roster(
        tuple(each for each in served if isinstance(each, Served)),
        clock,
        tuple(each for each in served if isinstance(each, ServedRows)),
    )


def champions(folder: Path) -> dict[str, Bundle]:
    """Read the bundles of a folder of champions, by task.

    Raises
    ------
    StateError
        When the folder is missing or empty, or a bundle lies under another task's name.
    """
    folders = sorted(each for each in folder.glob("*") if each.is_dir() and each.name[0] != ".")
    if not folders:
        raise StateError(f"no champion lies in {folder}; train and promote a model first")
    bundles = {each.name: as_found(folder, read_bundle(each)) for each in folders}
    for name, bundle in bundles.items():
        if bundle.name != name:
            raise StateError(f"{folder / name} holds a bundle of task '{bundle.name}'; move it")
    return bundles


def _served(settings: ProjectSettings, clock: Clock, load: Load) -> Served | ServedRows:
    bundles = champions(settings.champions)
    for task, bundle in bundles.items():
        if bundle.project != settings.name:
            raise StateError(
                f"{settings.champions / task} was trained for project '{bundle.project}', not for "
                f"'{settings.name}'"
            )
    scorers = {task: Scorer(bundle) for task, bundle in bundles.items()}
    for scorer in scorers.values():
        scorer.warm()
    made = [task for task, bundle in bundles.items() if bundle.task.is_given]
    if made and len(made) < len(bundles):
        others = ", ".join(sorted(bundles.keys() - set(made)))
        raise StateError(
            f"the champions of {', '.join(made)} were trained on a ready-made table, and those of "
            f"{others} on events; move those that the project no longer has out of "
            f"{settings.champions}"
        )
    if made:
        contracts = {task: contract_of(bundle) for task, bundle in bundles.items()}
        return ServedRows(settings.name, scorers, contracts)
    tables, store = _stored(settings, bundles, clock, load)
    return Served(settings.name, tables, scorers, store, settings.as_of)


def _stored(
    settings: ProjectSettings, bundles: Mapping[str, Bundle], clock: Clock, load: Load
) -> tuple[tuple[Table, ...], EventStore]:
    tables = _tables(bundles)
    columns: dict[str, set[str]] = {table.name: set() for table in tables}
    for bundle in bundles.values():
        for table, read in needs(bundle).columns_read().items():
            columns[table] |= read
    known = {table.name for table in tables}
    # A project may have tables that no champion reads.
    sources = {name: path for name, path in settings.sources.items() if name in known}
    store = EventStore(load(tables, sources, columns, settings.quarantine), clock)
    for bundle in bundles.values():
        store.publish(needs(bundle), settings.as_of)
    return tables, store


def _tables(bundles: Mapping[str, Bundle]) -> tuple[Table, ...]:
    found: dict[str, tuple[str, Table]] = {}
    for task, bundle in bundles.items():
        for table in bundle.tables:
            first, known = found.setdefault(table.name, (task, table))
            if known != table:
                raise StateError(
                    f"the champions of '{first}' and '{task}' read table '{table.name}' by "
                    "different contracts; train and promote one of them again"
                )
    return tuple(table for _, table in found.values())
