"""The addresses under /v1 behind the guard, in process: every status is the true one."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import anyio
import httpx
import pytest

from serving.roster import Roster
from serving.routes import Desk, application
from serving.row_schemas import RowsAnswer
from serving.schemas import MOST_CUSTOMERS, MOST_EVENTS, ErrorAnswer, ModelsAnswer, ScoreAnswer
from serving.settings import Limits
from tests.serving.asking import AS_OF, SIGNED, Ask, asking, code, guarded


def test_a_customer_is_scored(ask: Ask) -> None:
    found = ask({"customers": ["c0003"], "tasks": ["churn"], "as_of": AS_OF})
    assert found.status_code == 200
    (score,) = ScoreAnswer.model_validate_json(found.content).scores
    assert (score.customer, score.task, score.as_of) == ("c0003", "churn", AS_OF)
    assert 0 < score.score < 1
    assert len(score.reasons) == 3


def test_models_are_told(ask: Ask) -> None:
    found = ask(None, "/v1/models", "GET")
    assert found.status_code == 200
    assert len(ModelsAnswer.model_validate_json(found.content).models) == 3


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (b"", 400, "malformed_json"),
        (b"{", 400, "malformed_json"),
        (b'{"customers": ["\\ud800"]}', 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b"[" * 100_000, 400, "malformed_json"),
        (b'{"customers": [' + b"3" * 5000 + b"]}", 400, "malformed_json"),
        ([], 422, "invalid_request"),
        ({}, 422, "invalid_request"),
        ({"customers": []}, 422, "invalid_request"),
        ({"customers": ["c0003"] * 2}, 422, "invalid_request"),
        ({"customers": [True]}, 422, "invalid_request"),
        ({"customers": [1.0]}, 422, "invalid_request"),
        ({"customers": [2**63]}, 422, "invalid_request"),
        ({"customers": [""]}, 422, "invalid_request"),
        ({"customers": ["x" * 201]}, 422, "invalid_request"),
        ({"customers": ["c0003"], "task": ["churn"]}, 422, "invalid_request"),
        ({"customers": ["c0003"], "tasks": []}, 422, "invalid_request"),
        ({"customers": ["c0003"], "reasons": 11}, 422, "invalid_request"),
        ({"customers": ["c0003"], "reasons": -1}, 422, "invalid_request"),
        ({"customers": ["c0003"], "reasons": "3"}, 422, "invalid_request"),
        ({"customers": ["a", "b"], "events": {}}, 422, "invalid_request"),
        ({"customers": ["a"], "events": {"purchases": [{"at": {}}]}}, 422, "invalid_request"),
        ({"customers": ["a"], "events": {"purchases": {}}}, 422, "invalid_request"),
        ({"customers": ["c0003"], "tasks": ["churn"], "as_of": "soon"}, 422, "invalid_as_of"),
        ({"customers": ["c0003"], "tasks": ["churn"], "as_of": "2099-01-01"}, 422, "invalid_as_of"),
        ({"customers": ["c0003"], "tasks": ["none"]}, 404, "unknown_task"),
        ({"customers": ["nobody"], "tasks": ["churn"]}, 404, "unknown_customer"),
        ({"customers": [3], "tasks": ["churn"]}, 404, "unknown_customer"),
        ({"customers": ["c0003"]}, 422, "mixed_projects"),
        ({"customers": ["a"], "tasks": ["churn"], "events": {"x": []}}, 422, "contract_broken"),
    ],
)
def test_faults_of_the_asker_have_their_status(ask: Ask, body: Any, status: int, word: str) -> None:
    assert code(ask(body), status) == word


def test_the_limits_hold_at_their_edge(ask: Ask) -> None:
    many = [f"x{number}" for number in range(MOST_CUSTOMERS)]
    assert code(ask({"customers": many, "tasks": ["churn"]}), 404) == "unknown_customer"
    assert code(ask({"customers": [*many, "y"], "tasks": ["churn"]}), 422) == "invalid_request"
    events = [{"at": "2024-09-01T00:00:00Z", "spend": 1}] * MOST_EVENTS
    body = {"customers": ["x"], "tasks": ["churn"], "events": {"purchases": events}}
    assert ask(body).status_code == 200
    body["events"] = {"purchases": events, "clients": [{}]}
    assert code(ask(body), 422) == "invalid_request"


def test_every_fault_is_in_the_details_and_no_input_is(ask: Ask) -> None:
    found = ask({"customers": [{"secret": 1}], "reasons": "many", "colour": 1})
    error = ErrorAnswer.model_validate_json(found.content).error
    assert {each.where.split(".")[0] for each in error.details} == {
        "customers",
        "reasons",
        "colour",
    }
    assert "many" not in found.text


def test_only_json_is_read(roster: Roster) -> None:
    app = application()
    app.state.desk = Desk(roster, anyio.CapacityLimiter(1))

    async def posted(kind: str | None) -> httpx.Response:
        transport = httpx.ASGITransport(app=guarded(app))
        headers = {"Authorization": SIGNED["Authorization"]}
        headers |= {} if kind is None else {"Content-Type": kind}
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            body = b'{"customers": ["c0003"], "tasks": ["churn"]}'
            return await client.post("/v1/score", content=body, headers=headers)

    for kind in (None, "text/plain", "application/x-www-form-urlencoded"):
        assert code(asyncio.run(posted(kind)), 415) == "unsupported_type"
    for kind in ("application/json", "Application/JSON; charset=utf-8"):
        assert asyncio.run(posted(kind)).status_code == 200


def test_before_everything_is_loaded_it_is_not_ready() -> None:
    ask = asking(guarded(application()))
    assert code(ask({"customers": ["c0003"]}), 503) == "not_ready"
    assert code(ask(None, "/v1/models", "GET"), 503) == "not_ready"


def test_few_and_many_customers_are_scored_alike(ask: Ask) -> None:
    many = [f"c{number:04}" for number in range(9)]
    body = {"tasks": ["churn"], "as_of": AS_OF}
    together = ScoreAnswer.model_validate_json(ask({**body, "customers": many}).content).scores
    for score in together:
        alone = ask({**body, "customers": [score.customer]})
        (same,) = ScoreAnswer.model_validate_json(alone.content).scores
        assert same == score


def test_work_that_nobody_waits_for_is_given_up(
    roster: Roster, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def patient(roster: Roster, request: Any, stopped: Callable[[], bool]) -> ScoreAnswer:
        begun.set()
        while not stopped():
            time.sleep(0.01)
        ended.set()
        raise TimeoutError

    monkeypatch.setattr("serving.routes.answer", patient)
    app = application()
    limiter = anyio.CapacityLimiter(1)
    app.state.desk = Desk(roster, limiter)
    ask = asking(guarded(app, Limits(deadline_seconds=0.1)))
    many = [f"c{number:04}" for number in range(9)]
    assert code(ask({"customers": many}), 504) == "deadline"
    assert begun.is_set()
    assert ended.wait(timeout=10)


def test_a_fault_of_ours_is_a_500_without_a_trace(
    roster: Roster, caplog: pytest.LogCaptureFixture
) -> None:
    app = application()
    broken = replace(roster, clock=lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    app.state.desk = Desk(broken, anyio.CapacityLimiter(1))
    with caplog.at_level(logging.ERROR):
        found = asking(guarded(app))({"customers": ["c0003"], "tasks": ["churn"]})
    assert code(found, 500) == "internal"
    assert "ZeroDivision" not in found.text
    assert "ZeroDivisionError" in caplog.text


def test_answers_are_counted(roster: Roster) -> None:
    counted: list[ScoreAnswer | RowsAnswer] = []
    app = application()
    app.state.desk = Desk(roster, anyio.CapacityLimiter(1), counted.append)
    ask = asking(guarded(app))
    ask({"customers": ["c0003"], "tasks": ["churn"]})
    ask({"customers": ["nobody"], "tasks": ["churn"]})
    assert [len(each.scores) for each in counted] == [1]
