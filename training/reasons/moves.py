"""Steps of one input that a search for changes tries, and the rows that they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from features.arrays import Floats


@dataclass(frozen=True)
class Move:
    """A value that an input could take: how far away it is, and the margin that is expected."""

    distance: float
    margin: float
    column: int
    value: float


@dataclass(frozen=True, eq=False)
class Moved:
    """A row that can be: how far away it is, what it was led to, and all that moved."""

    values: Floats
    distance: float = 0.0
    margin: float = 0.0
    led: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()


def lowest(moves: Sequence[Move]) -> list[Move]:
    """Return the move of each input that lowers the margin most, the lowest first."""
    best: dict[int, Move] = {}
    for move in moves:
        if move.column not in best or move.margin < best[move.column].margin:
            best[move.column] = move
    return sorted(best.values(), key=lambda move: move.margin)
