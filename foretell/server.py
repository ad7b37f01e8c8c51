"""A server for some projects: its settings file, its command line, and one that a block needs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from features.errors import StateError
from features.whole import whole_file
from foretell.scoring import serving_settings
from foretell.workspace import Loaded, Workspace

START_SECONDS: Final = 120
"""Longest time a server may take to get ready."""


def prepare_server(
    workspace: Workspace,
    projects: Sequence[Loaded],
    environ: Mapping[str, str],
    *,
    host: str,
    port: int,
) -> tuple[list[str], dict[str, str]]:
    """Write the settings of a server and return its command line and environment."""
    from serving.launch import command

    folder = workspace.out / "serving"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "settings.json"
    with whole_file(settings) as partial:
        partial.write_text(json.dumps(serving_settings(workspace, projects), indent=1))
    home = folder / f"bentoml-{port}"
    return command(settings, home=home, environ=environ, host=host, port=port)


@contextmanager
def running(workspace: Workspace, projects: Sequence[Loaded], log: Path) -> Iterator[str]:
    """Run a server on a free loopback port for the length of a block.

    Parameters
    ----------
    workspace : Workspace
        Holds the champions.
    projects : sequence of Loaded
        What to serve.
    log : Path
        File for what the server prints.

    Yields
    ------
    str
        Its address.

    Raises
    ------
    StateError
        When it does not get ready; the message ends with what it printed last.
    """
    port = _free_port()
    # Whoever started this process may ask: the server lives only as long as the block.
    opened = {**os.environ, "FORETELL_OPEN": "1", "FORETELL_TOKENS": ""}
    line, environ = prepare_server(workspace, projects, opened, host="127.0.0.1", port=port)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        server = subprocess.Popen(line, env=environ, stdout=stream, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            _await_ready(server, address, log)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def post(address: str, body: Any) -> Any:
    """Send JSON to a path and return the JSON that comes back."""
    request = urllib.request.Request(  # noqa: S310 (the address is our own)
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        return json.load(response)


def _await_ready(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise StateError(f"the server did not get ready; see {log}, which ends with\n{last}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
