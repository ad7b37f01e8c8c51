"""Who may enter, and how often."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DefinitionError
from serving.access import Access, Buckets
from serving.guard import Receive, Scope, Send
from serving.refusals import RefusalError
from serving.settings import Limits
from tests.serving.guarding import OTHER, TOKEN, calls, error, guard


def test_a_known_token_enters() -> None:
    for token in (TOKEN, OTHER):
        found = calls(guard(), headers={"Authorization": f"bearer {token}"}, content=b"four")
        assert (found.status_code, found.json()) == (200, 4)
        assert len(found.headers["x-request-id"]) == 16


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": "Bearer"},
        [("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {TOKEN}")],
    ],
)
def test_others_do_not(headers: Any) -> None:
    for path in ("/echo", "/thing", "/nowhere"):
        found = calls(guard(), path=path, headers=headers)
        assert (found.status_code, error(found)["code"]) == (401, "unauthorised")
        assert found.headers["www-authenticate"] == "Bearer"


def test_without_tokens_the_server_is_closed() -> None:
    closed = guard(access=Access.from_environment({}))
    assert "set FORETELL_TOKENS" in error(calls(closed))["message"]
    assert calls(closed, "GET", "/livez", headers={}).status_code == 200


@pytest.mark.parametrize(
    ("host", "client", "status"),
    [
        ("127.0.0.1", "127.0.0.1", 200),
        ("localhost:3000", "127.0.0.1", 200),
        ("127.0.0.1", "192.168.0.7", 401),
        ("10.0.0.1", "127.0.0.1", 401),
        ("shop.example", "127.0.0.1", 401),
    ],
)
def test_an_open_server_serves_its_own_machine_alone(host: str, client: str, status: int) -> None:
    inner = guard(access=Access.from_environment({"FORETELL_OPEN": "1"}))

    async def bound(scope: Scope, receive: Receive, send: Send) -> None:
        # httpx writes the URL's name here; a real server writes the address of its socket.
        scope["server"] = ("127.0.0.1", 3000)
        await inner(scope, receive, send)

    transport = httpx.ASGITransport(app=bound, client=(client, 1))

    async def asked() -> int:
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as session:
            return (await session.post("/echo")).status_code

    assert asyncio.run(asked()) == status


def test_a_token_closes_the_open_door() -> None:
    both = Access.from_environment({"FORETELL_OPEN": "1", "FORETELL_TOKENS": TOKEN})
    assert calls(guard(access=both), host="127.0.0.1", headers={}).status_code == 401


def test_short_tokens_are_no_secrets() -> None:
    with pytest.raises(DefinitionError, match="need 16 characters or more, one has 6"):
        Access.from_environment({"FORETELL_TOKENS": f"{TOKEN} secret"})


def test_each_token_has_its_own_rate() -> None:
    now = [0.0]
    limits = Limits(rate_per_second=0.5, burst=2)
    app = guard(limits=limits, clock=lambda: now[0])
    assert [calls(app).status_code for _ in range(3)] == [200, 200, 429]
    found = calls(app)
    assert error(found)["code"] == "too_many_requests"
    assert found.headers["retry-after"] == "2"
    assert calls(app, headers={"Authorization": f"Bearer {OTHER}"}).status_code == 200
    assert calls(app, "GET", "/livez", headers={}).status_code == 200
    now[0] += 2
    assert [calls(app).status_code for _ in range(2)] == [200, 429]


@given(st.lists(st.floats(0, 3), max_size=60))
def test_a_bucket_never_gives_more_than_its_rate(steps: list[float]) -> None:
    now = [0.0]
    buckets = Buckets(rate=2, burst=3, clock=lambda: now[0])
    given_out = 0
    for step in steps:
        now[0] += step
        with suppress(RefusalError):
            buckets.take(0)
            given_out += 1
    assert given_out <= 3 + 2 * now[0] + 1e-6
    assert given_out >= min(len(steps), 3)
