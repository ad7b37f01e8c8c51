"""How rows are held, and what is learnt from a part of them."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Final

from features.errors import DefinitionError

ENGINES: Final = ("auto", "memory", "file", "dask")

_SHARE: Final = 8
"""Rows may take one part in so many of the machine's memory before they go to files."""


@dataclass(frozen=True)
class Large:
    """Settings of training on many rows.

    Parameters
    ----------
    engine : {"auto", "memory", "file", "dask"}
        ``memory`` holds all rows. ``file`` spills them to Parquet and learns from there. ``auto``
        starts as the first and goes on as the second once rows take more than ``memory_gib``; the
        model has the same bytes either way. ``dask`` spills them, and fits on processes of Dask.
    memory_gib : float
        GiB that rows may take in memory; 0 for an eighth of what the machine has.
    folder : str
        Where rows are spilled; left out, beside the reports. Nothing stays there.
    search_rows : int
        Hyperparameters are searched on so many rows of a slice at most, drawn at random. The
        rounds are found, and the model is fitted, on all.
    baseline_rows : int
        The logistic baseline learns from so many rows at most, drawn likewise.
    workers : int
        Processes of Dask, each of one thread.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    engine: str = "auto"
    memory_gib: float = 0.0
    folder: str = ""
    search_rows: int = 1_000_000
    baseline_rows: int = 200_000
    workers: int = 2

    def __post_init__(self) -> None:
        faults = []
        if self.engine not in ENGINES:
            faults.append(f"engine must be one of {', '.join(ENGINES)}, got {self.engine!r}")
        if not 0 <= self.memory_gib < math.inf:
            faults.append(f"memory_gib must be 0 or more, got {self.memory_gib}")
        faults += [
            f"{name} must be 1000 or more, got {getattr(self, name)}"
            for name in ("search_rows", "baseline_rows")
            if getattr(self, name) < 1_000
        ]
        if not 1 <= self.workers <= 64:
            faults.append(f"workers must be 1 to 64, got {self.workers}")
        if faults:
            raise DefinitionError("large", faults)

    @property
    def most_bytes(self) -> float:
        """Bytes of rows that are held in memory before they go to files."""
        if self.engine in ("file", "dask"):
            return 0.0
        if self.engine == "memory":
            return math.inf
        return self.memory_gib * 2**30 or memory() / _SHARE


def memory() -> float:
    """Return the bytes of memory that the machine has."""
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
