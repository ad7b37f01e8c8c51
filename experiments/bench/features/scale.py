"""One size of log, all cutoffs: seconds and memory when vectors are handed on a part at a time."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path

from experiments.bench.features.questions import CUTOFFS
from experiments.bench.features.side import peak_gib
from experiments.bench.features.sides.foretell import parts


def main(log: Path) -> None:
    """Make all vectors, keep none, and print what it took as one line of JSON."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    started, worked, rows = time.perf_counter(), time.process_time(), 0
    for made in parts(log, CUTOFFS):
        rows += len(made)
    told = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - worked,
        "peak_gib": peak_gib(),
        "rows": rows,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
