"""How much of the machine others used while a benchmark's process ran."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def beside() -> Iterator[dict[str, float]]:
    """Measure what others take while processes are run and waited for in the block.

    Yields
    ------
    dict
        Holds ``beside`` after the block: seconds of the processors that neither this process nor
        those it waited for used, over the seconds that the processors had; empty where the system
        does not tell.
    """
    told: dict[str, float] = {}
    started, all_before, mine_before = time.perf_counter(), _busy(), _mine()
    yield told
    had = (time.perf_counter() - started) * (os.cpu_count() or 1)
    all_after = _busy()
    if all_before is not None and all_after is not None:
        others = (all_after - all_before) - (_mine() - mine_before)
        told["beside"] = min(max(others / had, 0.0), 1.0)


def _busy() -> float | None:
    """Return the seconds that all processors were in use since the system started."""
    try:
        line = Path("/proc/stat").read_text().splitlines()[0].split()
    except OSError:
        return None
    user, nice, system, _, _, irq, soft = (int(each) for each in line[1:8])
    return float(user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def _mine() -> float:
    spans = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in spans)
