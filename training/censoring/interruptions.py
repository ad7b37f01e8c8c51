"""What makes the end of a label window say nothing of what the customer would have done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from features.builders import count, named_table
from features.conditions import Condition, Where, conditions
from features.errors import DefinitionError
from features.feature import Tally
from features.tables import EventTable

Kind = Literal["contacted", "censored"]


@dataclass(frozen=True)
class Interruption:
    """Events after which a row's outcome is another; made by `contacted` and `censored`.

    Parameters
    ----------
    kind : {"contacted", "censored"}
        Whether the firm changed what the customer does, or can no longer see it.
    table : str
        Table of the events.
    where : tuple of Condition
        Events that count.

    Raises
    ------
    DefinitionError
        When the kind is unknown.
    """

    kind: Kind
    table: str
    where: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            fault = f"kind must be one of {', '.join(get_args(Kind))}, got {self.kind!r}"
            raise DefinitionError("interruption", [fault])

    @property
    def events(self) -> Tally:
        """The count of all such events."""
        tally = count(self.table)
        return Tally(tally.aggregate, tally.table, tally.window, tally.column, self.where)

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        where = [each.to_json() for each in self.where]
        return {"kind": self.kind, "table": self.table, "where": where}


def contacted(table: EventTable | str, where: Where | None = None) -> Interruption:
    """Say which contacts change what a customer does.

    A row with such a contact after its cutoff, before its outcome, teaches what the contact did and
    not what the customer would have done.

    Examples
    --------
    >>> contacted("campaigns", where={"channel": "phone"}).to_json()["kind"]
    'contacted'
    """
    return Interruption("contacted", named_table(table), conditions(where))


def censored(table: EventTable | str, where: Where | None = None) -> Interruption:
    """Say which events end what can be seen of a customer: a contract that the firm ended, a move.

    Examples
    --------
    >>> censored("closures").table
    'closures'
    """
    return Interruption("censored", named_table(table), conditions(where))


def interruption_from_json(value: Mapping[str, Any]) -> Interruption:
    """Read back what ``to_json`` wrote.

    Examples
    --------
    >>> made = contacted("campaigns", where={"channel": "phone"})
    >>> interruption_from_json(made.to_json()) == made
    True
    """
    where = tuple(Condition.from_json(each) for each in value["where"])
    return Interruption(value["kind"], value["table"], where)


def weigh_faults(weigh: Sequence[object]) -> list[str]:
    """Return what is wrong with the interruptions of a task by themselves."""
    faults = [
        f"weigh holds {each!r}; write contacted(...) or censored(...)"
        for each in weigh
        if not isinstance(each, Interruption)
    ]
    held = [each for each in weigh if isinstance(each, Interruption)]
    return faults + ["weigh names the same events twice"] * (len(set(held)) < len(held))
