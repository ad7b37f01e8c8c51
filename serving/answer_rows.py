"""From posted rows of a ready-made table to their scores: pure of HTTP."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from features.errors import UnknownTaskError
from features.instants import instant, iso
from features.kernel import Vectors
from features.ready.given import feature_name
from features.ready.table import LabelledTable
from serving.posted_rows import read_posted
from serving.refusals import RefusalError
from serving.roster import Roster, ServedRows
from serving.row_schemas import RowsAnswer, RowScoreOf, RowsRequest
from serving.tell import parts, tell
from serving.unlike import Unlike
from training.bundle import Bundle
from training.bundle.asked import vectors_of_rows


def answer_rows(
    roster: Roster, request: RowsRequest, stopped: Callable[[], bool] = lambda: False
) -> RowsAnswer:
    """Score the rows of a request.

    Parameters
    ----------
    roster : Roster
        Champions.
    request : RowsRequest
        What is asked.
    stopped : callable
        Tells that nobody waits for the answer any more.

    Returns
    -------
    RowsAnswer
        The scores that `serving.ready.score_rows` writes for the same rows in a file.

    Raises
    ------
    RefusalError
        404 for tasks that take no rows; 422 for rows that break the contract.
    TimeoutError
        When stopped.
    """
    project, task = _chosen(roster, request.task)
    scorer = project.scorers[task]
    present = roster.clock()
    rows = read_posted(project.contracts[task], request.rows, present)
    found = vectors_of_rows(rows)
    looked = Unlike(scorer.bundle)
    looked.look(found)
    whose = [None] * len(found) if rows.customers is None else rows.customers.tolist()
    strange = _strange(scorer.bundle, project.contracts[task], found)
    scored_at = iso(instant(present))
    scores: list[RowScoreOf] = []
    for part in parts(len(found), stopped):
        places = np.arange(part.start, part.stop)
        told = tell(scorer, found.take(places), request)
        scores += [
            RowScoreOf(
                customer=whose[place],
                row=place,
                as_of=iso(int(found.cutoffs[place])),
                scored_at=scored_at,
                unknown=[column for column in strange if strange[column][place]],
                **each,
            )
            for place, each in zip(places.tolist(), told, strict=True)
        ]
    return RowsAnswer(scores=scores, unlike_training=looked.sentences())


def _strange(bundle: Bundle, contract: LabelledTable, found: Vectors) -> dict[str, list[bool]]:
    """Tell by column which rows hold a level that the model does not know."""
    columns = {feature_name(column): column for column in contract.categories}
    return {
        columns[each.name]: [
            cell is not None and cell not in each.levels for cell in found.columns[each.name]
        ]
        for each in bundle.schema.columns
        if each.levels is not None and each.name in columns
    }


def _chosen(roster: Roster, task: str | None) -> tuple[ServedRows, str]:
    try:
        if task is not None:
            return roster.of_rows(task), task
    except UnknownTaskError as error:
        raise RefusalError(404, "unknown_task", str(error)) from None
    served = [(project, each) for project in roster.ready for each in project.scorers]
    if len(served) == 1:
        return served[0]
    if not served:
        raise RefusalError(404, "unknown_task", str(roster.unknown("rows")))
    details = [
        {"where": "task", "message": f"'{each}' belongs to project '{project.name}'"}
        for project, each in served
    ]
    raise RefusalError(422, "ambiguous_task", "several tasks take rows: name one", details)
