"""A guard around small applications, asked in process."""

import asyncio
import json
from typing import Any

import httpx

from serving.access import Access
from serving.guard import ERROR_TYPE, App, Guard, Receive, Route, Scope, Send
from serving.settings import Limits

TOKEN = "a-token-of-some-length"
OTHER = "another-token-as-long"
SIGNED = {"Authorization": f"Bearer {TOKEN}"}
ACCESS = Access.from_environment({"FORETELL_TOKENS": f"{OTHER}, {TOKEN}"})
ROUTES = (Route("/echo", ("POST",)), Route("/thing"), Route("/livez", health=True))


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    assert not message["more_body"]
    headers = [(b"Content-Type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(len(message["body"])).encode()})


def answering(status: int, kind: bytes, *bodies: bytes) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", kind), (b"content-length", b"3")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for place, body in enumerate(bodies):
            more = place + 1 < len(bodies)
            await send({"type": "http.response.body", "body": body, "more_body": more})

    return app


def guard(app: App = echo, limits: Limits | None = None, **options: Any) -> Guard:
    return Guard(app, options.pop("access", ACCESS), limits or Limits(), ROUTES, **options)


async def call(
    app: Guard, method: str = "POST", path: str = "/echo", host: str = "testserver", **options: Any
) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, client=options.pop("client", ("127.0.0.1", 1)))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        return await client.request(method, path, **options)


def calls(app: Guard, *args: Any, **options: Any) -> httpx.Response:
    options.setdefault("headers", SIGNED)
    return asyncio.run(call(app, *args, **options))


def error(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    assert response.headers["content-type"].encode() == ERROR_TYPE
    assert response.headers["cache-control"] == "no-store"
    found: dict[str, Any] = body["error"]
    return found
