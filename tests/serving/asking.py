"""The application behind the guard, asked in process."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import anyio
import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from serving.access import Access
from serving.guard import Guard
from serving.roster import Roster
from serving.routes import ROUTES, Desk, application
from serving.schemas import ErrorAnswer
from serving.settings import Limits

TOKEN = "a-token-of-some-length"
SIGNED = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
AS_OF = "2024-10-01T00:00:00Z"

Ask = Callable[..., httpx.Response]


def guarded(app: Starlette, limits: Limits | None = None) -> Guard:
    access = Access.from_environment({"FORETELL_TOKENS": TOKEN})
    plenty = limits or Limits(rate_per_second=1e9, burst=1e9)
    return Guard(Starlette(routes=[Mount("/v1", app)]), access, plenty, ROUTES)


def asking(app: Guard) -> Ask:
    async def ask(method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=SIGNED, **options)

    def run(body: Any = None, path: str = "/v1/score", method: str = "POST") -> httpx.Response:
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return asyncio.run(ask(method, path, content=content))

    return run


def code(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    return ErrorAnswer.model_validate_json(response.content).error.code


def served(roster: Roster) -> Starlette:
    app = application()
    app.state.desk = Desk(roster, anyio.CapacityLimiter(1))
    return app
