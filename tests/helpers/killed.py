"""A search in a process of its own, which ends it with SIGKILL in the middle of a trial.

Run as ``python -m tests.helpers.killed FOLDER TRIAL``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.helpers.learnable import COLUMNS, STOP, TRAIN
from training.config import Config, Params
from training.search.standing import Standing
from training.search.study import Shelf
from training.search.tune import Terms, tune

CONFIG: Final = Config(
    trials=9, rounds=40, patience=8, params=Params(min_data_in_leaf=20, learning_rate=0.2)
)
"""Rungs are met at rounds 10, 15, 20 and so on, so the first one lies in the middle."""


def killed_in(folder: Path, trial: int) -> int:
    """Search in another process until it kills itself in a trial; return its exit code."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.helpers.killed", str(folder), str(trial)]
    return subprocess.run(command, cwd=root, timeout=300).returncode


def _main(folder: Path, trial: int) -> None:
    def told(standing: Standing) -> None:
        if standing.done == trial and standing.running:
            os.kill(os.getpid(), signal.SIGKILL)

    tune([(TRAIN, STOP)], COLUMNS, CONFIG, told, Terms(Shelf(folder, "shop-churn")))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]))
