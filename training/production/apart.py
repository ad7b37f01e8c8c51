"""Reads a bundle in a process of its own, so that a file that ends a process ends only that one.

Run as ``python -m training.production.apart FOLDER``; it prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from features.errors import BundleError
from training.bundle import read_bundle

SECONDS: Final = 300
"""Longest time that reading a bundle may take."""


@dataclass(frozen=True)
class Seen:
    """What a sound bundle says it is."""

    project: str
    task: str
    digest: str


def look(folder: Path) -> Seen:
    """Verify a bundle in a child process.

    Parameters
    ----------
    folder : Path
        Of the bundle.

    Returns
    -------
    Seen

    Raises
    ------
    BundleError
        When it is damaged, or reading it ended the child.
    """
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        run = subprocess.run(
            [sys.executable, "-m", "training.production.apart", str(folder.resolve())],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise BundleError(f"{folder} was not read in {SECONDS} seconds; train again") from None
    try:
        told = json.loads(run.stdout)
    except ValueError:
        last = run.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise BundleError(
            f"reading {folder} ended its process with code {run.returncode} ({last[0]}); "
            "do not use this bundle, train again"
        ) from None
    if "fault" in told:
        raise BundleError(told["fault"])
    return Seen(**told)


def _main(folder: Path) -> None:
    try:
        bundle = read_bundle(folder)
    except BundleError as error:
        print(json.dumps({"fault": str(error)}))
    else:
        print(json.dumps(asdict(Seen(bundle.project, bundle.name, bundle.digest))))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
