"""Contracts of what is known of the customers themselves: who is who, who asked to be forgotten.

A register is declared, checked, set aside and read like any other table; no feature reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final, TypeAlias

from features.definitions import definition_faults
from features.errors import DefinitionError

USES: Final = ("training", "scoring", "marketing")
"""What a customer may consent to: being learnt from, being scored, standing on a list."""


@dataclass(frozen=True)
class _Customers:
    """What every register has alike: no events, measures or categories."""

    kind: ClassVar[str]
    occurred_at: ClassVar[str | None] = None
    measures: ClassVar[Mapping[str, str]] = {}
    categories: ClassVar[tuple[str, ...]] = ()
    event_id: ClassVar[str | None] = None
    complete_until: ClassVar[str | None] = None
    versions: ClassVar[bool] = False
    lag: ClassVar[float] = 0

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        kept = {key: value for key, value in plain.items() if value not in (None, False, "")}
        return {"kind": self.kind, **kept}


@dataclass(frozen=True)
class Identities(_Customers):
    """A table of links: one id is another name of a customer.

    From the instant at which a link is known, every event of the alias is the customer's, and the
    alias is nobody. Before it, the alias is a customer of its own. Customers may be aliases in
    turn; a later link of one alias takes the place of the earlier one.

    Parameters
    ----------
    name : str
        Lower-case name.
    alias : str
        Column of ids that turned out to be another name: of the kind of all customer ids.
    customer : str
        Column of the ids that they belong to.
    known_at : str
        Column of the time at which the link became known. That two ids are one customer is true
        at all times; what matters is since when it is known.
    timezone : str, optional
        Zone of times that carry none, as for `features.EventTable`.
    withdrawn : str, optional
        Column of true and false: the link of the alias, whichever stood, was wrong; the alias is a
        customer of its own again. Empty is false.
    description, owner, fresh_within
        As for `features.EventTable`.

    Raises
    ------
    DefinitionError
        With every fault of the definition.

    Examples
    --------
    One person visited with two cards, and the link of the second became known on 5 January:

    >>> import pyarrow as pa
    >>> from features import Catalogue, EventTable, Spine, count, instant, vectors
    >>> from features.carriers.duck import load
    >>> visits = EventTable("visits", customer="card", occurred_at="at", timezone="UTC")
    >>> merges = Identities("merges", alias="old", customer="new", known_at="at", timezone="UTC")
    >>> at = ["2020-01-01", "2020-01-02"]
    >>> part = load(
    ...     [visits, merges],
    ...     {
    ...         "visits": pa.table({"card": ["a", "b"], "at": at}),
    ...         "merges": pa.table({"old": ["b"], "new": ["a"], "at": ["2020-01-05"]}),
    ...     },
    ... )
    >>> days = [instant("2020-01-05"), instant("2020-01-06")]
    >>> made = vectors(Catalogue([count(visits)]), part, Spine.everyone(part, days))
    >>> made.customers.tolist(), made.columns["visits_count_ever"].tolist()
    (['a', 'a', 'b'], [1.0, 2.0, 1.0])
    """

    name: str
    alias: str
    customer: str
    known_at: str
    timezone: str | None = None
    withdrawn: str | None = None
    description: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)
    fresh_within: float | None = field(default=None, compare=False)

    kind: ClassVar[str] = "identities"

    def __post_init__(self) -> None:
        _judge(self)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.name))


@dataclass(frozen=True)
class Erasures(_Customers):
    """A table of customers who asked to be forgotten.

    Whoever stands in it is left out wherever tables are read, at every cutoff, with all ids that
    are known to be the same customer; only how many rows that were is told.

    Parameters
    ----------
    name : str
        Lower-case name.
    customer : str
        Column of ids, of the kind of all customer ids.
    known_at : str
        Column of the time of the request.
    timezone, description, owner, fresh_within
        As for `features.EventTable`.

    Raises
    ------
    DefinitionError
        With every fault of the definition.

    Examples
    --------
    >>> Erasures("erasures", customer="id", known_at="asked_at").to_json()["kind"]
    'erasures'
    """

    name: str
    customer: str
    known_at: str
    timezone: str | None = None
    description: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)
    fresh_within: float | None = field(default=None, compare=False)

    kind: ClassVar[str] = "erasures"
    withdrawn: ClassVar[str | None] = None

    def __post_init__(self) -> None:
        _judge(self)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.name))


@dataclass(frozen=True)
class Consents(_Customers):
    """A table of what customers agreed to, and of what they took back.

    The last row of a customer and purpose says what stands. Of rows of one instant that say both,
    the refusal stands; an empty cell of ``given`` is a refusal.

    Parameters
    ----------
    name : str
        Lower-case name.
    customer : str
        Column of ids, of the kind of all customer ids.
    known_at : str
        Column of the time from which it stands.
    purpose : str
        Column that says for what.
    given : str
        Column of true and false.
    uses : mapping of str to str
        What needs consent, ``"training"``, ``"scoring"`` or ``"marketing"``, and its name in the
        column ``purpose``. A use that is left out needs none.
    unless_said : bool
        What stands for customers of whom no row speaks; left out, they consent to nothing.
    timezone, description, owner, fresh_within
        As for `features.EventTable`.

    Raises
    ------
    DefinitionError
        With every fault of the definition.

    Examples
    --------
    >>> Consents("consents", "id", "since", "purpose", "given", uses={"marketing": "letters"}).uses
    {'marketing': 'letters'}
    """

    name: str
    customer: str
    known_at: str
    purpose: str
    given: str
    uses: Mapping[str, str]
    unless_said: bool = False
    timezone: str | None = None
    description: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)
    fresh_within: float | None = field(default=None, compare=False)

    kind: ClassVar[str] = "consents"
    withdrawn: ClassVar[str | None] = None

    def __post_init__(self) -> None:
        _judge(self, self._use_faults())

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.name))

    def _use_faults(self) -> Iterator[str]:
        """Tell what is wrong with the uses, once they are known to be pairs."""
        for use, purpose in self.uses.items():
            if use not in USES:
                yield f"uses must be among {', '.join(USES)}, got {use!r}"
            elif not isinstance(purpose, str):
                yield f"uses must give the purpose of {use} as a text, got {purpose!r}"
        if not self.uses:
            yield f"uses must name what needs consent, among {', '.join(USES)}; got none"


Register: TypeAlias = Identities | Erasures | Consents

REGISTERS: Final = (Identities, Erasures, Consents)


def refuse_registers(
    tables: Iterable[object], reader: str, kinds: tuple[type, ...] = REGISTERS
) -> None:
    """Refuse registers where they would not be honoured.

    Parameters
    ----------
    tables : iterable of Table
        Contracts.
    reader : str
        Who does not honour them, and what to do.
    kinds : tuple of type
        Which registers.

    Raises
    ------
    DefinitionError
        With every such table.
    """
    faults = [
        f"table '{table.name}' holds {table.kind}, which {reader}"
        for table in tables
        if isinstance(table, REGISTERS) and isinstance(table, kinds)
    ]
    if faults:
        raise DefinitionError("reading of tables", faults)


def _judge(register: Register, more: Iterable[str] = ()) -> None:
    faults = [*definition_faults(register), *more]
    if faults:
        raise DefinitionError(f"table '{register.name}'", faults)
