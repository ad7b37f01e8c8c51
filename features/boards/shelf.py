"""Editions that are kept: made once, found again, and let go when there are too many."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock, RLock
from typing import Final

import numpy as np

from features.arrays import Ints
from features.boards.publish import Edition, size_of
from features.links import Board

ROOM: Final = 2**30
"""Bytes of all editions that are kept."""

Make = Callable[[Board, Ints], list[Edition]]


class Shelf:
    """Editions by board and instant; threads may ask at once.

    Parameters
    ----------
    make : callable
        Makes the editions of a board at some instants.
    room : int
        Bytes. When there are more, those are let go that were asked for longest ago, but none
        that is being asked for.
    """

    def __init__(self, make: Make, room: int = ROOM) -> None:
        self._make = make
        self._room = room
        self._kept: OrderedDict[tuple[Board, int], Edition] = OrderedDict()
        self._held = 0
        self._looking = Lock()
        # A board may need another one while it is made.
        self._making = RLock()

    def editions(self, board: Board, instants: Ints) -> Mapping[int, Edition]:
        """Return the editions of a board at some instants, (t,) UTC microseconds."""
        wanted = np.unique(instants).tolist()
        found = self._found(board, wanted)
        if len(found) == len(wanted):
            return found
        with self._making:
            # Whoever waited for this may find that it has been made.
            found = self._found(board, wanted)
            missing = [at for at in wanted if at not in found]
            if missing:
                made = self._make(board, np.array(missing, dtype=np.int64))
                found |= dict(zip(missing, made, strict=True))
                self._keep(board, found)
        return found

    def _found(self, board: Board, wanted: list[int]) -> dict[int, Edition]:
        found = {}
        with self._looking:
            for at in wanted:
                edition = self._kept.get((board, at))
                if edition is not None:
                    self._kept.move_to_end((board, at))
                    found[at] = edition
        return found

    def _keep(self, board: Board, found: Mapping[int, Edition]) -> None:
        with self._looking:
            for at, edition in found.items():
                if (board, at) not in self._kept:
                    self._held += size_of(edition)
                self._kept[board, at] = edition
                self._kept.move_to_end((board, at))
            while self._held > self._room and len(self._kept) > len(found):
                _, gone = self._kept.popitem(last=False)
                self._held -= size_of(gone)
