"""How every benchmark writes its results."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """One measured value, its unit, and what it should reach (None: it is only watched)."""

    value: float
    unit: str
    goal: str | None = None


def median_seconds(
    call: Callable[[], T], runs: int = 5, clock: Callable[[], float] = time.perf_counter
) -> tuple[float, T]:
    """Return the median time of some runs after one that is not counted, and the last answer.

    ``clock`` tells seconds; `time.process_time` leaves out those in which others had the processor.
    """
    answer = call()
    taken = []
    for _ in range(runs):
        started = clock()
        answer = call()
        taken.append(clock() - started)
    return statistics.median(taken), answer


def write_results(
    folder: Path,
    figures: Mapping[str, Figure],
    packages: Sequence[str],
    peers: Mapping[str, str] | None = None,
) -> Path:
    """Write ``results.json`` beside the benchmark, and print the figures.

    ``packages`` are looked up in this environment; ``peers`` are versions in environments of their
    own.
    """
    results = {
        "machine": {
            "system": platform.system(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "versions": {**{name: version(name) for name in packages}, **(peers or {})},
        "figures": {name: asdict(figure) for name, figure in figures.items()},
    }
    path = folder / "results.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    for name, figure in figures.items():
        goal = f" (goal: {figure.goal})" if figure.goal else ""
        print(f"{name}: {figure.value:,.4g} {figure.unit}{goal}")
    return path


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())
