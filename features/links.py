"""Boards as values: what is published of items, people and groups, for others' features to read.

A board is made anew every so many days from everything known by then. A feature at a cutoff reads
the last board that was published at or before it, so what it learns of others is older than the
cutoff by construction. What a board says of the item, person or group that an event names is a
column of that event (a `Link`), and every aggregate and condition can read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from features.errors import DefinitionError
from features.instants import MOST_DAYS, TICK, plain
from features.names import slug
from features.tables import EventTable

if TYPE_CHECKING:
    from features.feature import Feature

How: TypeAlias = Literal["total", "mean", "largest", "smallest"]

HOWS: Final[tuple[How, ...]] = ("total", "mean", "largest", "smallest")

MEMBERS: Final = "members"
"""Field of every group: how many belong to it."""


@dataclass(frozen=True)
class Items:
    """What all customers together did with each item; see `features.boards.items`."""

    table: str
    column: str
    customer: str
    fields: tuple[Feature, ...]
    every: float = 1

    def __post_init__(self) -> None:
        _refuse("items", [*_twice(self.names), *_learning(self.fields), *_rhythm(self.every)])

    @property
    def names(self) -> tuple[str, ...]:
        """Fields that can be read."""
        return tuple(each.name for each in self.fields)

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        return {
            "kind": "items",
            "table": self.table,
            "column": self.column,
            "customer": self.customer,
            "fields": [each.to_json() for each in self.fields],
            "every": self.every,
        }


@dataclass(frozen=True)
class People:
    """What is known of each person by name; see `features.boards.people`."""

    fields: tuple[Feature, ...]
    every: float = 1

    def __post_init__(self) -> None:
        _refuse("people", [*_twice(self.names), *_learning(self.fields), *_rhythm(self.every)])

    @property
    def names(self) -> tuple[str, ...]:
        """Fields that can be read."""
        return tuple(each.name for each in self.fields)

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        fields = [each.to_json() for each in self.fields]
        return {"kind": "people", "fields": fields, "every": self.every}


@dataclass(frozen=True)
class Groups:
    """What the members of each group are together; see `features.boards.groups`."""

    member: Feature | None
    fields: tuple[tuple[How, Feature], ...]
    every: float = 1

    def __post_init__(self) -> None:
        pooled = [how for how, _ in self.fields]
        faults = [f"expected one of {[*HOWS]}, got {how!r}" for how in pooled if how not in HOWS]
        read = [each for _, each in self.fields] + ([self.member] if self.member else [])
        faults += [*_twice(self.names), *_learning(tuple(read)), *_rhythm(self.every)]
        _refuse("groups", faults)

    @property
    def names(self) -> tuple[str, ...]:
        """Fields that can be read."""
        return (MEMBERS, *(f"{each.name}_{how}" for how, each in self.fields))

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        return {
            "kind": "groups",
            "member": None if self.member is None else self.member.to_json(),
            "fields": [[how, each.to_json()] for how, each in self.fields],
            "every": self.every,
        }


@dataclass(frozen=True)
class Mates:
    """Whether somebody belongs to the customer's own group; see `features.boards.mates`."""

    member: Feature
    every: float = 1

    def __post_init__(self) -> None:
        _refuse("mates", [*_learning((self.member,)), *_rhythm(self.every)])

    @property
    def names(self) -> tuple[str, ...]:
        """Fields that can be read."""
        return (f"same_{slug(getattr(self.member, 'column', '') or self.member.name)}",)

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        return {"kind": "mates", "member": self.member.to_json(), "every": self.every}


@dataclass(frozen=True)
class Answers:
    """How often somebody turned to the customer in return; see `features.boards.answers`."""

    table: str
    column: str
    days: float
    every: float = 1

    def __post_init__(self) -> None:
        good = TICK <= self.days <= MOST_DAYS
        fault = f"days must be above 0 and at most {MOST_DAYS:,}, got {self.days}"
        _refuse("answers", [*([] if good else [fault]), *_rhythm(self.every)])

    @property
    def names(self) -> tuple[str, ...]:
        """Fields that can be read."""
        return (f"answers_{plain(self.days)}d".replace(".", "_"),)

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        found = {"table": self.table, "column": self.column, "days": self.days, "every": self.every}
        return {"kind": "answers", **found}


Board: TypeAlias = Items | People | Groups | Mates | Answers


@dataclass(frozen=True)
class Link:
    """A column that a board adds to events: what it says of the one whom the event names.

    Parameters
    ----------
    by : str
        Category of the event that holds the name; empty for a board of everyone.
    board : Board
        What is published.
    field : str
        What is read of it.
    """

    by: str
    board: Board
    field: str

    def __post_init__(self) -> None:
        if self.field not in self.board.names:
            known = ", ".join(self.board.names)
            fault = f"the board has no field '{self.field}'; it has {known}"
            raise DefinitionError("board", [fault])

    @property
    def name(self) -> str:
        """Name of the column."""
        return f"{self.by or 'everyone'}.{self.field}"

    @property
    def says(self) -> str:
        """What the column tells of the one whom an event names."""
        whom = f"the {self.by} of the event" if self.by else "everyone"
        board = self.board
        if isinstance(board, Mates):
            what = f"1 if {whom} belongs to the customer's group ({board.member.name})"
        elif isinstance(board, Answers):
            days = plain(board.days)
            what = (
                f"events of {board.table} in which {whom} turned to the customer, in the {days} "
                "days before the board"
            )
        elif self.field == MEMBERS:
            what = (
                f"the number of customers of the same {self.by}"
                if self.by
                else "how many there are"
            )
        elif isinstance(board, Groups):
            how, each = dict(zip(board.names[1:], board.fields, strict=True))[self.field]
            among = f"customers of the same {self.by}" if self.by else "everyone"
            what = f"the {how} over {among} of: {each.description}"
        else:
            each = next(each for each in board.fields if each.name == self.field)
            what = f"of {whom}, by all customers together: {each.description}"
            if isinstance(board, People):
                what = f"of {whom}: {each.description}"
        return f"{self.name} is {what}".replace("the cutoff", "the board")

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        return {"by": self.by, "board": self.board.to_json(), "field": self.field}


class Linked(str):
    """The name of a column that a board adds, with the link behind it.

    It stands wherever a column is named: in builders, recipes and conditions.
    """

    link: Link
    __slots__ = ("link",)

    def __new__(cls, link: Link) -> Linked:
        """Name a link."""
        made = super().__new__(cls, link.name)
        made.link = link
        return made


def item_contract(board: Items, table: EventTable) -> EventTable:
    """Return the contract of a table whose events are dealt out to items."""
    others = [each for each in table.categories if each != board.column]
    return replace(table, customer=board.column, categories=[board.customer, *others])


def link_from_json(value: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Feature]) -> Link:
    """Read back what ``to_json`` wrote.

    Parameters
    ----------
    value : mapping
        The link.
    read : callable
        Reads a feature.
    """
    return Link(value["by"], _board(value["board"], read), value["field"])


def _board(value: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Feature]) -> Board:
    kind, every = value["kind"], value["every"]
    if kind == "items":
        fields = tuple(read(each) for each in value["fields"])
        return Items(value["table"], value["column"], value["customer"], fields, every)
    if kind == "people":
        return People(tuple(read(each) for each in value["fields"]), every)
    if kind == "groups":
        member = None if value["member"] is None else read(value["member"])
        return Groups(member, tuple((how, read(each)) for how, each in value["fields"]), every)
    if kind == "mates":
        return Mates(read(value["member"]), every)
    if kind == "answers":
        return Answers(value["table"], value["column"], value["days"], every)
    raise DefinitionError("board", [f"unknown kind {kind!r}"])


def _refuse(what: str, faults: list[str]) -> None:
    if faults:
        raise DefinitionError(f"board of {what}", faults)


def _twice(names: tuple[str, ...]) -> list[str]:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return [f"two fields are called '{name}'; rename one with .named()" for name in twice]


def _rhythm(every: float) -> list[str]:
    good = TICK <= every <= MOST_DAYS
    return [] if good else [f"every must be above 0 and at most {MOST_DAYS:,} days, got {every}"]


def _learning(features: tuple[Feature, ...]) -> list[str]:
    """Refuse what learns: a board is published before there is anybody to learn from."""
    found, waiting = [], list(features)
    while waiting:
        each = waiting.pop()
        waiting += each.inputs
        if getattr(each, "waits", False):
            found.append(f"'{each.name}' learns from data, which a board cannot")
    return found
