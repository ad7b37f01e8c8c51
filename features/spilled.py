"""Columns that lie in files: each is read when it is asked for, and none is held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from features.arrays import Bools, Ints, Values
from features.shards import Shards


class SpilledColumns(Mapping[str, Values]):
    """Columns of some rows of a folder, by name.

    A column is a whole array once it is asked for. Whoever needs all columns asks for some rows at
    a time.

    Parameters
    ----------
    shards : Shards
        Where the rows lie.
    kinds : mapping of str to bool
        Columns in order, and whether each holds texts.
    chosen : (r,) int64, optional
        Positions of the rows; left out, all.
    beside : mapping of str to (r,) array, optional
        More columns, which are held in memory, after the others.
    """

    def __init__(
        self,
        shards: Shards,
        kinds: Mapping[str, bool],
        chosen: Ints | None = None,
        beside: Mapping[str, Values] | None = None,
    ) -> None:
        self.shards = shards
        self.kinds = dict(kinds)
        self.chosen = np.arange(shards.starts[-1]) if chosen is None else chosen
        self.beside = dict(beside or {})

    def __getitem__(self, name: str) -> Values:
        if name in self.beside:
            return self.beside[name]
        if name not in self.kinds:
            raise KeyError(name)
        return self.shards.rows(self.chosen, (name,))[name]

    def __contains__(self, name: object) -> bool:
        return name in self.kinds or name in self.beside

    def __iter__(self) -> Iterator[str]:
        return iter((*self.kinds, *self.beside))

    def __len__(self) -> int:
        return len(self.kinds) + len(self.beside)

    def take(self, rows: Ints | Bools) -> SpilledColumns:
        """Keep some rows, by position or by mask; nothing is read."""
        beside = {name: values[rows] for name, values in self.beside.items()}
        return SpilledColumns(self.shards, self.kinds, self.chosen[rows], beside)

    def only(self, names: Sequence[str]) -> SpilledColumns:
        """Keep some columns; those beside the files stay last."""
        kinds = {name: self.kinds[name] for name in names if name not in self.beside}
        beside = {name: self.beside[name] for name in names if name in self.beside}
        return SpilledColumns(self.shards, kinds, self.chosen, beside)

    def plus(self, columns: Mapping[str, Values]) -> SpilledColumns:
        """Put columns beside the others: of files where they lie in the same, held otherwise."""
        if isinstance(columns, SpilledColumns) and columns.shards is self.shards:
            kinds, beside = columns.kinds, columns.beside
        else:
            kinds, beside = {}, dict(columns)
        # What is held by a name takes the place of the one in files.
        left = {name: text for name, text in self.kinds.items() if name not in beside}
        return SpilledColumns(
            self.shards, {**left, **kinds}, self.chosen, {**self.beside, **beside}
        )

    def rows(self, first: int, end: int) -> dict[str, Values]:
        """Return all columns of the rows from one position up to another, which are read."""
        found = self.shards.rows(self.chosen[first:end], tuple(self.kinds))
        return found | {name: values[first:end] for name, values in self.beside.items()}
