"""From a request to its answer: pure of HTTP, and the only place that knows both ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from features.carriers.single import from_records
from features.errors import (
    ContractError,
    DefinitionError,
    SchemaError,
    UnknownCustomerError,
    UnknownTaskError,
)
from features.instants import instant, iso
from features.segments import Partition
from serving.refusals import RefusalError
from serving.roster import Roster, Served
from serving.schemas import Detail, ModelOf, ModelsAnswer, ScoreAnswer, ScoreOf, ScoreRequest
from serving.store import read_as_of, vectors_of
from training.cohort import belongs

CHUNK: Final = 64
"""Customers between two looks at whether anyone still waits."""

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
    for start in range(0, len(places), CHUNK):
        if stopped():
            raise TimeoutError("nobody waits for this answer any more")
        part = places[start : start + CHUNK]
        names = asked[start : start + CHUNK]
        try:
            scores += _scores(
                project, tasks, partition, names, part, cutoff, request.reasons, stamps
            )
        except SchemaError as error:
            raise RefusalError(
                422, "unscorable", f"the features cannot be scored: {error}"
            ) from None
    until = project.store.until if request.events is None else None
    return ScoreAnswer(scores=scores, errors=errors, data_until=until)


def models(roster: Roster) -> ModelsAnswer:
    """Describe every champion."""
    return ModelsAnswer(
        models=[
            ModelOf(
                task=task,
                project=project.name,
                model_version=scorer.version,
                digest=scorer.bundle.digest,
                horizon_days=scorer.bundle.task.horizon,
                gap_days=scorer.bundle.task.gap,
                trained=dict(scorer.bundle.trained),
                calibration=contract.to_json() if contract is not None else None,
                bands={band.name: band.at_least for band in scorer.bundle.bands},
                data_until=project.store.until,
            )
            for project in roster.projects
            for task, scorer in project.scorers.items()
            for contract in (scorer.bundle.contract,)
        ]
    )


def _chosen(roster: Roster, request: ScoreRequest) -> tuple[Served, tuple[str, ...]]:
    if request.tasks is None:
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
    top: int,
    stamps: dict[str, Any],
) -> Iterator[ScoreOf]:
    made: dict[str, list[ScoreOf]] = {}
    for catalogue, served in project.plan(tasks):
        rows = vectors_of(partition, places, cutoff, catalogue)
        for task in served:
            scorer = project.scorers[task]
            scores = scorer.score(rows)
            inside = belongs(scorer.bundle.task, rows)
            reasons = scorer.reasons(rows, top)
            made[task] = [
                ScoreOf.model_validate(
                    {
                        "customer": asked[row],
                        "task": task,
                        "score": float(scores.probability[row]),
                        "band": scores.band[row],
                        "calibration": {
                            "state": scores.state[row],
                            "segment": scores.segment[row],
                        },
                        "in_cohort": bool(inside[row]),
                        "reasons": [asdict(each) for each in reasons[row]],
                        "model_version": scorer.version,
                        **stamps,
                    }
                )
                for row in range(len(places))
            ]
    for row in range(len(places)):
        yield from (made[task][row] for task in tasks)
