"""What can be wrong with a cell, and the words for it, the same from every carrier."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final, Literal, NamedTuple, TypeAlias

from features.errors import Violation
from features.tables import EventTable, Table

Role: TypeAlias = Literal[
    "customer",
    "occurred_at",
    "known_at",
    "measure",
    "category",
    "event_id",
    "withdrawn",
    "alias",
    "purpose",
    "given",
]


class Fault(Enum):
    """One way in which a cell, or a column, breaks a contract."""

    WRONG_TYPE = auto()
    ABSENT = auto()
    NOT_A_TIME = auto()
    NAIVE = auto()
    MIXED_ZONES = auto()
    MIXED_OFFSETS = auto()
    FUTURE = auto()
    KNOWN_EARLY = auto()
    NOT_A_NUMBER = auto()
    NOT_FINITE = auto()
    TOO_FINE = auto()
    TOO_LARGE = auto()
    NOT_AN_ID = auto()
    DUPLICATE = auto()
    OTHER_CUSTOMER = auto()
    NOT_A_FLAG = auto()
    SELF_LINK = auto()
    TWO_CUSTOMERS = auto()
    CIRCLE = auto()


class Part(NamedTuple):
    """A column and the part it plays in its table."""

    role: Role
    column: str


_NOUNS: Final[dict[Role, str]] = {
    "customer": "a customer id, whole number or text",
    "occurred_at": "a time",
    "known_at": "a time",
    "measure": "a number",
    "category": "a name or id, text or whole number",
    "event_id": "an id, text or whole number",
    "withdrawn": "true or false",
    "alias": "a customer id, whole number or text",
    "purpose": "a name, text or whole number",
    "given": "true or false",
}

_WORDS: Final[dict[Fault, tuple[str, str, str]]] = {
    Fault.WRONG_TYPE: ("{noun}", "{came}", "{cast}"),
    Fault.ABSENT: ("{noun} in every row", "empty cells", "fill the cells or drop the rows"),
    Fault.NOT_A_TIME: (
        "an ISO 8601 time of the years 1000 to 2999, such as 2017-11-05T09:30:00Z",
        "something else",
        "write the cells so, or drop the rows",
    ),
    Fault.NAIVE: (
        "times with a zone",
        "times without one",
        "add Z or an offset to the times, or declare timezone= on the table",
    ),
    Fault.MIXED_ZONES: (
        "a zone in every time, or in none",
        "{came}",
        "write all times in one way, best in UTC with Z",
    ),
    Fault.MIXED_OFFSETS: (
        "one offset from UTC in all times",
        "{came}",
        "write all times in UTC with Z; or, for local times of one place, declare timezone=",
    ),
    Fault.FUTURE: (
        "times up to now, {came}",
        "times that have not come yet",
        "check the clock and the zone of the source; plans and forecasts are not events",
    ),
    Fault.KNOWN_EARLY: (
        "that an event is known when it happens or later",
        "events known before they happened",
        "check that the two time columns are not swapped and have the same zone",
    ),
    Fault.NOT_A_NUMBER: (
        "a number such as -12.50",
        "text that is no number",
        "write numbers with a point and no thousands mark; leave the cell empty where none is",
    ),
    Fault.NOT_FINITE: (
        "a finite number",
        "NaN or infinity",
        "leave the cell empty where there is no number",
    ),
    Fault.TOO_FINE: (
        "at most {scale} decimals, as {kind} declares",
        "more",
        "round the values, or declare more decimals",
    ),
    Fault.TOO_LARGE: (
        "{large}",
        "a larger one",
        "check the unit of the column, or declare fewer decimals",
    ),
    Fault.NOT_AN_ID: (
        "{noun}",
        "a number that is not whole",
        "declare it as a measure, or write ids as text",
    ),
    Fault.DUPLICATE: (
        "each value once",
        "values that came before",
        "drop the repeated rows, or name a column that is unique",
    ),
    Fault.OTHER_CUSTOMER: (
        "the customer of the request, {came}",
        "another one",
        "send the records of one customer, or leave the column out",
    ),
    Fault.NOT_A_FLAG: (
        "{noun}",
        "something else",
        "write true or false; an empty cell is false",
    ),
    Fault.SELF_LINK: (
        "another id than the customer's",
        "ids that are linked to themselves",
        "drop the rows; to undo a link, declare withdrawn= and write true",
    ),
    Fault.TWO_CUSTOMERS: (
        "one customer for an alias at one instant",
        "several",
        "keep the row that is right; a link that was moved has a later time",
    ),
    Fault.CIRCLE: (
        "links that end at a customer",
        "links that lead back to where they begin",
        "keep the links to the id that stays; to turn a link round, withdraw it first",
    ),
}


def parts_of(table: Table) -> tuple[Part, ...]:
    """Return the columns of a table with the parts they play.

    Examples
    --------
    >>> visits = EventTable("visits", customer="id", occurred_at="at", categories=["shop"])
    >>> [part.role for part in parts_of(visits)]
    ['customer', 'occurred_at', 'category']
    """
    single: list[tuple[Role, str | None]] = [
        ("customer", table.customer),
        ("occurred_at", table.occurred_at),
        ("known_at", table.known_at),
        ("event_id", table.event_id if isinstance(table, EventTable) else None),
        ("withdrawn", table.withdrawn),
        ("alias", getattr(table, "alias", None)),
        ("purpose", getattr(table, "purpose", None)),
        ("given", getattr(table, "given", None)),
    ]
    parts = [Part(role, column) for role, column in single if column is not None]
    parts += [Part("measure", column) for column in table.measures]
    return (*parts, *(Part("category", column) for column in table.categories))


def violation(
    fault: Fault,
    table: Table,
    part: Part,
    count: int = 0,
    examples: Sequence[tuple[int, str]] = (),
    came: str = "",
) -> Violation:
    """Put a fault into words.

    Parameters
    ----------
    fault : Fault
        What is wrong.
    table : Table
        Table whose contract is broken.
    part : Part
        Column at fault.
    count : int
        Rows at fault; 0 for the whole column.
    examples : sequence of (int, str)
        Rows, from 1, and what they hold.
    came : str
        What came, where the fault alone does not tell.

    Returns
    -------
    Violation
    """
    kind = table.measures[part.column] if part.role == "measure" else "int"
    scale = int(kind[-2]) if kind.endswith(")") else 0
    unit = f"10**-{scale}" if scale else "1"
    details = {
        "noun": _NOUNS[part.role],
        "came": came,
        "kind": kind,
        "scale": scale,
        "large": f"at most 2**53 units of {unit}, where every whole number is exact"
        if part.role == "measure"
        else "a whole number of 64 bits",
        "cast": "cast the column" if part.role != "measure" else "cast the column to a number",
    }
    expected, found, remedy = (text.format(**details) for text in _WORDS[fault])
    return Violation(part.column, expected, found, remedy, count, tuple(examples))


def shown(value: object) -> str:
    """Return a cell for a message, cut where it is long.

    Examples
    --------
    >>> shown("abc"), shown(None), shown(3.129)
    ("'abc'", 'nothing', '3.129')
    """
    if value is None:
        return "nothing"
    text = repr(value) if isinstance(value, str | bool | int | float) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def offset_text(minutes: int) -> str:
    """Write an offset from UTC.

    Examples
    --------
    >>> offset_text(-90)
    '-01:30'
    """
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
