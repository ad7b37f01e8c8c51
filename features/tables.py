"""Contracts of the tables a business already has: what is in them, never where they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeAlias

from features.definitions import definition_faults
from features.errors import DefinitionError
from features.measures import Measure
from features.ready.table import LabelledTable
from features.registers import REGISTERS, Register


@dataclass(frozen=True)
class EventTable:
    """A table with one row for each thing that happened to a customer.

    Parameters
    ----------
    name : str
        Lower-case name; it begins the names of the features.
    customer : str
        Column of customer ids: whole numbers or text.
    occurred_at : str
        Column of the time at which the event happened.
    known_at : str, optional
        Column of the time at which the business could know of it. Left out, an event is known
        ``lag`` days after it happened.
    lag : float
        Availability lag in days, for a table without ``known_at``.
    timezone : str, optional
        Zone of times that carry none, as ``"Europe/Berlin"``. Left out, naive times are refused.
    measures : mapping of str to str
        Numeric columns and their kinds, see `Measure`. Empty cells are allowed.
    categories : sequence of str
        Columns of names or ids. Empty cells are allowed.
    event_id : str, optional
        Column that is unique in the table; with ``versions``, together with ``known_at``.
    versions : bool
        Rows with one event id are versions of one event: the latest known before a cutoff is the
        one that exists then. It may have moved, changed, or been withdrawn.
    withdrawn : str, optional
        Column of true and false: a version that says that the event is none. Empty is false.
    complete_until : str, optional
        Instant up to which the table holds every event; labels are mature up to here. Left out,
        the time of the last event.
    description, owner : str
        What the table holds and who answers for it, for the dictionary.
    fresh_within : float, optional
        Days within which something new is known, or else the table is stale. What rows mean does
        not hang on these three, so tables that differ in nothing else are equal.

    Raises
    ------
    DefinitionError
        With every fault of the definition.

    Examples
    --------
    >>> visits = EventTable("visits", "id", "at", measures={"spend": "money(2)"})
    >>> table_from_json(visits.to_json()) == visits
    True
    """

    name: str
    customer: str
    occurred_at: str
    known_at: str | None = None
    lag: float = 0
    timezone: str | None = None
    measures: Mapping[str, str] = field(default_factory=dict)
    categories: Sequence[str] = ()
    event_id: str | None = None
    complete_until: str | None = None
    versions: bool = False
    withdrawn: str | None = None
    description: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)
    fresh_within: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        faults = definition_faults(self)
        if self.occurred_at is None:
            faults.append(
                "an event happens at a time: name its column as occurred_at; a table of what "
                "customers are is an AttributeTable(static=True)"
            )
        if self.versions and not (self.event_id and self.known_at):
            faults.append("versions are told apart by event_id and known_at: give both columns")
        if self.withdrawn and not self.versions:
            faults.append("only a version can be withdrawn: declare versions=True, or drop it")
        if faults:
            raise DefinitionError(f"table '{self.name}'", faults)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.name))

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        return {"kind": "events", **_plain_fields(self)}


@dataclass(frozen=True)
class AttributeTable:
    """A table of what customers are: each row a change, or one row a customer when static.

    Parameters
    ----------
    name, customer, lag, timezone, measures, categories, description, owner, fresh_within
        As for `EventTable`.
    occurred_at, known_at : str, optional
        When the change took effect and when the business could know of it, ``lag`` days later
        where ``known_at`` is left out. A table without times must be declared static.
    static : bool
        The table has one row a customer and no history: its values are taken as known at every
        cutoff, and reports say so.

    Examples
    --------
    >>> AttributeTable("clients", customer="id", categories=["city"])
    Traceback (most recent call last):
    features.errors.DefinitionError: table 'clients' is not well defined:
      - a table without occurred_at has no history: give occurred_at, or declare static=True
    """

    name: str
    customer: str
    occurred_at: str | None = None
    known_at: str | None = None
    timezone: str | None = None
    measures: Mapping[str, str] = field(default_factory=dict)
    categories: Sequence[str] = ()
    static: bool = False
    lag: float = 0
    description: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)
    fresh_within: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        faults = definition_faults(self)
        if self.static and (self.occurred_at or self.known_at):
            faults.append("a static table has no times: drop static=True or the time columns")
        if self.static and self.lag:
            faults.append("a static table has no times and is never late: drop lag")
        if self.static and self.fresh_within is not None:
            faults.append("a static table has no times and is never stale: drop fresh_within")
        if not self.static and self.occurred_at is None:
            faults.append(
                "a table without occurred_at has no history: give occurred_at, or declare "
                "static=True"
            )
        if faults:
            raise DefinitionError(f"table '{self.name}'", faults)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.name))

    @property
    def event_id(self) -> str | None:
        """Column that is unique in the table: the customer when static."""
        return self.customer if self.static else None

    @property
    def versions(self) -> bool:
        """Attributes are tables of changes as they are."""
        return False

    @property
    def withdrawn(self) -> str | None:
        """Attributes are changed, never withdrawn."""
        return None

    @property
    def complete_until(self) -> str | None:
        """Attributes never make labels."""
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        return {"kind": "attributes", **_plain_fields(self)}


Table: TypeAlias = EventTable | AttributeTable | LabelledTable | Register


def is_register(table: Table) -> bool:
    """Tell whether a table is about the customers themselves, so that no feature reads it."""
    return isinstance(table, REGISTERS)


def register_faults(tables: Sequence[Table]) -> list[str]:
    """Return what is wrong with the registers among some tables: two of one kind."""
    faults = []
    for register in REGISTERS:
        names = [table.name for table in tables if isinstance(table, register)]
        if len(names) > 1:
            faults.append(
                f"expected one table of {register.kind}, got {names}; put their rows together"
            )
    return faults


def columns_of(table: Table) -> tuple[str, ...]:
    """Return the columns that the contract names, each once, in reading order.

    Examples
    --------
    >>> columns_of(EventTable("visits", customer="id", occurred_at="at", categories=["shop"]))
    ('id', 'at', 'shop')
    """
    named = [table.customer, table.occurred_at, table.known_at, *table.measures, *table.categories]
    named += [table.event_id, table.withdrawn]
    # Of registers, and of ready-made tables.
    more = ("alias", "purpose", "given", "label")
    named += [getattr(table, column, None) for column in more]
    return tuple(dict.fromkeys(column for column in named if column))


def measure(table: Table, column: str) -> Measure:
    """Return a measure of the table by its column."""
    return Measure(column, table.measures[column])


def table_from_json(value: Mapping[str, Any]) -> Table:
    """Read back what ``to_json`` wrote."""
    known: dict[str, type[Table]] = {"events": EventTable, "attributes": AttributeTable}
    known[LabelledTable.kind] = LabelledTable
    known |= {each.kind: each for each in REGISTERS}
    kind = known.get(str(value.get("kind")))
    if kind is None:
        fault = f"kind must be one of {sorted(known)}, got {value.get('kind')!r}"
        raise DefinitionError("table", [fault])
    arguments = {key: item for key, item in value.items() if key != "kind"}
    unknown = sorted(set(arguments) - {item.name for item in fields(kind)})
    if unknown:
        raise DefinitionError("table", [f"unknown key {key!r}" for key in unknown])
    needed = [item.name for item in fields(kind) if _is_required(item)]
    missing = [key for key in needed if key not in arguments]
    if missing:
        raise DefinitionError("table", [f"missing key {key!r}" for key in missing])
    return kind(**arguments)


def _is_required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _plain_fields(table: EventTable | AttributeTable) -> dict[str, Any]:
    plain = {item.name: getattr(table, item.name) for item in fields(table)}
    plain |= {"categories": list(table.categories), "measures": dict(table.measures)}
    return {key: value for key, value in plain.items() if value not in (None, {}, [], 0, False, "")}
