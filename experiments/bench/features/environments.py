"""Environments of the peers: made on first use, pinned, and apart from the project's own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from foretell.fetch import cache_folder

PEERS = Path(__file__).parent / "peers"


def bench_cache() -> Path:
    """Return the folder, outside the tree, that keeps logs, answers and environments."""
    return cache_folder().absolute() / "bench" / "features"


def python_of(peer: str, peers: Path = PEERS) -> Path:
    """Return the interpreter of a peer's environment, made when it is not there yet.

    Parameters
    ----------
    peer : str
        Name of a requirement file; empty for the project's own environment.
    peers : Path
        Folder of the requirement files.

    Raises
    ------
    subprocess.CalledProcessError
        When its packages cannot be installed.
    """
    if not peer:
        return Path(sys.executable)
    wanted = (peers / f"{peer}.txt").read_text()
    # Another list of versions is another environment.
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:8]
    folder = bench_cache() / "environments" / f"{peer}-{digest}"
    python = folder / "bin" / "python"
    if (folder / "complete").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    installer = Path(sys.executable).with_name("uv")
    listed = ["-r", str(peers / f"{peer}.txt")]
    if installer.exists():
        command = [str(installer), "pip", "install", "--quiet", "--python", str(python), *listed]
    else:
        command = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", *listed]
    subprocess.run(command, check=True, env=_settings())
    (folder / "complete").touch()
    return python


def _settings() -> dict[str, str]:
    # uv reads none of pip's settings; see scripts/bootstrap.sh.
    told = {**os.environ, "UV_SYSTEM_CERTS": "true"}
    for theirs, pips in {"SSL_CERT_FILE": "PIP_CERT", "UV_DEFAULT_INDEX": "PIP_INDEX_URL"}.items():
        if pips in told:
            told.setdefault(theirs, told[pips])
    return told
