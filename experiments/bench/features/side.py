"""How a side is run: as a process of its own, timed from the file to the answers in memory.

Nothing but the standard library is imported here, so that a peer's environment can read it.
Starting the interpreter, importing and the first use of compiled code are not counted, on any side:
each answers for a tiny log first, and tells how long that took as ``first_seconds``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from experiments.bench.features.questions import CUTOFFS

T = TypeVar("T")


def main(
    answer: Callable[[Path, Sequence[datetime]], T],
    write: Callable[[T, Path], None],
    packages: Sequence[str],
) -> None:
    """Answer all questions at the last cutoffs, and print seconds and memory as one line of JSON.

    Parameters
    ----------
    answer : callable
        From the log and the cutoffs to the answers, as the side holds them in memory.
    write : callable
        Writes the answers to Parquet: ``customer``, ``cutoff`` in microseconds, and a column for
        each question; a row for a customer without events in the last 365 days may be left out.
    packages : sequence of str
        Whose versions are told.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("--cutoffs", type=int, default=len(CUTOFFS))
    parser.add_argument("--answers", type=Path)
    parser.add_argument("--warm", type=Path)
    asked = parser.parse_args()
    began = time.perf_counter()
    if asked.warm:
        answer(asked.warm, CUTOFFS[-1:])
    first = time.perf_counter() - began
    started, worked = time.perf_counter(), time.process_time()
    answers = answer(asked.log, CUTOFFS[-asked.cutoffs :])
    seconds = time.perf_counter() - started
    cpu = time.process_time() - worked
    told = {"seconds": seconds, "cpu_seconds": cpu, "first_seconds": first, "peak_gib": peak_gib()}
    if asked.answers:
        write(answers, asked.answers)
    print(json.dumps({**told, "versions": {name: version(name) for name in packages}}))


def peak_gib() -> float:
    """Return the most memory that this process ever held, from the system's own count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    held = next(line for line in lines if line.startswith("VmHWM"))
    return int(held.split()[1]) / 2**20
