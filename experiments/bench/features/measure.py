"""Runs of sides, each a process of its own on two cores."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.bench.features.data import log_of
from experiments.bench.features.environments import python_of

ROOT = Path(__file__).parents[3]
CORES = 2
TINY = 10_000
"""Events of the log that each side answers for before the clock runs."""


@dataclass(frozen=True)
class Side:
    """Who answers.

    Parameters
    ----------
    name : str
        Module in ``sides``.
    peer : str
        Environment; empty for the project's own.
    is_slow : bool
        Run once only: the ratio does not hang on a few seconds.
    """

    name: str
    peer: str = ""
    is_slow: bool = False


@dataclass(frozen=True)
class Measured:
    """What the runs of one side took.

    Parameters
    ----------
    runs : list of mapping
        ``seconds``, ``cpu_seconds`` and ``peak_gib`` of each.
    """

    runs: list[Mapping[str, Any]] = field(default_factory=list)

    def median(self, what: str = "seconds") -> float:
        """Return the median over the runs."""
        return float(statistics.median(run[what] for run in self.runs))

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of the side's packages."""
        found: Mapping[str, str] = self.runs[0]["versions"]
        return found


def confine() -> None:
    """Keep this process, and every one it starts, on two cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def run(module: str, arguments: Sequence[str], peer: str = "") -> Mapping[str, Any]:
    """Run a module below this folder as a process, and return the JSON of its last line.

    Raises
    ------
    RuntimeError
        When it fails, with the end of what it said.
    """
    command = [str(python_of(peer)), "-m", f"experiments.bench.features.{module}", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"{module} failed:\n{ended.stderr[-3000:]}{ended.stdout[-3000:]}")
    lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
    told: Mapping[str, Any] = json.loads(lines[-1])
    return told


def race(
    sides: Sequence[Side], log: Path, runs: int, answers: Path, cutoffs: int | None = None
) -> Mapping[str, Measured]:
    """Run all sides in turns, so that each meets the same neighbours on the machine.

    The answers of the first turn are compared before the second one.

    Raises
    ------
    RuntimeError
        When a side's answers differ from those of the first side.
    """
    found = {side.name: Measured() for side in sides}
    said = ["--warm", str(log_of(TINY, log.parent))]
    said += [] if cutoffs is None else ["--cutoffs", str(cutoffs)]
    answers.mkdir(parents=True, exist_ok=True)
    for turn in range(runs):
        for side in sides:
            if turn and side.is_slow:
                continue
            file = answers / f"{side.name}.parquet"
            written = [] if turn else ["--answers", str(file)]
            told = run(f"sides.{side.name}", [str(log), *said, *written], side.peer)
            found[side.name].runs.append(told)
            print(
                f"{side.name}: {told['seconds']:.1f} s ({told['cpu_seconds']:.1f} of the cores), "
                f"{told['peak_gib']:.2f} GiB",
                flush=True,
            )
        if not turn and len(sides) > 1:
            require_equal([answers / f"{side.name}.parquet" for side in sides])
    for side in sides:
        (answers / f"{side.name}.parquet").unlink()
    return found


def require_equal(answers: Sequence[Path]) -> None:
    """Hold the answers of all sides against the first side's, in a process of its own."""
    command = [str(python_of("")), "-m", "experiments.bench.features.agree", *map(str, answers)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"the sides answer differently:\n{ended.stdout}{ended.stderr[-2000:]}")
    print(ended.stdout.strip(), flush=True)
