"""A feature is a value; its name and description are computed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, TypeAlias

from features.aggregators import NAMED, Aggregate
from features.arguments import FEATURE, listed
from features.conditions import Condition
from features.derived import Constants, Operation
from features.errors import DefinitionError
from features.instants import plain
from features.links import Link, link_from_json
from features.names import name_faults, slug
from features.operations import OPERATIONS
from features.windows import Window

_LONGEST_NAME: Final = 120


@dataclass(frozen=True)
class Tally:
    """An aggregate of one table's events in one window.

    Parameters
    ----------
    aggregate : Aggregate
        How events become a value.
    table : str
        Name of the table.
    window : Window
        Stretch of the past.
    column : str
        Column it reads; empty for none.
    where : tuple of Condition
        Events that count.
    alias, says : str
        Name and description to use instead of the computed ones.
    links : tuple of Link
        Columns that boards add to the events, of those it reads.
    """

    aggregate: Aggregate
    table: str
    window: Window
    column: str = ""
    where: tuple[Condition, ...] = ()
    alias: str = ""
    says: str = ""
    links: tuple[Link, ...] = ()

    @cached_property
    def _hash(self) -> int:
        return hash(
            (self.aggregate.name, self.table, self.window, self.column, self.where, self.alias)
        )

    def __hash__(self) -> int:
        # A request looks every feature up many times; hashing it whole would cost more than it.
        return self._hash

    @cached_property
    def name(self) -> str:
        """Computed name, as ``purchases_sales_value_total_28d``."""
        slugs = [condition.slug for condition in self.where]
        parts = [self.table, *slugs, slug(self.column), self.aggregate.name, self.window.label]
        return self.alias or joined(parts)

    @property
    def description(self) -> str:
        """What the value says."""
        if self.says:
            return self.says
        events = self.table
        if self.where:
            events += " where " + " and ".join(each.phrase for each in self.where)
        text = self.aggregate.phrase.format(column=self.column, events=events)
        text = f"{text}{',' if self.where else ''} {_stretch(self.window)}"
        return "; ".join([text, *(link.says for link in self.links)])

    @property
    def null(self) -> str:
        """When the value is null."""
        return self.aggregate.null

    @property
    def inputs(self) -> tuple[Feature, ...]:
        """Features it is made of: none."""
        return ()

    def named(self, name: str, says: str = "") -> Tally:
        """Return the same feature under another name, and described in other words."""
        return replace(self, alias=_checked_name(name), says=says)

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        value = {
            "aggregate": self.aggregate.name,
            "table": self.table,
            "days": self.window.days,
            "lag": self.window.lag,
            "column": self.column,
            "where": [each.to_json() for each in self.where],
            "alias": self.alias,
            "says": self.says,
            "links": [each.to_json() for each in self.links],
        }
        return {key: item for key, item in value.items() if item not in ("", [], 0)}


@dataclass(frozen=True)
class Derived:
    """An elementwise function of other features.

    Parameters
    ----------
    operation : Operation
        The function.
    inputs : tuple of Feature
        What it is applied to, in order.
    alias, says : str
        Name and description to use instead of the computed ones.
    options : tuple of float
        Constants that are chosen, for an operation that learns from data.
    parameters : tuple of float or None
        Constants that were learnt; None before that, and for operations that learn nothing.
    """

    operation: Operation
    inputs: tuple[Feature, ...]
    alias: str = ""
    says: str = ""
    options: tuple[float, ...] = ()
    parameters: Constants | None = None

    def __post_init__(self) -> None:
        if not listed("feature made of features", self.inputs, FEATURE):
            fault = f"'{self.operation.name}' needs at least one feature, got none"
            raise DefinitionError("feature made of features", [fault])

    @cached_property
    def _hash(self) -> int:
        return hash((self.operation.name, self.inputs, self.alias, self.options, self.parameters))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def name(self) -> str:
        """Computed name."""
        if self.alias:
            return self.alias
        first, *rest = (each.name for each in self.inputs)
        last = [f"{self.operation.name}_{name}" for name in rest] or [self.operation.name]
        return joined([first, *last, *map(_plain, self.options)])

    @property
    def waits(self) -> bool:
        """Whether it learns from data and has not done so."""
        return self.operation.fit is not None and self.parameters is None

    @property
    def description(self) -> str:
        """What the value says."""
        inputs = (each.description for each in self.inputs)
        return self.says or self.operation.phrase.format(*inputs)

    @property
    def null(self) -> str:
        """When the value is null; empty when it never is."""
        if self.operation.null or not any(each.null for each in self.inputs):
            return self.operation.null
        return "what it is made of is null"

    @property
    def window(self) -> Window:
        """Stretch of the past of its first input."""
        return self.inputs[0].window

    @property
    def table(self) -> str:
        """Table of its first input."""
        return self.inputs[0].table

    def named(self, name: str, says: str = "") -> Derived:
        """Return the same feature under another name, and described in other words.

        Examples
        --------
        >>> from features.recipes import ratio
        >>> from features.rhythms import days_between, days_since
        >>> late = ratio(days_since("visits"), days_between("visits"))
        >>> late.named("lateness", "Days since the last visit over the usual pause").description
        'Days since the last visit over the usual pause'
        """
        return replace(self, alias=_checked_name(name), says=says)

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        value: dict[str, Any] = {
            "operation": self.operation.name,
            "inputs": [each.to_json() for each in self.inputs],
        }
        more = {
            "alias": self.alias,
            "says": self.says,
            "options": list(self.options),
            "parameters": None if self.parameters is None else list(self.parameters),
        }
        return value | {key: item for key, item in more.items() if item not in ("", [], None)}


Feature: TypeAlias = Tally | Derived


def joined(parts: Iterable[str]) -> str:
    """Join the parts of a name; what would be too long to read or store ends in a digest.

    Examples
    --------
    >>> joined(["visits", "", "count", "28d"])
    'visits_count_28d'
    """
    name = "_".join(part for part in parts if part)
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST_NAME - 9]}_{digest}"


def feature_from_json(value: Mapping[str, Any]) -> Feature:
    """Read back what ``to_json`` wrote.

    Raises
    ------
    DefinitionError
        When a key is missing, or the aggregate or operation is unknown.
    """
    try:
        if "operation" in value:
            operation = OPERATIONS.get(value["operation"])
            if operation is None:
                raise DefinitionError("feature", [f"unknown operation {value['operation']!r}"])
            inputs = tuple(feature_from_json(each) for each in value["inputs"])
            learnt = value.get("parameters")
            return Derived(
                operation,
                inputs,
                value.get("alias", ""),
                value.get("says", ""),
                tuple(value.get("options", ())),
                None if learnt is None else tuple(learnt),
            )
        aggregate = NAMED.get(value["aggregate"])
        if aggregate is None:
            raise DefinitionError("feature", [f"unknown aggregate {value['aggregate']!r}"])
        return Tally(
            aggregate,
            value["table"],
            Window(value["days"], value.get("lag", 0)),
            value.get("column", ""),
            tuple(Condition.from_json(each) for each in value.get("where", [])),
            value.get("alias", ""),
            value.get("says", ""),
            tuple(link_from_json(each, feature_from_json) for each in value.get("links", [])),
        )
    except KeyError as error:
        raise DefinitionError("feature", [f"missing key {error}"]) from None


def _checked_name(name: str) -> str:
    faults = name_faults(name)
    if faults:
        raise DefinitionError("feature", faults)
    return name


def _plain(option: float) -> str:
    return plain(option).replace(".", "_")


def _stretch(window: Window) -> str:
    length, lag = plain(window.days or 0), plain(window.lag)
    if window.days is None:
        return f"up to {lag} days before the cutoff" if window.lag else "up to the cutoff"
    if window.lag:
        return f"in the {length} days that end {lag} days before the cutoff"
    return f"in the {length} days before the cutoff"
