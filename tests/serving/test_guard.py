"""The guard, in process: nothing passes that is not recognised, measured and bounded."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from serving.guard import Message, Receive, Scope, Send
from serving.settings import Limits
from tests.serving.guarding import SIGNED, TOKEN, answering, call, calls, echo, error, guard


def test_unknown_routes_and_methods_have_the_one_shape() -> None:
    found = calls(guard(), path="/nowhere")
    assert (found.status_code, error(found)["code"]) == (404, "unknown_route")
    found = calls(guard(), "GET")
    assert (found.status_code, error(found)["code"]) == (405, "wrong_method")
    assert found.headers["allow"] == "POST"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_refused(chunked: bool) -> None:
    reached = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(True)
        await echo(scope, receive, send)

    async def parts(size: int) -> AsyncIterator[bytes]:
        for _ in range(size):
            yield b"x"

    limits = Limits(body_bytes=10)
    for size, status in ((10, 200), (11, 413), (1000, 413)):
        reached.clear()
        content: Any = parts(size) if chunked else b"x" * size
        found = calls(guard(app, limits), content=content)
        assert found.status_code == status
        assert bool(reached) == (status == 200)
    assert error(found)["code"] == "too_large"


def test_an_announced_size_is_believed_only_when_it_is_too_large() -> None:
    sent: list[Message] = []
    received = []

    async def receive() -> Message:
        received.append(True)
        return {"type": "http.request", "body": b"x" * 6, "more_body": len(received) < 4}

    async def send(message: Message) -> None:
        sent.append(message)

    def scope(length: bytes) -> Scope:
        headers = [(b"authorization", f"Bearer {TOKEN}".encode()), (b"content-length", length)]
        return {"type": "http", "method": "POST", "path": "/echo", "headers": headers}

    asyncio.run(guard(limits=Limits(body_bytes=10))(scope(b"11"), receive, send))
    assert (sent[0]["status"], received) == (413, [])
    asyncio.run(guard(limits=Limits(body_bytes=10))(scope(b"6"), receive, send))
    assert (sent[2]["status"], len(received)) == (413, 2)


def test_an_encoded_body_is_refused() -> None:
    found = calls(guard(), headers={**SIGNED, "Content-Encoding": "gzip"}, content=b"x")
    assert (found.status_code, error(found)["code"]) == (415, "unsupported_encoding")


def test_a_slow_answer_ends_at_the_deadline() -> None:
    ended = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.append(True)

    found = calls(guard(slow, Limits(deadline_seconds=0.05)))
    assert (found.status_code, error(found)["code"]) == (504, "deadline")
    assert ended == [True]


def test_a_slow_body_ends_at_the_deadline() -> None:
    async def dripping() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.02)
            yield b"x"

    found = calls(guard(limits=Limits(deadline_seconds=0.1)), content=dripping())
    assert found.status_code == 504


def test_more_than_the_slots_are_told_to_come_again() -> None:
    go = asyncio.Event()

    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        await go.wait()
        await echo(scope, receive, send)

    app = guard(waiting, Limits(concurrency=2))

    async def crowd() -> Sequence[httpx.Response]:
        running = [asyncio.ensure_future(call(app, headers=SIGNED)) for _ in range(2)]
        await asyncio.sleep(0.05)
        third = await call(app, headers=SIGNED)
        health = asyncio.ensure_future(call(app, "GET", "/livez"))
        await asyncio.sleep(0.05)
        go.set()
        return [third, *await asyncio.gather(*running, health), await call(app, headers=SIGNED)]

    third, *others = asyncio.run(crowd())
    assert (third.status_code, error(third)["code"]) == (503, "overloaded")
    assert third.headers["retry-after"] == "1"
    assert [each.status_code for each in others] == [200] * 4


def test_an_unexpected_error_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("the secret of customer 17")

    with caplog.at_level(logging.ERROR):
        found = calls(guard(broken))
    told = error(found)
    assert (found.status_code, told["code"]) == (500, "internal")
    assert "secret" not in found.text
    assert found.headers["x-request-id"] in told["message"]
    assert found.headers["x-request-id"] in caplog.text
    assert "the secret of customer 17" in caplog.text


def test_an_application_that_says_nothing_is_an_error() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    assert calls(guard(silent)).status_code == 500


def test_an_error_after_the_answer_began_is_not_told_twice() -> None:
    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await echo(scope, receive, send)
        raise ValueError("late")

    assert calls(guard(late), content=b"1").json() == 1


@pytest.mark.parametrize(
    ("status", "code"), [(500, "internal"), (503, "not_ready"), (404, "refused"), (418, "refused")]
)
def test_errors_of_others_are_put_into_the_one_shape(status: int, code: str) -> None:
    for kind in (b"text/plain", b"application/json"):
        found = calls(guard(answering(status, kind, b"[{", b"}]")))
        assert (found.status_code, error(found)["code"]) == (status, code)


def test_answers_pass_as_they_are() -> None:
    found = calls(guard(answering(200, b"text/plain", b"a", b"bc")), "GET", "/thing")
    assert (found.text, found.headers["content-type"]) == ("abc", "text/plain")
    assert found.headers["x-content-type-options"] == "nosniff"


def test_refusals_are_counted_by_code() -> None:
    codes: list[str] = []
    app = guard(count=codes.append)
    calls(app)
    calls(app, headers={})
    calls(app, path="/nowhere")
    assert codes == ["unauthorised", "unknown_route"]


def test_websockets_are_closed_and_lifespan_passes() -> None:
    sent: list[Message] = []
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(guard(app)({"type": "websocket", "path": "/echo", "headers": []}, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]
    asyncio.run(guard(app)({"type": "lifespan"}, receive, send))
    assert seen == ["lifespan"]


def test_a_caller_who_leaves_ends_his_request() -> None:
    reached = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(True)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        reached.append(True)

    headers = [(b"authorization", f"Bearer {TOKEN}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/echo", "headers": headers}
    asyncio.run(guard(app)(scope, receive, send))
    assert reached == []
