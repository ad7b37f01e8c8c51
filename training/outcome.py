"""What is asked about a customer: a yes or a no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from features.builders import named_table
from features.conditions import Condition, Where, conditions
from features.ready.table import LabelledTable
from features.tables import EventTable

Outcome = Literal["bought", "silent", "first", "given"]


@dataclass(frozen=True)
class Label:
    """A yes or no; made by `bought`, `silent`, `first` and `labelled`.

    Parameters
    ----------
    outcome : {"bought", "silent", "first", "given"}
        ``bought``: an event falls in the window. ``silent``: none does. ``first``: the customer's
        first event ever falls in it; a customer who had one before the cutoff is not at risk.
        ``given``: the answer stands in the table.
    table : str
        Table of the events.
    where : tuple of Condition
        Events that count.
    """

    outcome: Outcome
    table: str
    where: tuple[Condition, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        where = [each.to_json() for each in self.where]
        return {"outcome": self.outcome, "table": self.table, "where": where}


def bought(table: EventTable | str, where: Where | None = None) -> Label:
    """Ask whether an event happens in the label window."""
    return Label("bought", named_table(table), conditions(where))


def silent(table: EventTable | str, where: Where | None = None) -> Label:
    """Ask whether no event happens in the label window."""
    return Label("silent", named_table(table), conditions(where))


def first(table: EventTable | str, where: Where | None = None) -> Label:
    """Ask whether the customer's first such event happens in the label window."""
    return Label("first", named_table(table), conditions(where))


def labelled(table: LabelledTable | str) -> Label:
    """Ask for the label that stands in a ready-made table."""
    return Label("given", named_table(table))
