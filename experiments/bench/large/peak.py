"""The most memory that a process and all below it hold at once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[3]
_EVERY: Final = 0.1


def measured(module: str, arguments: Sequence[str]) -> Mapping[str, Any]:
    """Run a module, and return the JSON of its last line with ``peak_gib`` and ``files_gib``.

    The peak is the largest sum over the process and all below it, looked at ten times a second:
    ``RssAnon`` and ``RssShmem``, which the machine must have, and beside it pages of files.

    Raises
    ------
    RuntimeError
        When it fails.
    """
    command = [sys.executable, "-m", f"experiments.bench.large.{module}", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    peak = whole = 0.0
    while process.poll() is None:
        own, files = held(process.pid)
        peak, whole = max(peak, own), max(whole, own + files)
        time.sleep(_EVERY)
    assert process.stdout is not None
    said = process.stdout.read()
    if process.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed with {process.returncode}")
    told: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return told | {"peak_gib": whole / 2**20, "own_gib": peak / 2**20}


def held(pid: int) -> tuple[int, int]:
    """Return KiB that a process and all below it hold: their own, and pages of files."""
    own = files = 0
    for each in family(pid):
        for line in _read(f"/proc/{each}/status").splitlines():
            name, _, rest = line.partition(":")
            if name in ("RssAnon", "RssShmem"):
                own += int(rest.split()[0])
            elif name == "RssFile":
                files += int(rest.split()[0])
    return own, files


def family(pid: int) -> list[int]:
    """Return a process and all below it."""
    parents = {}
    for each in Path("/proc").glob("[0-9]*"):
        fields = _read(each / "stat").rpartition(")")[2].split()
        if fields:
            parents[int(each.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _read(path: str | Path) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
