"""From a request for customers to its answer: pure of HTTP, and the place that knows both ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from features.carriers.single import from_records
from features.errors import (
    ContractError,
    DefinitionError,
    UnknownCustomerError,
    UnknownTaskError,
)
from features.instants import instant, iso
from features.segments import Partition
from serving.refusals import RefusalError
from serving.roster import Roster, Served
from serving.schemas import Detail, ScoreAnswer, ScoreOf, ScoreRequest
from serving.store import read_as_of, vectors_of
from serving.tell import parts, tell
from training.cohort import belongs

_MOST_VIOLATIONS: Final = 1_000


def answer(
    roster: Roster, request: ScoreRequest, stopped: Callable[[], bool] = lambda: False
) -> ScoreAnswer:
    """Score the customers of a request.

    Parameters
    ----------
    roster : Roster
        Champions and stores.
    request : ScoreRequest
        What is asked.
    stopped : callable
        Tells that nobody waits for the answer any more.

    Returns
    -------
    ScoreAnswer

    Raises
    ------
    RefusalError
        404 for unknown tasks, and when all customers are unknown; 422 for tasks of several
        projects, an ``as_of`` that cannot be, and records that break their contract.
    TimeoutError
        When stopped.
    """
    project, tasks = _chosen(roster, request)
    present = roster.clock()
    try:
        cutoff = read_as_of(request.as_of, present)
    except (DefinitionError, OverflowError) as error:
        detail = {"where": "as_of", "message": str(error)}
        raise RefusalError(
            422, "invalid_as_of", "as_of cannot be used; see details", [detail]
        ) from None
    # Stored events may end with the project's data; posted ones are of the present.
    if request.as_of is None and request.events is None and project.as_of is not None:
        cutoff = project.as_of
    errors: list[Detail] = []
    if request.events is None:
        partition = project.store.partition
        asked, places, errors = _places(project, request.customers, cutoff)
    else:
        _require_consent(project, request.customers[0], cutoff)
        partition = _posted(project, request, instant(present))
        asked, places = request.customers, [0]
    stamps = {"as_of": iso(cutoff), "scored_at": iso(instant(present))}
    scores: list[ScoreOf] = []
    for part in parts(len(places), stopped):
        names, where = asked[part], places[part]
        scores += _scores(project, tasks, partition, names, where, cutoff, request, stamps)
    until = project.store.until if request.events is None else None
    return ScoreAnswer(scores=scores, errors=errors, data_until=until)


def _chosen(roster: Roster, request: ScoreRequest) -> tuple[Served, tuple[str, ...]]:
    if request.tasks is None:
        if not roster.projects:
            raise RefusalError(404, "unknown_task", str(roster.unknown("customers")))
        if len(roster.projects) == 1:
            only = roster.projects[0]
            return only, tuple(only.scorers)
        owned = {project.name: list(project.scorers) for project in roster.projects}
        raise _mixed("several projects are served: name tasks of one", owned)
    owned = {}
    try:
        for task in request.tasks:
            owned.setdefault(roster.of_task(task).name, []).append(task)
    except UnknownTaskError as error:
        raise RefusalError(404, "unknown_task", str(error)) from None
    if len(owned) > 1:
        raise _mixed("tasks of several projects cannot be mixed: ask for each in turn", owned)
    return roster.of_task(request.tasks[0]), tuple(request.tasks)


def _mixed(message: str, owned: dict[str, list[str]]) -> RefusalError:
    details = [
        {"where": "tasks", "message": f"'{task}' belongs to project '{project}'"}
        for project, tasks in owned.items()
        for task in tasks
    ]
    return RefusalError(422, "mixed_projects", message, details)


def _places(
    project: Served, customers: Sequence[int | str], cutoff: int
) -> tuple[list[int | str], list[int], list[Detail]]:
    """Return who is answered, where they stand, and why others are not."""
    asked, places, errors = [], [], []
    for order, customer in enumerate(customers):
        try:
            place = project.store.position(customer, cutoff)
            project.store.require_consent(customer, place, cutoff)
            asked.append(customer)
            places.append(place)
        except UnknownCustomerError as error:
            where = f"customers.{order}"
            errors.append(Detail(where=where, message=str(error), customer=customer))
    if not places:
        many = "the customer is" if len(customers) == 1 else "all customers are"
        details = [each.model_dump() for each in errors]
        raise RefusalError(404, "unknown_customer", f"{many} unknown; see details", details)
    return asked, places, errors


def _require_consent(project: Served, customer: int | str, cutoff: int) -> None:
    """Refuse posted records of a customer who is stored and may not be scored."""
    try:
        place = project.store.position(customer, cutoff)
    except UnknownCustomerError:
        return
    try:
        project.store.require_consent(customer, place, cutoff)
    except UnknownCustomerError as error:
        detail = {"where": "customers.0", "message": str(error)}
        message = "the customer may not be scored; see details"
        raise RefusalError(404, "unknown_customer", message, [detail]) from None


def _posted(project: Served, request: ScoreRequest, present: int) -> Partition:
    try:
        posted, one = request.events or {}, request.customers[0]
        read = from_records(project.tables, posted, one, now=present)
        # What is known of others does not come with a request.
        return replace(read, boards=project.store.partition.boards)
    except ContractError as error:
        found = error.violations
        details = [
            {"where": f"events.{each.column}", "message": str(each)}
            for each in found[:_MOST_VIOLATIONS]
        ]
        ways = "1 way" if len(found) == 1 else f"{len(found):,} ways"
        message = f"the records break the contract of {error.table} in {ways}"
        raise RefusalError(422, "contract_broken", message, details) from None


def _scores(
    project: Served,
    tasks: tuple[str, ...],
    partition: Partition,
    asked: Sequence[int | str],
    places: Sequence[int],
    cutoff: int,
    request: ScoreRequest,
    stamps: dict[str, Any],
) -> Iterator[ScoreOf]:
    made: dict[str, list[ScoreOf]] = {}
    for catalogue, served in project.plan(tasks):
        rows = vectors_of(partition, places, cutoff, catalogue)
        for task in served:
            scorer = project.scorers[task]
            inside = belongs(scorer.bundle.task, rows).tolist()
            told = tell(scorer, rows, request)
            made[task] = [
                ScoreOf(customer=customer, in_cohort=is_in, **each, **stamps)
                for customer, is_in, each in zip(asked, inside, told, strict=True)
            ]
    for row in range(len(places)):
        yield from (made[task][row] for task in tasks)
