"""How many trees of a finished model are enough, by the rows that stop training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import lightgbm
import numpy as np

from features.arrays import Bools, Floats
from training.fit import Rows
from training.large.matrix import Matrix

_ROWS: Final = 1 << 15


def rounds_after(booster: lightgbm.Booster, stop: Rows, patience: int) -> tuple[int, float]:
    """Stop a model after it was fitted, where early stopping would have stopped it.

    Workers of LightGBM see their own rows of a slice only, so they cannot agree when to stop.

    Parameters
    ----------
    booster : lightgbm.Booster
        With trees to spare.
    stop : Rows
        Rows to stop by.
    patience : int
        Rounds without gain after which later ones are not looked at.

    Returns
    -------
    tuple of int and float
        Rounds, and the log loss after them.
    """
    sums = np.zeros(booster.num_trees())
    for matrix, label in _blocks(stop):
        margin, sign = np.zeros(len(label)), np.where(label, -1.0, 1.0)
        for tree in range(len(sums)):
            margin += np.asarray(
                booster.predict(
                    matrix, raw_score=True, start_iteration=tree, num_iteration=1, num_threads=1
                )
            )
            sums[tree] += np.logaddexp(0.0, sign * margin).sum()
    losses = sums / len(stop.label)
    best = 0
    for tree, loss in enumerate(losses):
        if loss < losses[best]:
            best = tree
        elif tree - best >= patience:
            break
    return best + 1, float(losses[best])


def _blocks(rows: Rows) -> Iterator[tuple[Floats, Bools]]:
    first = 0
    matrix = rows.matrix
    blocks = (
        matrix.blocks()
        if isinstance(matrix, Matrix)
        else (matrix[at : at + _ROWS] for at in range(0, len(matrix), _ROWS))
    )
    for block in blocks:
        yield block, rows.label[first : first + len(block)]
        first += len(block)
