"""Rows of a ready-made table whose true probability is known, in the order of their days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa

from features import LabelledTable
from features.arrays import Bools, Floats
from training import Project, Task, labelled
from training.config import Config
from training.data import open_data
from training.prepare import Prepared, prepare

COLUMNS: Final = 12
DAYS: Final = 700
LEVELS: Final = ("a", "b", "c", "d", "e", "f")

_TABLE: Final = LabelledTable("rows", label="y", customer="id", time="day")
_PROJECT: Final = Project("timid", [_TABLE], tasks=[Task("y", labelled(_TABLE))])

Margins: TypeAlias = Callable[[Floats, np.random.Generator], Floats]


def _lines(x: Floats, random: np.random.Generator) -> Floats:
    found: Floats = x[:, :8] @ random.normal(size=8) * 0.5 - 1.8
    return found


def _steps(x: Floats, random: np.random.Generator) -> Floats:
    both = (x[:, 0] > 0) & (x[:, 1] > 0.3)
    return 1.2 * both + 0.8 * np.sin(2 * x[:, 2]) + 0.9 * (x[:, 3] > 1) + 0.5 * x[:, 4] - 2.2


def _weak(x: Floats, random: np.random.Generator) -> Floats:
    return 0.2 * x[:, 0] + 0.3 * (x[:, 1] > 0) * x[:, 2] - 1.0


def _strong(x: Floats, random: np.random.Generator) -> Floats:
    found: Floats = 2 * x[:, :5] @ random.normal(size=5) + 2 * (x[:, 5] > 0) * x[:, 6] - 1.0
    return found


def _rare(x: Floats, random: np.random.Generator) -> Floats:
    found: Floats = x[:, :6] @ random.normal(size=6) * 0.6 + 0.8 * (x[:, 6] > 1) - 4.2
    return found


WORLDS: Final[Mapping[str, Margins]] = {
    "lines": _lines,
    "steps": _steps,
    "weak": _weak,
    "strong": _strong,
    "rare": _rare,
}
"""True log-odds of the (n, 12) numbers of some rows; nothing in them changes with time."""


def prepared(world: str, count: int, seed: int, config: Config) -> tuple[Prepared, Floats]:
    """Draw rows, and lay them into slices as `foretell train` does.

    Returns
    -------
    Prepared
        Whose customers are the numbers of the rows.
    (n,) float64
        The true probability of each row, by its number.
    """
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, COLUMNS))
    level = random.integers(0, len(LEVELS), count)
    log_odds = WORLDS[world](x, random) + 0.5 * (level == 0) - 0.6 * (level == 3)
    truth: Floats = 1 / (1 + np.exp(-log_odds))
    y: Bools = random.random(count) < truth
    first, day = date(2021, 1, 1), np.sort(random.integers(0, DAYS, count))
    columns = {
        "id": np.arange(count),
        "day": [first + timedelta(days=each) for each in day.tolist()],
        "level": [LEVELS[each] for each in level.tolist()],
        "y": y,
        **{f"x{place}": x[:, place] for place in range(COLUMNS)},
    }
    data = open_data(_PROJECT, {"rows": pa.table(columns)}, lambda text: None)
    task = _PROJECT.tasks[0]
    return prepare(data.described(_PROJECT), task, data, data.timed(config)), truth
