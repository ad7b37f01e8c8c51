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
from typing import TYPE_CHECKING, Any, Final

from features.errors import BundleError
from training.production.recorded import state_of

if TYPE_CHECKING:
    from training.bundle import Bundle

SECONDS: Final = 300
"""Longest time that reading a bundle may take."""

ROUNDS: Final = 3
"""Times that golden rows are timed; the quickest counts, since other work only slows."""

TIMED: Final = 200
"""Rows timed in each, one by one."""


@dataclass(frozen=True)
class Seen:
    """What a sound bundle says it is.

    Parameters
    ----------
    project, task, digest : str
        Whose, and which.
    rows : int
        Golden rows that scored the same bits.
    p99_ms : float
        Milliseconds of the processor from the features of one row to its probability, at the 99th
        percentile.
    size : int
        Bytes of its files.
    contract : str
        What it promises of its calibration; empty when it says nothing.
    """

    project: str
    task: str
    digest: str
    rows: int = 0
    p99_ms: float = 0.0
    size: int = 0
    contract: str = ""


def look(folder: Path) -> Seen:
    """Verify a bundle in a child process, and time it there.

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


def see(folder: Path) -> Seen:
    """Verify a bundle and time it in this process; see `look`."""
    from training.bundle import read_bundle
    from training.bundle.golden import golden_rows
    from training.bundle.manifest import GOLDEN, manifest_of
    from training.encoded import sources_of

    bundle = read_bundle(folder)
    content = (folder / GOLDEN).read_bytes()
    golden = golden_rows(content, bundle.schema, sources_of(bundle.encodings))[0]
    return Seen(
        project=bundle.project,
        task=bundle.name,
        digest=bundle.digest,
        rows=len(golden),
        p99_ms=_p99(bundle, golden),
        size=sum(each.stat().st_size for each in folder.iterdir()),
        contract=state_of(manifest_of(folder)[0]),
    )


def _p99(bundle: Bundle, golden: Any) -> float:
    """Time what a server does with a row that is at hand: encode, order, score, calibrate.

    It is time of the processor: what else the machine does is no fault of the model.
    """
    import time

    import numpy as np

    rows = [golden.take(np.array([place])) for place in range(len(golden))]
    best = float("inf")
    for _ in range(ROUNDS):
        taken = []
        for place in range(TIMED):
            row = rows[place % len(rows)]
            started = time.thread_time()
            bundle.probabilities(bundle.margins(row), row)
            taken.append(time.thread_time() - started)
        best = min(best, float(np.quantile(taken, 0.99)))
    return round(best * 1000, 4)


def _main(folder: Path) -> None:
    try:
        seen = see(folder)
    except BundleError as error:
        print(json.dumps({"fault": str(error)}))
    else:
        print(json.dumps(asdict(seen)))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
