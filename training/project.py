"""A project: tables, features and tasks of one business, as one value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from features.arguments import Kind, listed, require
from features.builders import CONTRACT
from features.catalogue import Catalogue
from features.errors import DefinitionError, UnknownTaskError
from features.names import name_faults
from features.needs import refuse_own_code
from features.ready.table import LabelledTable
from features.tables import EventTable, Table, register_faults
from training.tasks import Task

_TASK: Final = Kind(
    "a task", "write Task(...) around the label", lambda value: isinstance(value, Task)
)
_CATALOGUE: Final = Kind(
    "a Catalogue",
    "write Catalogue([...]) around the features",
    lambda value: isinstance(value, Catalogue),
)
_NONE: Final = Catalogue(())


@dataclass(frozen=True)
class Project:
    """What a business knows of its customers and asks about them.

    Parameters
    ----------
    name : str
        Lower-case name.
    tables : sequence of Table
        Contracts of the tables; among them, one of a kind, those that say who is who, who asked to
        be forgotten and what customers agreed to (`features.registers`).
    catalogue : Catalogue
        Features that every task reads; none for a ready-made table, which has them.
    tasks : sequence of Task
        Questions.
    quarantine : bool
        Set aside rows that break a contract by themselves, and say how many, wherever the tables
        are read. Otherwise one such row refuses its table.

    Raises
    ------
    DefinitionError
        With every fault of the whole project.

    Examples
    --------
    >>> from features import count
    >>> from training.tasks import Cohort, silent
    >>> visits = EventTable("visits", customer="id", occurred_at="at")
    >>> churn = Task("churn", silent(visits), Cohort(active=91), horizon=56)
    >>> shop = Project("shop", [visits], Catalogue([count(visits, 28)]), [churn])
    >>> shop.task("churn").horizon
    56
    """

    name: str
    tables: tuple[Table, ...]
    catalogue: Catalogue
    tasks: tuple[Task, ...]
    quarantine: bool

    def __init__(
        self,
        name: str,
        tables: Iterable[Table],
        catalogue: Catalogue = _NONE,
        tasks: Iterable[Task] = (),
        quarantine: bool = False,
    ) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "tables", listed(f"project '{name}'", tables, CONTRACT))
        object.__setattr__(self, "catalogue", catalogue)
        object.__setattr__(self, "tasks", listed(f"project '{name}'", tasks, _TASK))
        require(f"project '{name}'", {"catalogue": _CATALOGUE}, catalogue=catalogue)
        object.__setattr__(self, "quarantine", quarantine)
        faults = list(self._faults())
        if faults:
            raise DefinitionError(f"project '{name}'", dict.fromkeys(faults))

    def task(self, name: str) -> Task:
        """Return a task by name.

        Raises
        ------
        UnknownTaskError
            With the names that are known.
        """
        for task in self.tasks:
            if task.name == name:
                return task
        known = ", ".join(task.name for task in self.tasks) or "none"
        raise UnknownTaskError(f"project '{self.name}' has no task '{name}'; it has {known}")

    def table(self, name: str) -> Table:
        """Return a table by name, which must be one of the project's."""
        return next(table for table in self.tables if table.name == name)

    @property
    def ready(self) -> LabelledTable | None:
        """The ready-made table that the project is about; None for a project of events."""
        found = [table for table in self.tables if isinstance(table, LabelledTable)]
        return found[0] if found else None

    def features_of(self, task: Task) -> Catalogue:
        """Return what the model of a task reads: the catalogue and the task's own features."""
        own = () if task.is_given else (*task.features, task.recency)
        return self.catalogue + own

    def computed_for(self, task: Task) -> Catalogue:
        """Return what is computed for a task: what its model reads, and what is only encoded."""
        return self.features_of(task) + task.levels

    def _faults(self) -> Iterable[str]:
        yield from name_faults(self.name)
        for kind, names in {
            "tables": [table.name for table in self.tables],
            "tasks": [task.name for task in self.tasks],
        }.items():
            for name in sorted({name for name in names if names.count(name) > 1}):
                yield f"two {kind} are called '{name}'"
        yield from register_faults(self.tables)
        if self.ready is not None:
            yield from self._ready_faults(self.ready)
        elif not any(isinstance(table, EventTable) for table in self.tables):
            yield "a project needs at least one event table, or a ready-made one (LabelledTable)"
        own = _misfits(self.catalogue, self.tables)
        yield from own
        known = {table.name: table for table in self.tables}
        for task in self.tasks:
            found = task.check(known)
            # A table that is not there would be told again by everything that reads it.
            implied = (
                []
                if found or task.is_given
                else [
                    task.recency,
                    task.members,
                    task.events,
                    *(each.events for each in task.weigh),
                ]
            )
            try:
                every = self.catalogue + task.features + dict.fromkeys(implied) + task.levels
                found += _misfits(every, self.tables)
                found += [
                    f"'{each.name}' is a feature and a target rate; name the feature otherwise"
                    for each in task.encode
                    if each.name in every.names
                ]
            except DefinitionError as error:
                found += error.faults
            yield from (f"task '{task.name}': {fault}" for fault in found if fault not in own)

    def _ready_faults(self, table: LabelledTable) -> Iterator[str]:
        others = [each.name for each in self.tables if each is not table]
        if others:
            yield (
                f"'{table.name}' is a ready-made table, and stands alone in a project: move "
                f"{', '.join(others)} to another one"
            )
        if self.quarantine:
            yield "quarantine sets aside events; mend the rows of a ready-made table instead"


def _misfits(catalogue: Catalogue, tables: Iterable[Table]) -> tuple[str, ...]:
    try:
        catalogue.check(tables)
    except DefinitionError as error:
        return error.faults
    return ()


def require_portable(project: Project, task: Task) -> None:
    """Refuse a task with a feature that no bundle can carry; it takes no data to tell.

    Raises
    ------
    DefinitionError
        With every feature of an aggregate or operation that Foretell does not know.
    """
    refuse_own_code(project.computed_for(task), f"task '{task.name}'", "a bundle")
