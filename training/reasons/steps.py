"""How a margin moves when one input moves and all others stay: a step function, exactly."""

from __future__ import annotations

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.compiled import compiled
from training.trees.forest import CATEGORY, Forest
from training.trees.turn import goes_left


def steps_of(forest: Forest, row: Floats, wanted: Bools) -> tuple[Ints, Floats, Floats]:
    """Find where the margin of a row steps when one of its inputs moves.

    Parameters
    ----------
    forest : Forest
        The model.
    row : (columns,) float64
        What the model reads.
    wanted : (columns,) bool
        Inputs that may move; numbers, not null.

    Returns
    -------
    (n,) int64, (n,) float64, (n,) float64
        Input, threshold (from minus infinity), and how much the margin steps just above it.
        Summed from below up to a value, the steps of an input are the margin of all trees that
        ask for it.
    """
    room = 4 * len(forest.feature) + 4
    column, place, step = np.empty(room, np.int64), np.empty(room), np.empty(room)
    count = _walk(
        row,
        wanted,
        forest.feature,
        forest.left,
        forest.right,
        forest.threshold,
        forest.kind,
        forest.word,
        forest.words,
        forest.codes,
        forest.value,
        forest.splits,
        forest.leaves,
        column,
        place,
        step,
    )
    return column[:count], place[:count], step[:count]


@compiled
def _walk(
    row: Floats,
    wanted: Bools,
    feature: Values,
    left: Values,
    right: Values,
    threshold: Floats,
    kind: Values,
    word: Values,
    words: Values,
    codes: Ints,
    value: Floats,
    splits: Ints,
    leaves: Ints,
    column: Ints,
    place: Floats,
    step: Floats,
) -> int:
    most = 0
    for tree in range(len(splits) - 1):
        most = max(most, splits[tree + 1] - splits[tree])
    nodes = np.empty(most + 2, np.int64)
    lows, highs = np.empty(most + 2), np.empty(most + 2)
    asked = np.full(len(row), -1)
    count = 0
    for tree in range(len(splits) - 1):
        start, size = splits[tree], splits[tree + 1] - splits[tree]
        for first in range(size):
            moving = feature[start + first]
            if not wanted[moving] or asked[moving] == tree:
                continue
            asked[moving] = tree
            nodes[0], lows[0], highs[0], held = 0, -np.inf, np.inf, 1
            while held:
                held -= 1
                node, low, high = nodes[held], lows[held], highs[held]
                if node >= size:
                    margin = value[leaves[tree] + node - size]
                    column[count], place[count], step[count] = moving, low, margin
                    count += 1
                    if high < np.inf:
                        column[count], place[count], step[count] = moving, high, -margin
                        count += 1
                    continue
                at = start + node
                if feature[at] != moving or kind[at] == CATEGORY:
                    goes = goes_left(
                        row[feature[at]], threshold[at], kind[at], word[at], words[at], codes
                    )
                    nodes[held] = left[at] if goes == 1.0 else right[at]
                    lows[held], highs[held] = low, high
                    held += 1
                    continue
                cut = threshold[at]
                if low < cut:
                    nodes[held], lows[held], highs[held] = left[at], low, min(high, cut)
                    held += 1
                if cut < high:
                    nodes[held], lows[held], highs[held] = right[at], max(low, cut), high
                    held += 1
    return count
