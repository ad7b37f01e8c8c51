"""The one guard in front of every route, closed by default.

It stands outside everything that BentoML brings, so no request reaches a route, a log or a metric
before it is recognised, measured and bounded; and every error leaves in one shape.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from secrets import token_hex
from typing import Any, Final

from serving.access import Access, Buckets
from serving.refusals import RefusalError, not_ready
from serving.settings import Limits

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_ALWAYS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


@dataclass(frozen=True)
class Route:
    """An address that exists.

    Parameters
    ----------
    path : str
        Whole path.
    methods : tuple of str
        Allowed methods.
    health : bool
        Open to everyone, and answered when all slots are taken.
    """

    path: str
    methods: tuple[str, ...] = ("GET", "HEAD")
    health: bool = False


class Guard:
    """ASGI middleware: authentication, limits and the shape of errors.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    access : Access
        Who may enter.
    limits : Limits
        Body, deadline, concurrency, rate.
    routes : sequence of Route
        Every address that exists; others are not found.
    count : callable
        Told the code of every refusal.
    clock : callable
        Seconds that never go back, for the rate.
    """

    def __init__(
        self,
        app: App,
        access: Access,
        limits: Limits,
        routes: Sequence[Route],
        count: Callable[[str], None] = lambda code: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app, self._access, self._limits, self._count = app, access, limits, count
        self._routes = {route.path: route for route in routes}
        self._buckets = Buckets(limits.rate_per_second, limits.burst, clock)
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "no websockets here"})
        else:
            await self._http(scope, receive, Exit(send, self._count))

    async def _http(self, scope: Scope, receive: Receive, leave: Exit) -> None:
        refusal = None
        try:
            route = self._admit(scope)
            if route.health:
                await self._bounded(scope, receive, leave)
            else:
                await self._in_a_slot(scope, receive, leave)
        except RefusalError as error:
            refusal = error
        except TimeoutError:
            seconds = self._limits.deadline_seconds
            message = f"not done within {seconds:g} s; ask for fewer customers or reasons"
            refusal = RefusalError(504, "deadline", message)
        except Exception:
            logger.exception("request %s failed", leave.request)
            refusal = leave.failure(500)
        if refusal is not None:
            await leave.refuse(refusal)

    def _admit(self, scope: Scope) -> Route:
        route = self._routes.get(scope["path"])
        if route is None or not route.health:
            self._buckets.take(self._access.caller(scope))
        if route is None:
            known = ", ".join(sorted(self._routes))
            raise RefusalError(404, "unknown_route", f"no such address; known are {known}")
        if scope["method"] not in route.methods:
            allowed = ", ".join(route.methods)
            message = f"{route.path} answers {allowed}"
            raise RefusalError(405, "wrong_method", message, headers={"Allow": allowed})
        return route

    async def _in_a_slot(self, scope: Scope, receive: Receive, leave: Exit) -> None:
        if self._running >= self._limits.concurrency:
            message = f"{self._running} requests are under way; try again in 1 s"
            raise RefusalError(503, "overloaded", message, headers={"Retry-After": "1"})
        self._running += 1
        try:
            await self._bounded(scope, receive, leave)
        finally:
            self._running -= 1

    async def _bounded(self, scope: Scope, receive: Receive, leave: Exit) -> None:
        async with asyncio.timeout(self._limits.deadline_seconds):
            body = await _read(scope, receive, self._limits.body_bytes)
            if body is not None:
                await self._app(scope, _replay(body, receive), leave)
                leave.require_answer()


class Exit:
    """The way out: adds headers, and puts errors of other makers into the one shape.

    Parameters
    ----------
    send : callable
        ASGI send of the server.
    count : callable
        Told the code of every refusal.
    """

    def __init__(self, send: Send, count: Callable[[str], None]) -> None:
        self.request = token_hex(8)
        self._send, self._count = send, count
        self._begun = False
        self._replaced: RefusalError | None = None

    async def __call__(self, message: Message) -> None:
        """Pass a message of the application on."""
        if message["type"] == "http.response.start":
            headers = [(name.lower(), value) for name, value in message.get("headers", ())]
            if message["status"] >= 400 and dict(headers).get(b"content-type") != ERROR_TYPE:
                self._replaced = self.failure(message["status"])
                return
            self._begun = True
            message["headers"] = [*headers, *self._extra()]
        elif self._replaced is not None:
            if not message.get("more_body", False):
                await self.refuse(self._replaced)
            return
        await self._send(message)

    async def refuse(self, refusal: RefusalError) -> None:
        """Send an error, unless an answer is on its way already."""
        if self._begun:
            return
        self._begun, self._replaced = True, None
        self._count(refusal.code)
        body = refusal.body()
        headers = {"content-type": ERROR_TYPE.decode(), "content-length": str(len(body))}
        pairs = [
            (name.lower().encode(), value.encode())
            for name, value in {**headers, **refusal.headers}.items()
        ]
        await self._send(
            {
                "type": "http.response.start",
                "status": refusal.status,
                "headers": [*pairs, *self._extra()],
            }
        )
        await self._send({"type": "http.response.body", "body": body})

    def failure(self, status: int) -> RefusalError:
        """Return the error for a status whose cause is not told to callers."""
        if status == 503:
            return not_ready()
        if status < 500:
            phrase = HTTPStatus(status).phrase.lower() if status in _STATUSES else "refused"
            return RefusalError(status, "refused", f"the request was refused: {phrase}")
        message = f"an unexpected error; the server's log tells more of request {self.request}"
        return RefusalError(500, "internal", message)

    def require_answer(self) -> None:
        """Make sure that the application has answered."""
        if not self._begun:
            raise RuntimeError("the application returned without an answer")

    def _extra(self) -> list[tuple[bytes, bytes]]:
        return [*_ALWAYS, (b"x-request-id", self.request.encode())]


ERROR_TYPE: Final = b"application/json; charset=utf-8"
"""Content type of the errors in our shape; nothing else here sends this very text."""

_STATUSES: Final = {status.value for status in HTTPStatus}


async def _read(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """Read a body whole, counting what comes and not what was announced; None: the caller left."""
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise RefusalError(415, "unsupported_encoding", "send the body without Content-Encoding")
    announced = headers.get(b"content-length", b"")
    size = int(announced) if announced.isdigit() and len(announced) < 19 else 0
    parts: list[bytes] = []
    if size <= most:
        size = 0
    while size <= most:
        received = await receive()
        if received["type"] == "http.disconnect":
            return None
        parts.append(received.get("body", b""))
        size += len(parts[-1])
        if size <= most and not received.get("more_body", False):
            return b"".join(parts)
    message = f"the body may have {most:,} bytes at most; send it in parts"
    raise RefusalError(413, "too_large", message, headers={"Connection": "close"})


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting = [body]

    async def again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return again
