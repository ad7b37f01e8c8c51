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
from typing import Final

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Address

from serving.answer import answer, models
from serving.guard import ERROR_TYPE, Route
from serving.refusals import RefusalError, not_ready
from serving.roster import Roster
from serving.schemas import ScoreAnswer, ScoreRequest, parse

ROUTES: Final = (
    Route("/v1/score", ("POST",)),
    Route("/v1/models"),
    Route("/docs.json"),
    Route("/metrics"),
    Route("/livez", health=True),
    Route("/healthz", health=True),
    Route("/readyz", health=True),
)

# Handing a request to a thread takes as long as scoring a customer: few are scored at once.
_SMALL_BODY: Final = 2**16
_FEW_CUSTOMERS: Final = 4


@dataclass(frozen=True, eq=False)
class Desk:
    """What answers requests once everything is loaded.

    Parameters
    ----------
    roster : Roster
        Champions and stores.
    threads : int
        Requests that are scored at once.
    count : callable
        Told every answer.
    """

    roster: Roster
    threads: anyio.CapacityLimiter
    count: Callable[[ScoreAnswer], None] = lambda answer: None


def application() -> Starlette:
    """Return the application; it answers 503 until its ``state.desk`` is set."""
    app = Starlette(
        routes=[
            Address("/score", _score, methods=["POST"]),
            Address("/models", _models, methods=["GET"]),
        ],
        exception_handlers={RefusalError: _refused},
    )
    app.state.desk = None
    return app


async def _score(request: Request) -> Response:
    desk = _desk(request)
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise RefusalError(
            415, "unsupported_type", "send the header 'Content-Type: application/json'"
        )
    body = await request.body()
    asked = parse(body) if len(body) <= _SMALL_BODY else None
    if asked is not None and len(asked.customers) <= _FEW_CUSTOMERS:
        found = answer(desk.roster, asked)
    else:
        found = await _in_thread(desk, body, asked)
    desk.count(found)
    return Response(found.model_dump_json(), media_type="application/json")


async def _in_thread(desk: Desk, body: bytes, asked: ScoreRequest | None) -> ScoreAnswer:
    gone = threading.Event()

    def work() -> ScoreAnswer:
        return answer(desk.roster, asked or parse(body), gone.is_set)

    try:
        # The limiter counts the thread until it ends, also when nobody waits for it any more.
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=desk.threads)
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
