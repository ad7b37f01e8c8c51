"""How the server is started: one command, with an environment that keeps it quiet and bounded."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Mapping
from pathlib import Path

from features.errors import DefinitionError
from serving.access import Access
from serving.settings import read_settings


def command(
    settings: Path,
    *,
    home: Path,
    environ: Mapping[str, str],
    host: str = "127.0.0.1",
    port: int = 3000,
) -> tuple[list[str], dict[str, str]]:
    """Return the command line and environment of a server.

    Parameters
    ----------
    settings : Path
        Settings file; it is read once here, so that its faults are told at once.
    home : Path
        Folder of BentoML's own files (metrics of the workers); servers must not share one.
    environ : mapping of str to str
        Environment to start from, with ``FORETELL_TOKENS`` or ``FORETELL_OPEN=1``.
    host, port : str and int
        Address to listen on.

    Returns
    -------
    tuple of list of str and dict of str to str
        For `subprocess.Popen`.

    Raises
    ------
    DefinitionError
        When the settings are at fault, or an open server would listen to other machines.
    StateError
        When the settings cannot be read.
    """
    read_settings(settings)
    access = Access.from_environment(environ)
    loopback = host == "localhost" or _address(host).is_loopback
    if access.open and not access.digests and not loopback:
        fault = f"FORETELL_OPEN=1 opens a server to its own machine, but host is {host}; set tokens"
        raise DefinitionError("server", [fault])
    line = [sys.executable, "-m", "bentoml", "serve", "serving.service:Foretell"]
    line += ["--host", "127.0.0.1" if host == "localhost" else host, "--port", str(port)]
    line += ["--timeout-graceful-shutdown", "15"]
    quiet = {
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_HOME": str(home.absolute()),
        "FORETELL_SERVING": str(settings.absolute()),
    }
    return line, {**environ, **quiet}


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        fault = f"host must be localhost or an address such as 127.0.0.1 or 0.0.0.0, got {host!r}"
        raise DefinitionError("server", [fault]) from None
