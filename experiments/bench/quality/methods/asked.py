"""What a method is given and what it answers; needs no more than pandas, so every peer can read it.

A folder holds ``rows.parquet``: ``label``, ``customer``, ``slice`` (train, between, stop,
late, calibrate, test, in order of time) and columns ``x.NAME`` of numbers or texts.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FIT = ("train", "between", "stop")
"""Slices that a method may learn from while it is still choosing."""
VALID = ("calibrate",)
"""Later rows to choose by: to stop, to compare, or to calibrate."""
LATE = ("late",)
"""Slices whose labels are settled after the first of ``calibrate``, and before the test."""
ALL = (*FIT, *LATE, *VALID)
"""Slices that the final fit may learn from."""
BATCH = 10_000
"""Rows of one timed call."""


@dataclass(frozen=True)
class Asked:
    """One task, and how much may be spent on it.

    Parameters
    ----------
    folder : Path
        With ``rows.parquet``.
    into : Path
        Where the answer is written: ``scores.npy`` and ``told.json``.
    budget : float
        Seconds for search and fit.
    threads, seed : int
        Processor threads, and the seed of every random choice.
    frame : DataFrame
        All rows.
    """

    folder: Path
    into: Path
    budget: float
    threads: int
    seed: int
    frame: pd.DataFrame

    @classmethod
    def parse(cls) -> Asked:
        """Read the command line of a method."""
        parser = argparse.ArgumentParser()
        parser.add_argument("folder", type=Path)
        parser.add_argument("into", type=Path)
        parser.add_argument("--budget", type=float, required=True)
        parser.add_argument("--threads", type=int, default=2)
        parser.add_argument("--seed", type=int, default=7)
        told = parser.parse_args()
        frame = pd.read_parquet(told.folder / "rows.parquet")
        return cls(told.folder, told.into, told.budget, told.threads, told.seed, frame)

    @property
    def texts(self) -> list[str]:
        """Names of the columns that hold texts."""
        return [
            each for each in self._inputs if not pd.api.types.is_numeric_dtype(self.frame[each])
        ]

    def rows(self, *slices: str) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
        """Return inputs and outcomes of some slices; texts are categories of the fitting rows."""
        held = self.frame[self.frame["slice"].isin(slices)]
        inputs = held[self._inputs].copy()
        fitting = self.frame["slice"].isin(ALL)
        for name in self.texts:
            levels = sorted(self.frame.loc[fitting, name].dropna().unique())
            inputs[name] = pd.Categorical(inputs[name], categories=levels)
        return inputs, held["label"].to_numpy().astype(np.int64)

    def answer(
        self,
        predict: Callable[[pd.DataFrame], Any],
        seconds: float,
        size: int,
        note: str = "",
    ) -> None:
        """Score the test rows, time it, and write everything down.

        Parameters
        ----------
        predict : callable
            From inputs (n rows) to probabilities (n,).
        seconds : float
            Spent on search and fit.
        size : int
            Bytes of the saved model.
        note : str
            What was chosen.
        """
        inputs, _ = self.rows("test")
        scores = np.asarray(predict(inputs), dtype=np.float64)
        taken = inputs.iloc[np.arange(BATCH) % len(inputs)]
        predict(taken)
        spans = []
        for _ in range(3):
            started = time.perf_counter()
            predict(taken)
            spans.append(time.perf_counter() - started)
        self.into.mkdir(parents=True, exist_ok=True)
        np.save(self.into / "scores.npy", scores)
        told = {
            "train_s": seconds,
            "score_us": sorted(spans)[1] / BATCH * 1e6,
            "bytes": size,
            "note": note,
        }
        (self.into / "told.json").write_text(json.dumps(told))

    @property
    def _inputs(self) -> list[str]:
        return [each for each in self.frame.columns if each.startswith("x.")]


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of everything in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
