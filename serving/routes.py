"""The addresses under ``/v1``.

They are a Starlette application of their own, mounted into the BentoML service. BentoML's API
methods answer every invalid body with 400, log a traceback for each, have another error shape for
each kind of error and describe one response only; here the statuses, the shape and the OpenAPI
document are what they say.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Address

from serving.answer import answer
from serving.answer_rows import answer_rows
from serving.guard import ERROR_TYPE, Route
from serving.models import models
from serving.refusals import RefusalError, not_ready
from serving.roster import Roster
from serving.row_schemas import RowsAnswer, RowsRequest
from serving.schemas import ScoreAnswer, ScoreRequest, parse

Gone = Callable[[], bool]
Answer = TypeVar("Answer")
Asked = TypeVar("Asked", ScoreRequest, RowsRequest)

ROUTES: Final = (
    Route("/v1/score", ("POST",)),
    Route("/v1/rows", ("POST",)),
    Route("/v1/models"),
    Route("/docs.json"),
    Route("/metrics"),
    Route("/livez", health=True),
    Route("/healthz", health=True),
    Route("/readyz", health=True),
)

# Handing a request to a thread takes as long as scoring a customer: few are scored at once.
_SMALL_BODY: Final = 2**16
_FEW: Final = 4


@dataclass(frozen=True, eq=False)
class Desk:
    """What answers requests once everything is loaded.

    Parameters
    ----------
    roster : Roster
        Champions and stores.
    threads : anyio.CapacityLimiter
        How many requests are scored at once.
    count : callable
        Told every answer.
    """

    roster: Roster
    threads: anyio.CapacityLimiter
    count: Callable[[ScoreAnswer | RowsAnswer], None] = lambda answer: None


def application() -> Starlette:
    """Return the application; it answers 503 until its ``state.desk`` is set."""
    app = Starlette(
        routes=[
            Address("/score", _score, methods=["POST"]),
            Address("/rows", _rows, methods=["POST"]),
            Address("/models", _models, methods=["GET"]),
        ],
        exception_handlers={RefusalError: _refused},
    )
    app.state.desk = None
    return app


async def _score(request: Request) -> Response:
    return await _answered(request, ScoreRequest, lambda asked: len(asked.customers), answer)


async def _rows(request: Request) -> Response:
    return await _answered(request, RowsRequest, lambda asked: len(asked.rows), answer_rows)


async def _answered(
    request: Request,
    shape: type[Asked],
    count: Callable[[Asked], int],
    answering: Callable[[Roster, Asked, Gone], ScoreAnswer | RowsAnswer],
) -> Response:
    desk = _desk(request)
    body = await _json(request)
    asked = parse(body, shape) if len(body) <= _SMALL_BODY else None
    if asked is not None and count(asked) <= _FEW and not asked.counterfactual:
        found = answering(desk.roster, asked, lambda: False)
    else:

        def work(gone: Gone) -> ScoreAnswer | RowsAnswer:
            return answering(desk.roster, asked or parse(body, shape), gone)

        found = await _in_thread(desk, work)
    desk.count(found)
    return Response(found.model_dump_json(), media_type="application/json")


async def _json(request: Request) -> bytes:
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise RefusalError(
            415, "unsupported_type", "send the header 'Content-Type: application/json'"
        )
    return await request.body()


async def _in_thread(desk: Desk, work: Callable[[Gone], Answer]) -> Answer:
    gone = threading.Event()
    try:
        # The limiter counts the thread until it ends, also when nobody waits for it any more.
        return await anyio.to_thread.run_sync(
            work, gone.is_set, abandon_on_cancel=True, limiter=desk.threads
        )
    except asyncio.CancelledError:
        gone.set()
        raise


async def _models(request: Request) -> Response:
    found = await anyio.to_thread.run_sync(partial(models, _desk(request).roster))
    return Response(found.model_dump_json(), media_type="application/json")


def _desk(request: Request) -> Desk:
    desk = request.app.state.desk
    if not isinstance(desk, Desk):
        raise not_ready()
    return desk


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, RefusalError):
        raise error
    headers = {**error.headers, "content-type": ERROR_TYPE.decode()}
    return Response(error.body(), status_code=error.status, headers=headers)
