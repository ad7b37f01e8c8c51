"""What customers agreed to, as of a cutoff and by now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Ints
from features.windows import before


@dataclass(frozen=True, eq=False)
class Permits:
    """What the customers of a partition say of one use of their data.

    Parameters
    ----------
    offsets : (c + 1,) int64
        What customer ``i`` said stands at ``[offsets[i], offsets[i + 1])``.
    since : (n,) int64
        From when it stands, UTC microseconds, ascending for each customer.
    given : (n,) bool
        Whether it is a consent.
    unless_said : bool
        What stands where nothing was said.
    """

    offsets: Ints
    since: Ints
    given: Bools
    unless_said: bool

    def stood(self, customer: Ints, cutoffs: Ints) -> Bools:
        """Tell who had consented before a cutoff, and has not taken it back since.

        Parameters
        ----------
        customer : (r,) int64
            Position of each row's customer.
        cutoffs : (r,) int64
            UTC microseconds.

        Returns
        -------
        (r,) bool

        Examples
        --------
        >>> said = Permits(np.array([0, 1, 3]), np.array([5, 2, 8]), np.array([1, 1, 0]) > 0, False)
        >>> said.stood(np.array([0, 0, 1]), np.array([5, 6, 6]))
        array([False,  True, False])
        """
        lows, highs = self.offsets[customer], self.offsets[customer + 1]
        then = before(self.since, lows, highs, cutoffs)
        return self._said(lows, then) & self.stands(customer)

    def stands(self, customer: Ints) -> Bools:
        """Tell whose last word is a consent, (r,) bool."""
        return self._said(self.offsets[customer], self.offsets[customer + 1])

    def _said(self, lows: Ints, ends: Ints) -> Bools:
        said = np.full(len(lows), self.unless_said, dtype=np.bool_)
        spoken = ends > lows
        said[spoken] = self.given[ends[spoken] - 1]
        return said
