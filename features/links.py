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

from features.board_faults import learning, reading_boards, refuse, stretch, twice
from features.errors import DefinitionError
from features.instants import plain
from features.names import slug
from features.tables import EventTable
from features.windows import Window

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
        faults = [*twice(self.names), *learning(self.fields), *reading_boards(self.fields)]
        refuse("items", [*faults, *stretch("every", self.every)])
        _whole(self, "every")

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
        faults = [*twice(self.names), *learning(self.fields), *stretch("every", self.every)]
        refuse("people", faults)
        _whole(self, "every")

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
        faults += [*twice(self.names), *learning(read), *stretch("every", self.every)]
        refuse("groups", faults)
        _whole(self, "every")

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
        refuse("mates", [*learning((self.member,)), *stretch("every", self.every)])
        _whole(self, "every")

    @property
    def names(self) -> tuple[str, ...]:
        """Fields that can be read."""
        column = "" if self.member.alias else getattr(self.member, "column", "")
        return (f"same_{slug(column or self.member.name)}",)

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
        refuse("answers", [*stretch("days", self.days), *stretch("every", self.every)])
        _whole(self, "days", "every")

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
            known = ", ".join(self.board.names) or "none; give it fields"
            fault = f"the board has no field '{self.field}'; it has {known}"
            raise DefinitionError("board", [fault])
        if bool(self.by) == (isinstance(self.board, Groups) and self.board.member is None):
            fault = "'by' must name a category of the event, and none for a board of everyone"
            raise DefinitionError("board", [f"{fault}; got {self.by!r}"])

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


def _whole(board: Board, *names: str) -> None:
    """Write 7 and 7.0 days, which are one stretch, in one way."""
    for name in names:
        object.__setattr__(board, name, Window(getattr(board, name)).days)
