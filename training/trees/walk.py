"""Rows on their way down the trees: the margins that LightGBM gives, to the last bit."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.compiled import compiled
from training.trees.forest import MISSING_LEFT, Forest
from training.trees.turn import goes_left

_BLOCK: Final = 256
"""Rows that go down a tree together."""
_SHARE: Final = 2_048
"""Rows that are worth a thread of their own."""


@dataclass(frozen=True, eq=False)
class Walker:
    """What scores rows by the trees of one model.

    Rows go down a tree a level at a time, many of them at once, so that no step waits for another:
    a leaf leads to itself until the deepest one is reached. Leaves are added in the order of the
    trees, as LightGBM adds them on one thread, so a row has the bits that LightGBM gives it, alone
    and among others. Thousands of rows are shared out among the processors, with the same bits.

    Parameters
    ----------
    feature, kind, word, words : (n,) uint32
        Of each node, as `training.trees.forest.Forest` tells them of splits. The nodes of a tree
        are its splits and then its leaves.
    turns : (2 n,) uint32
        Where the right and the left turn of each node lead; those of a leaf to itself.
    threshold, value : (n,) float64
        Of splits, and of leaves; 0 for the others.
    codes : (w,) int64
        As in the forest.
    roots, depths : (t,) int64
        First node of each tree, and the turns to its deepest leaf.
    is_plain : (t,) bool
        Whether a tree compares numbers only, and reads no zero as missing.
    """

    feature: Values
    kind: Values
    word: Values
    words: Values
    turns: Values
    threshold: Floats
    value: Floats
    codes: Ints
    roots: Ints
    depths: Ints
    is_plain: Bools

    @classmethod
    def of(cls, forest: Forest) -> Walker:
        """Lay splits and leaves of each tree side by side."""
        sizes = np.diff(forest.splits)
        roots = (forest.splits + forest.leaves)[:-1]
        tree = np.repeat(np.arange(len(sizes)), sizes)
        # Before a split stand the leaves of earlier trees.
        splits = np.arange(len(forest.feature)) + forest.leaves[tree]
        nodes = len(forest.feature) + len(forest.value)

        def laid(values: Values, kind: type, elsewhere: Values | int = 0) -> Values:
            found: Values = np.zeros(nodes, dtype=kind) + np.asarray(elsewhere, dtype=kind)
            found[splits] = values
            return found

        turns = np.empty(2 * nodes, dtype=np.uint32)
        for place, children in enumerate((forest.right, forest.left)):
            turns[place::2] = laid(children + roots[tree], np.uint32, np.arange(nodes))
        value = np.zeros(nodes)
        value[np.setdiff1d(np.arange(nodes), splits)] = forest.value
        return cls(
            feature=laid(forest.feature, np.uint32),
            kind=laid(forest.kind, np.uint32),
            word=laid(forest.word, np.uint32),
            words=laid(forest.words, np.uint32),
            turns=turns,
            threshold=laid(forest.threshold, np.float64),
            value=value,
            codes=forest.codes,
            roots=roots,
            depths=_depths(forest),
            is_plain=np.bincount(tree, forest.kind > MISSING_LEFT, len(sizes)) == 0,
        )

    def __call__(self, matrix: Floats) -> Floats:
        """Score rows in log-odds.

        Parameters
        ----------
        matrix : (r, columns) float64
            What the model reads.

        Returns
        -------
        (r,) float64
        """
        rows = np.ascontiguousarray(matrix, dtype=np.float64)
        found = np.zeros(len(rows))
        starts = np.linspace(0, len(rows), _threads(len(rows)) + 1, dtype=np.int64).tolist()
        parts = [slice(start, end) for start, end in pairwise(starts)]
        if len(parts) == 1:
            self._add(rows, found)
            return found
        with ThreadPoolExecutor(len(parts)) as pool:
            # What fails in a thread is told here.
            list(pool.map(lambda part: self._add(rows[part], found[part]), parts))
        return found

    def _add(self, rows: Floats, found: Floats) -> None:
        _walk(
            rows.ravel(),
            rows.shape[1],
            self.feature,
            self.kind,
            self.word,
            self.words,
            self.turns,
            self.threshold,
            self.value,
            self.codes,
            self.roots,
            self.depths,
            self.is_plain,
            found,
        )


def processors() -> int:
    """Return how many processors this process may use."""
    mine = getattr(os, "sched_getaffinity", None)
    return len(mine(0)) if mine else os.cpu_count() or 1


def _threads(rows: int) -> int:
    """Return how many threads some rows are worth."""
    return max(1, min(rows // _SHARE, processors()))


def _depths(forest: Forest) -> Ints:
    """Return the turns to the deepest leaf of each tree; children stand after their parents."""
    found = []
    for start, end in pairwise(forest.splits.tolist()):
        deep = [0] * (2 * (end - start) + 1)
        turns = zip(forest.left[start:end].tolist(), forest.right[start:end].tolist(), strict=True)
        for place, children in enumerate(turns):
            for child in children:
                deep[child] = deep[place] + 1
        found.append(max(deep))
    return np.array(found, dtype=np.int64)


@compiled
def _walk(
    flat: Floats,
    columns: int,
    feature: Values,
    kind: Values,
    word: Values,
    words: Values,
    turns: Values,
    threshold: Floats,
    value: Floats,
    codes: Ints,
    roots: Ints,
    depths: Ints,
    is_plain: Bools,
    found: Floats,
) -> None:
    # Places are unsigned: of others the compiled code would ask whether they are below 0.
    at = np.empty(_BLOCK, np.uint32)
    wide = np.uint64(columns)
    for begin in range(0, len(found), _BLOCK):
        many = np.uint64(min(_BLOCK, len(found) - begin))
        start = np.uint64(begin) * wide
        for tree in range(len(roots)):
            for row in range(many):
                at[row] = roots[tree]
            for _ in range(depths[tree]):
                if is_plain[tree]:
                    for row in range(many):
                        node = np.uint64(at[row])
                        x = flat[start + row * wide + np.uint64(feature[node])]
                        # Not a branch, so that rows do not wait for one another.
                        goes = np.uint64(x <= threshold[node])
                        goes |= np.uint64(x != x) & np.uint64(kind[node])
                        at[row] = turns[np.uint64(2) * node + goes]
                else:
                    for row in range(many):
                        node = np.uint64(at[row])
                        x = flat[start + row * wide + np.uint64(feature[node])]
                        goes = np.uint64(
                            goes_left(
                                x,
                                threshold[node],
                                int(kind[node]),
                                int(word[node]),
                                int(words[node]),
                                codes,
                            )
                        )
                        at[row] = turns[np.uint64(2) * node + goes]
            for row in range(many):
                found[begin + int(row)] += value[np.uint64(at[row])]
