"""Links between ids, followed through time: which id stands for which customer, since when.

Links are taken in the order in which they became known. After each instant every id has one root,
the id that its chain of links ends at; a stretch is the time over which the root stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple, TypeAlias

from features.faults import Fault
from features.instants import BEGINNING, NEVER

Id: TypeAlias = int | str


class Link(NamedTuple):
    """A row of an identity table: its number, and what it says; no customer withdraws."""

    row: int
    alias: Id
    customer: Id | None
    known_at: int


class Stretch(NamedTuple):
    """A stretch of knowledge ``(since, until]`` over which an id stands for a root."""

    alias: Id
    since: int
    until: int
    root: Id


@dataclass
class Followed:
    """Where links lead.

    Parameters
    ----------
    stretches : list of Stretch
        Of every id that a link names, each id's one after the other from `BEGINNING` to `NEVER`.
    wrong : mapping of Fault to list of int
        Rows that contradict another row, or close a circle; they are not followed.
    """

    stretches: list[Stretch] = field(default_factory=list)
    wrong: dict[Fault, list[int]] = field(default_factory=dict)


def follow(links: Iterable[Link]) -> Followed:
    """Follow links through time.

    Parameters
    ----------
    links : iterable of Link
        In any order. What comes out does not depend on it.

    Returns
    -------
    Followed

    Examples
    --------
    A card is found to be anna's at 5, and anna to be the household h at 9:

    >>> found = follow([Link(1, "card", "anna", 5), Link(2, "anna", "h", 9)])
    >>> [(each.until, each.root) for each in found.stretches if each.alias == "card"][:2]
    [(5, 'card'), (9, 'anna')]
    """
    walk = _Walk()
    ordered = sorted(links, key=lambda link: (link.known_at, link.row))
    for at, group in groupby(ordered, key=lambda link: link.known_at):
        walk.step(at, list(group))
    return walk.end()


class _Walk:
    """The links as they stand at one instant, and the stretches that are over."""

    def __init__(self) -> None:
        self.customers: dict[Id, Id] = {}
        self.aliases: dict[Id, set[Id]] = {}
        self.roots: dict[Id, tuple[Id, int]] = {}
        self.found = Followed()

    def step(self, at: int, links: list[Link]) -> None:
        for link in links:
            for name in (link.alias, link.customer):
                if name is not None:
                    self.roots.setdefault(name, (name, BEGINNING))
        rows: dict[Id, list[Link]] = {}
        for link in links:
            rows.setdefault(link.alias, []).append(link)
        for alias in [name for name, said in rows.items() if len({e.customer for e in said}) > 1]:
            self._reject(Fault.TWO_CUSTOMERS, rows.pop(alias))
        before = {alias: self.customers.get(alias) for alias in rows}
        for alias, said in rows.items():
            self._put(alias, said[0].customer)
        # What stood before was free of circles, so each holds a link of now.
        while circular := [alias for alias in rows if self._is_circular(alias)]:
            for alias in circular:
                self._reject(Fault.CIRCLE, rows.pop(alias))
                self._put(alias, before[alias])
        for alias in rows:
            self._settle(alias, at)

    def end(self) -> Followed:
        for name, (root, since) in self.roots.items():
            self.found.stretches.append(Stretch(name, since, NEVER, root))
        self.found.stretches.sort()
        return self.found

    def _reject(self, fault: Fault, links: list[Link]) -> None:
        self.found.wrong.setdefault(fault, []).extend(link.row for link in links)

    def _put(self, alias: Id, customer: Id | None) -> None:
        if (old := self.customers.pop(alias, None)) is not None:
            self.aliases[old].discard(alias)
        if customer is not None:
            self.customers[alias] = customer
            self.aliases.setdefault(customer, set()).add(alias)

    def _is_circular(self, alias: Id) -> bool:
        seen, name = {alias}, self.customers.get(alias)
        while name is not None and name not in seen:
            seen.add(name)
            name = self.customers.get(name)
        return name == alias

    def _settle(self, alias: Id, at: int) -> None:
        """End the stretches of all ids whose root changed with that of an alias."""
        root = alias
        while root in self.customers:
            root = self.customers[root]
        waiting = [alias]
        while waiting:
            name = waiting.pop()
            waiting += self.aliases.get(name, ())
            old, since = self.roots[name]
            if old != root:
                self.found.stretches.append(Stretch(name, since, at, old))
                self.roots[name] = (root, at)


def persons(stretches: Iterable[Stretch]) -> dict[Id, Id]:
    """Return, by everything known, the root of every id.

    Examples
    --------
    >>> persons(follow([Link(1, "card", "anna", 5), Link(2, "anna", "h", 9)]).stretches)
    {'anna': 'h', 'card': 'h', 'h': 'h'}
    """
    return {each.alias: each.root for each in stretches if each.until == NEVER}
