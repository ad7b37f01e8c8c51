"""The loops that split a margin among the inputs: down a tree, and up again.

What they compute, and why it is exact, stands in docs/decisions/010-exact-reasons.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from features.arrays import Floats, Ints, Values
from features.compiled import compiled
from training.reasons.lanes import load, splat, store
from training.trees.turn import goes_left


@cache
def splitter(lanes: int) -> Callable[..., None]:
    """Return the compiled loops for trees whose paths ask for so many nodes or fewer."""

    def split(
        matrix: Floats,
        feature: Values,
        left: Values,
        right: Values,
        before: Values,
        threshold: Floats,
        kind: Values,
        word: Values,
        words: Values,
        codes: Ints,
        share: Floats,
        share_left: Floats,
        turns: Floats,
        value: Floats,
        splits: Ints,
        leaves: Ints,
        trees: Ints,
        nodes: Floats,
        weights: Floats,
        most: int,
        found: Floats,
    ) -> None:
        # Above a split: product of the factors of its path. Below: mean value of its leaves.
        above, below = np.empty((most + 1, lanes)), np.empty((2 * most + 1, lanes))
        part, slope = np.empty((most, lanes)), np.empty((most, lanes))
        taken = np.empty(2 * most + 1)
        effect = np.empty((matrix.shape[1], lanes))
        t, weight = load(nodes, 0, lanes), load(weights, 0, lanes)
        one, nought = splat(1.0, lanes), splat(0.0, lanes)
        for row in range(matrix.shape[0]):
            x = matrix[row]
            effect[:] = 0.0
            for tree in trees:
                start, size = splits[tree], splits[tree + 1] - splits[tree]
                store(above, 0, weight)
                for leaf in range(size + 1):
                    store(below, size + leaf, splat(value[leaves[tree] + leaf], lanes))
                taken[2 * size] = 1.0
                for place in range(size):
                    at = start + place
                    goes = goes_left(
                        x[feature[at]], threshold[at], kind[at], word[at], words[at], codes
                    )
                    still = taken[before[at]]
                    taken[2 * place] = still * goes
                    taken[2 * place + 1] = still - still * goes
                    reach = load(above, place, lanes)
                    if still == 0.0:
                        # The row left the turns of this input above: it decides nothing here.
                        going, change = splat(turns[at], lanes), nought
                    elif before[at] == 2 * size:
                        step = splat(still * goes - share_left[at], lanes)
                        going = splat(share_left[at], lanes) + step * t
                        change = reach * step
                    else:
                        step = splat(still * goes - share_left[at], lanes)
                        past = splat(1.0 - share[at], lanes)
                        scale = one / (splat(share[at], lanes) + past * t)
                        going = scale * (splat(share_left[at], lanes) + step * t)
                        change = reach * scale * (step - going * past)
                    follow = reach * going
                    # What leads to leaves is not read again.
                    store(above, left[at] if left[at] < size else most, follow)
                    store(above, right[at] if right[at] < size else most, reach - follow)
                    store(part, place, going)
                    store(slope, place, change)
                for place in range(size - 1, -1, -1):
                    at = start + place
                    other = load(below, right[at], lanes)
                    apart = load(below, left[at], lanes) - other
                    store(below, place, other + load(part, place, lanes) * apart)
                    sofar = load(effect, feature[at], lanes)
                    store(effect, feature[at], sofar + load(slope, place, lanes) * apart)
            for column in range(matrix.shape[1]):
                whole = 0.0
                for lane in range(lanes):
                    whole += effect[column, lane]
                found[row, column] += whole

    made: Any = compiled(split)
    return made  # type: ignore[no-any-return]
