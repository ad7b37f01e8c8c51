"""Where the items, people and groups of a board stand, and where events name them."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import numpy as np

from features.arrays import Bools, Ints
from features.segments import Category, Events, Levels


class Places:
    """Places on a board by name; those who are not on it share one, and an absent name has its own.

    Parameters
    ----------
    names : mapping of str to int
        Place of each name.
    many : int
        Number of places. Who is not on the board stands at ``many``, an absent name after it.
    """

    def __init__(self, names: Mapping[str, int], many: int) -> None:
        self._names = names
        self._many = many
        # A category that came with a request is let go with it.
        self._levels: WeakKeyDictionary[Levels, Ints] = WeakKeyDictionary()

    def __len__(self) -> int:
        return self._many

    def at(self, name: str) -> int:
        """Return the place of a name."""
        return self._names.get(name, self._many)

    def of(self, events: Events, column: str) -> Ints:
        """Return the places of those whom a category of events names, (n,)."""
        found = events.columns[column]
        if not isinstance(found, Category):
            raise TypeError(f"column '{column}' is a measure, not a category")
        places = self._levels.get(found.levels)
        if places is None:
            stand = [*map(self.at, found.levels.names), self._many + 1]
            places = self._levels[found.levels] = np.array(stand, dtype=np.int64)
        return places[found.codes]

    def holds(self, places: Ints) -> Bools:
        """Tell which places are those of somebody on the board."""
        return places < self._many
