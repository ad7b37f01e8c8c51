"""Who is who as of a cutoff, for the customers of a partition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.arrays import Bools, Ints, Values
from features.instants import NEVER
from features.windows import known


@dataclass(frozen=True, eq=False)
class Identity:
    """Stretches of knowledge over which ids stand for customers; see `features.aliases`.

    Parameters
    ----------
    alias : (n,) int64 or object
        Ids, ascending; the stretches of one id follow each other.
    since, until : (n,) int64
        UTC microseconds. A stretch holds at cutoffs with ``since < cutoff <= until``.
    root : (n,) int64 or object
        The customer that the id stands for; itself while it is nobody's alias.
    """

    alias: Values
    since: Ints
    until: Ints
    root: Values

    def root_of(self, customer: int | str, cutoff: int) -> int | str:
        """Return the customer that an id stands for at a cutoff.

        Examples
        --------
        >>> cards = np.array(["b", "b"], dtype=object)
        >>> merged = Identity(cards, np.array([0, 5]), np.array([5, 9]), np.array(["b", "a"]))
        >>> [str(merged.root_of(each, 6)) for each in ("a", "b", "c")]
        ['a', 'a', 'c']
        """
        low, high = self._spans.get(customer, (0, 0))
        holds = known(self.since[low:high], cutoff, self.until[low:high])
        found = self.root[low:high][holds].tolist()
        return found[0] if found else customer

    def somebody(self, customers: Values, cutoffs: Ints) -> Bools:
        """Tell which customers are nobody's alias, (customers, cutoffs) bool."""
        is_one = np.ones((len(customers), len(cutoffs)), dtype=np.bool_)
        other = self.alias != self.root
        places = positions(customers, self.alias[other])
        since, until = self.since[other][:, np.newaxis], self.until[other][:, np.newaxis]
        here = places >= 0
        np.logical_and.at(is_one, places[here], ~known(since, cutoffs, until)[here])
        return is_one

    def persons(self, customers: Values) -> Ints:
        """Return, by everything known, the position of the customer that each one stands for.

        Parameters
        ----------
        customers : (c,) int64 or object
            Ids, ascending, among them those that the others stand for.

        Returns
        -------
        (c,) int64
        """
        found = np.arange(len(customers), dtype=np.int64)
        last = np.append(self.alias[1:] != self.alias[:-1], True)[: len(self.alias)]
        places = positions(customers, self.alias[last])
        roots = positions(customers, self.root[last])
        here = (places >= 0) & (roots >= 0)
        found[places[here]] = roots[here]
        return found

    def other_names(self, ids: Iterable[int | str]) -> set[int | str]:
        """Return ids with all others that are the same customers by everything known."""
        wanted = {self.root_of(each, NEVER) for each in ids}
        names = self._spans.keys() | set(self.root.tolist())
        return {*ids, *(each for each in names if self.root_of(each, NEVER) in wanted)}

    @cached_property
    def _spans(self) -> dict[int | str, tuple[int, int]]:
        spans: dict[int | str, tuple[int, int]] = {}
        for place, name in enumerate(self.alias.tolist()):
            spans[name] = (spans.get(name, (place, 0))[0], place + 1)
        return spans


def positions(held: Values, wanted: Values) -> Ints:
    """Return where each wanted id stands among ids that ascend, or -1.

    Examples
    --------
    >>> positions(np.array([2, 5]), np.array([5, 3, 9]))
    array([ 1, -1, -1])
    """
    if not len(held) or (held.dtype == object) != (wanted.dtype == object):
        return np.full(len(wanted), -1, dtype=np.int64)
    places = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
    return np.where(held[places] == wanted, places, -1).astype(np.int64)
