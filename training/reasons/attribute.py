"""Exact additive attributions: what each input did to each margin, to the last digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from features.arrays import Floats, Ints
from training.reasons.passes import splitter
from training.trees.forest import Forest

LANES: Final = (4, 8, 16, 32, 64)
"""Nodes of the rules that are compiled. A path may ask for twice as many inputs."""

_SPLITS: Final = (
    *("feature", "left", "right", "before", "threshold", "kind", "word", "words", "codes"),
    *("share", "share_left", "turns", "value", "splits", "leaves"),
)


@dataclass(frozen=True, eq=False)
class Attributor:
    """What splits margins among the inputs of one model.

    Parameters
    ----------
    forest : Forest
        Its trees.

    Notes
    -----
    Path-dependent SHAP values (Lundberg et al., 2020, "From local explanations to global
    understanding with explainable AI for trees", Nature Machine Intelligence 2, section "Tree
    SHAP"), as an integral of a polynomial that a Gauss-Legendre rule takes exactly; see
    docs/decisions/010-exact-reasons.md.
    """

    forest: Forest

    def __call__(self, matrix: Floats) -> Floats:
        """Split the margins of some rows; a row has the same bits alone and among others.

        Parameters
        ----------
        matrix : (r, columns) float64
            What the model reads.

        Returns
        -------
        (r, columns + 1) float64
            Change of the margin by each input, in log-odds, and the base at the end; a row sums
            to its margin.
        """
        rows = np.ascontiguousarray(matrix, dtype=np.float64)
        found = np.zeros((len(rows), self.forest.columns + 1))
        found[:, -1] = self.forest.base
        for split, arrays in self._passes:
            split(rows, *arrays, found)
        return found

    @cached_property
    def _passes(self) -> list[tuple[Callable[..., None], list[Any]]]:
        arrays = [getattr(self.forest, name) for name in _SPLITS]
        most = int(np.diff(self.forest.splits).max(initial=0))
        return [
            (splitter(lanes), [*arrays, trees, *legendre(lanes), most])
            for lanes, trees in _grouped(self.forest.distinct)
        ]

    def warm(self) -> None:
        """Compile, or read from disk, what a row will need: nobody shall wait for it."""
        self(np.zeros((1, self.forest.columns)))


def legendre(count: int) -> tuple[Floats, Floats]:
    """Return the nodes and weights of the Gauss-Legendre rule on [0, 1].

    Parameters
    ----------
    count : int
        Nodes; polynomials of a degree below twice as many are integrated exactly.

    Returns
    -------
    tuple of (1, count) float64 and (1, count) float64

    Examples
    --------
    >>> nodes, weights = legendre(4)
    >>> float(np.round((weights * nodes**7).sum(), 15)) == 1 / 8
    True
    """
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes[None, :] + 1) / 2, weights[None, :] / 2


def _grouped(distinct: Ints) -> Iterator[tuple[int, Ints]]:
    """Deal the trees out to the smallest rule that is exact for their deepest path."""
    needed, least = (distinct + 1) // 2, 0
    for lanes in LANES:
        trees = np.flatnonzero((needed > least) & (needed <= lanes))
        if len(trees):
            yield lanes, trees
        least = lanes
    if (needed > least).any():
        raise ValueError(f"a path of {int(distinct.max())} inputs is longer than any rule")
