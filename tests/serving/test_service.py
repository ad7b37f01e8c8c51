"""The real server: one process started as users start it, asked over HTTP."""

import concurrent.futures
import json
import logging
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from features.errors import DefinitionError, StateError
from serving.answer import answer
from serving.launch import command
from serving.roster import Roster
from serving.schemas import ErrorAnswer, ModelsAnswer, ScoreAnswer, ScoreRequest
from tests.serving.tiny import run

TOKEN = "a-token-of-some-length"
AS_OF = "2024-10-01T00:00:00Z"


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"PYTHONUNBUFFERED": "1"} | more


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server(settings_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("bentoml")
    port = free_port()
    line, environ = command(
        settings_file, home=home, environ=environment(FORETELL_TOKENS=TOKEN), port=port
    )
    log = (home / "log.txt").open("w")
    process = subprocess.Popen(
        line, env=environ, stdout=log, stderr=log, cwd=Path(__file__).parents[2], process_group=0
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            _wait(client, process, home / "log.txt")
            client.headers["Authorization"] = f"Bearer {TOKEN}"
            yield client
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            # The worker has the group of its parent, so nothing of ours is left behind.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
            log.close()


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not ready within a minute:\n{log.read_text()}")


def test_health_needs_no_token(server: httpx.Client) -> None:
    for path in ("/livez", "/readyz", "/healthz"):
        found = httpx.get(str(server.base_url.join(path)))
        assert found.status_code == 200


def test_everything_else_needs_one(server: httpx.Client) -> None:
    for path in ("/", "/v1/models", "/metrics", "/docs.json", "/schema.json", "/nowhere"):
        found = httpx.get(str(server.base_url.join(path)))
        assert found.status_code == 401
        assert ErrorAnswer.model_validate_json(found.content).error.code == "unauthorised"


def test_scores_over_http_are_those_in_process(server: httpx.Client, roster: Roster) -> None:
    body = {"customers": ["c0003", "c0007"], "tasks": ["churn", "coffee"], "as_of": AS_OF}
    found = server.post("/v1/score", json=body)
    assert found.status_code == 200, found.text
    told = ScoreAnswer.model_validate_json(found.content)
    here = answer(roster, ScoreRequest.model_validate(body))
    assert [each.model_copy(update={"scored_at": ""}) for each in told.scores] == [
        each.model_copy(update={"scored_at": ""}) for each in here.scores
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/v1/score", b"{", 400, "malformed_json"),
        ("POST", "/v1/score", b"{}", 422, "invalid_request"),
        ("POST", "/v1/score", b'{"customers": ["c0003"]}', 422, "mixed_projects"),
        ("POST", "/v1/score", b'{"customers": ["x"], "tasks": ["churn"]}', 404, "unknown_customer"),
        ("GET", "/v1/score", b"", 405, "wrong_method"),
        ("GET", "/v1/nothing", b"", 404, "unknown_route"),
        ("GET", "/", b"", 404, "unknown_route"),
        ("GET", "/schema.json", b"", 404, "unknown_route"),
        ("POST", "/v1/score", b" " * (5 * 2**20), 413, "too_large"),
    ],
)
def test_errors_have_one_shape(
    server: httpx.Client, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    found = server.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert found.status_code == status, found.text
    assert ErrorAnswer.model_validate_json(found.content).error.code == code


def test_models_and_document_are_told(server: httpx.Client) -> None:
    models = ModelsAnswer.model_validate_json(server.get("/v1/models").content).models
    assert {each.task for each in models} == {"arrears", "churn", "coffee"}
    told = server.get("/docs.json").json()
    assert set(told["paths"]["/v1/score"]) == {"post"}
    assert told["info"]["title"] == "Foretell"


def test_metrics_count_and_have_few_labels(server: httpx.Client) -> None:
    body = {"customers": ["c0003"], "tasks": ["churn"], "as_of": AS_OF}
    server.post("/v1/score", json=body)
    for number in range(20):
        server.get(f"/nowhere/{number}")
    told = server.get("/metrics").text
    assert "foretell_scores_total{band=" in told
    assert 'foretell_refusals_total{code="unknown_route"}' in told
    assert 'endpoint="/v1/score"' in told
    assert "/nowhere" not in told


def test_many_at_once_are_all_answered(server: httpx.Client) -> None:
    body = {"customers": ["c0003"], "tasks": ["churn"], "as_of": AS_OF}

    def ask(_: int) -> httpx.Response:
        return server.post("/v1/score", json=body)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(80)))
    assert {each.status_code for each in found} == {200}
    scores = {ScoreAnswer.model_validate_json(each.content).scores[0].score for each in found}
    assert len(scores) == 1


def test_a_service_that_cannot_load_stays_and_is_not_ready(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving import service

    broken = {"projects": [{"name": "x", "champions": "none", "sources": {}}]}
    (tmp_path / "serving.json").write_text(json.dumps(broken))
    monkeypatch.setenv("FORETELL_SERVING", str(tmp_path / "serving.json"))
    monkeypatch.setattr(logging.getLogger("bentoml.serve"), "propagate", True)
    monkeypatch.setattr(logging.getLogger("bentoml"), "propagate", True)
    with caplog.at_level(logging.ERROR):
        worker = cast(Any, service.Foretell).inner()
    assert not worker.__is_ready__()
    assert "no champion lies in" in caplog.text


def test_importing_serving_is_light() -> None:
    program = "import sys, serving; print(*{'lightgbm', 'bentoml', 'pyarrow'} & set(sys.modules))"
    done = run(program)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_an_open_server_must_stay_on_its_machine(settings_file: Path, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"but host is 0\.0\.0\.0; set tokens"):
        command(settings_file, home=tmp_path, environ={"FORETELL_OPEN": "1"}, host="0.0.0.0")
    with pytest.raises(DefinitionError, match="host must be localhost or an address such as"):
        command(settings_file, home=tmp_path, environ={}, host="my-machine")
    line, environ = command(
        settings_file, home=tmp_path, environ={"FORETELL_OPEN": "1"}, host="localhost", port=4000
    )
    assert line[line.index("--host") + 1] == "127.0.0.1"
    assert environ["BENTOML_DO_NOT_TRACK"] == "True"


def test_faults_of_the_settings_are_told_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be read"):
        command(tmp_path / "none.json", home=tmp_path, environ={})
