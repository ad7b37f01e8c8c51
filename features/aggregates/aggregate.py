"""An aggregate: a way to turn the events of a window into one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from features.arrays import Floats
from features.segments import Levels
from features.stream import Asked, Stream

Compute: TypeAlias = Callable[[Stream, str, Asked, Floats], Levels | None]
"""From a stream, a column and w windows; fills in (w, r) values.

Where these are codes, with -1 for null, it returns what they are codes of.
"""


@dataclass(frozen=True)
class Aggregate:
    """A way to turn the events of a window into one value.

    Parameters
    ----------
    name : str
        Part of the feature's name.
    compute : callable
        Fills in the values of each window of a column of a stream. The kernel hands over windows
        by lag, the shortest first.
    phrase : str
        Begins the description; ``{column}`` and ``{events}`` are filled in.
    null : str
        When the value is null; empty when it never is.
    unit : str
        Unit of the value; ``{unit}`` stands for the unit of the column, and so does an empty text.
    column : str
        Kind of column it reads: ``""``, ``"measure"``, ``"category"`` or ``"any"``.
    timed : bool
        Whether it asks when events happened, which a table without times cannot answer.
    reaches : bool
        Whether events before the window matter to it too.
    """

    name: str
    compute: Compute
    phrase: str
    null: str = ""
    unit: str = ""
    column: str = ""
    timed: bool = False
    reaches: bool = False
