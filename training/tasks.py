"""What is to be predicted, for whom, and over which stretch of the future."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from features.arguments import FEATURE, Kind, listed, or_none, require
from features.builders import count, named_table
from features.conditions import Condition, Where, conditions
from features.errors import DefinitionError
from features.feature import Feature, Tally, feature_from_json
from features.instants import micros
from features.names import name_faults
from features.ready.table import LabelledTable
from features.rhythms import days_since
from features.tables import EventTable, Table
from training.censoring.interruptions import Interruption, interruption_from_json, weigh_faults
from training.outcome import Label, Outcome, bought, first, labelled, silent
from training.rates import TargetRate, rate_from_json, rates_faults

__all__ = [
    "Cohort",
    "Label",
    "MOST_DAYS",
    "Task",
    "bought",
    "first",
    "labelled",
    "silent",
    "task_from_json",
]

MOST_DAYS: Final = 1_000_000
"""Longest stretch that is taken; dates cannot hold a longer one."""


@dataclass(frozen=True)
class Cohort:
    """Who is scored at a cutoff: customers with an event in the days before it.

    Parameters
    ----------
    active : float
        Days before the cutoff.
    table : EventTable or str
        Table of the events; left out, that of the label.
    where : mapping of str to value, or tuple of Condition
        Events that count, as for `bought`.

    Examples
    --------
    >>> Cohort(active=182, where={"shop": "NORTH"}).where[0].phrase
    'shop is NORTH'
    """

    active: float
    table: str = ""
    where: tuple[Condition, ...] = ()

    def __init__(
        self,
        active: float,
        table: EventTable | str = "",
        where: Where | tuple[Condition, ...] | None = None,
    ) -> None:
        held = where if isinstance(where, tuple) else conditions(where)
        object.__setattr__(self, "active", active)
        object.__setattr__(self, "table", named_table(table))
        object.__setattr__(self, "where", held)

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        where = [each.to_json() for each in self.where]
        return {"active": self.active, "table": self.table, "where": where}


EVERYONE: Final = Cohort(active=MOST_DAYS - 1)
"""The cohort of a task that names none: rows of a ready-made table are all of it."""

_KINDS: Final = {
    "label": Kind(
        "a label",
        "write bought(...), silent(...), first(...) or labelled(...)",
        lambda x: isinstance(x, Label),
    ),
    "cohort": Kind("a cohort", "write Cohort(active=91)", lambda x: isinstance(x, Cohort)),
    "baseline": or_none(FEATURE),
}


@dataclass(frozen=True)
class Task:
    """A question about every customer of a cohort at a cutoff.

    The label window is ``[cutoff + gap, cutoff + gap + horizon)``.

    Parameters
    ----------
    name : str
        Lower-case name of the score.
    label : Label
        What is asked.
    cohort : Cohort
        Of whom; only a task about a ready-made table has none.
    horizon, gap : float
        Days. Of a ready-made table: days after which the label of a row is settled, which the
        split keeps between its slices; 0 if it is at once.
    features : sequence of Feature
        Read beside the catalogue of the project.
    baseline : Feature, optional
        The one feature that a model must beat; left out, the days since the last event of the
        label.
    encode : sequence of TargetRate
        Levels to be told by the outcomes of earlier rows; see `training.target_rate`.
    weigh : sequence of Interruption
        Contacts and endings after which a row teaches nothing; others like it count for it. See
        `training.contacted` and `training.censored`.

    Raises
    ------
    DefinitionError
        With every fault.

    Examples
    --------
    >>> churn = Task("churn", silent("purchases"), Cohort(active=91), horizon=56)
    >>> churn.recency.name, churn.members.name
    ('purchases_days_since_ever', 'purchases_count_91d')
    >>> task_from_json(churn.to_json()) == churn
    True
    """

    name: str
    label: Label
    cohort: Cohort = EVERYONE
    horizon: float = 0
    gap: float = 0
    features: Sequence[Feature] = ()
    baseline: Feature | None = None
    encode: Sequence[TargetRate] = ()
    weigh: Sequence[Interruption] = ()

    def __post_init__(self) -> None:
        what, asked = f"task '{self.name}'", {"label": self.label, "cohort": self.cohort}
        require(what, _KINDS, **asked, baseline=self.baseline)
        object.__setattr__(self, "features", listed(what, self.features, FEATURE))
        object.__setattr__(self, "encode", tuple(self.encode))
        object.__setattr__(self, "weigh", tuple(self.weigh))
        faults = name_faults(self.name)
        faults += rates_faults(self.encode) + weigh_faults(self.weigh)
        if self.label.outcome not in get_args(Outcome):
            known = ", ".join(get_args(Outcome))
            faults.append(f"label must be one of {known}, got {self.label.outcome!r}")
        faults += self._given_faults() if self.is_given else []
        if self.cohort == EVERYONE and not self.is_given:
            faults.append("cohort is missing; write Cohort(active=91)")
        # Less than a microsecond is no time at all.
        if not _days(self.horizon) or micros(self.horizon) < (0 if self.is_given else 1):
            faults.append(f"horizon must be above 0 days and finite, got {self.horizon!r}")
        if not _days(self.gap):
            faults.append(f"gap must be 0 days or more and finite, got {self.gap!r}")
        if not _days(self.cohort.active) or micros(self.cohort.active) < 1:
            faults.append(f"cohort.active must be above 0 days, got {self.cohort.active!r}")
        if faults:
            raise DefinitionError(f"task '{self.name}'", faults)

    @property
    def is_given(self) -> bool:
        """Whether the label stands in a ready-made table."""
        return self.label.outcome == "given"

    @property
    def question(self) -> str:
        """The task in plain words."""
        events = _phrase(self.label.table, self.label.where)
        span = f"within {self.horizon:g} days"
        if self.gap:
            span += f", from {self.gap:g} days after the cutoff on"
        return {
            "bought": f"Which customers will have {events} {span}?",
            "silent": f"Which customers will have no {events} {span}?",
            "first": f"Which customers will have their first {events} {span}?",
            "given": f"Which rows of {self.label.table} will have a yes for {self.name}?",
        }[self.label.outcome]

    @property
    def who(self) -> str:
        """The cohort in plain words."""
        if self.is_given:
            return f"every row of {self.label.table}"
        events = _phrase(self.members.table, self.cohort.where)
        told = f"customers with {events} in the {self.cohort.active:g} days before the cutoff"
        if self.label.outcome == "first":
            told += f", and never {_phrase(self.label.table, self.label.where)} before"
        return told

    @property
    def recency(self) -> Feature:
        """The one feature that a model must beat."""
        label = self.label
        return self.baseline or _with(days_since(label.table), label.where)

    @property
    def events(self) -> Tally:
        """The count of all events that the label asks for."""
        return _with(count(self.label.table), self.label.where)

    @property
    def members(self) -> Tally:
        """The count that is above 0 for members of the cohort."""
        table = self.cohort.table or self.label.table
        return _with(count(table, self.cohort.active), self.cohort.where)

    @property
    def earlier(self) -> Tally | None:
        """The count that is above 0 for customers who are no longer at risk; None if all are."""
        return self.events if self.label.outcome == "first" else None

    @property
    def levels(self) -> tuple[Tally, ...]:
        """The features whose texts are told by target rates, each once."""
        return tuple(dict.fromkeys(each.feature for each in self.encode))

    def check(self, tables: Mapping[str, Table]) -> list[str]:
        """Return the faults of the task against the tables of its project."""
        if self.is_given:
            ready = sorted(n for n, each in tables.items() if isinstance(each, LabelledTable))
            wanted = self.label.table
            return [] if wanted in ready else [f"label reads '{wanted}'; ready-made are {ready}"]
        known = sorted(name for name, each in tables.items() if isinstance(each, EventTable))
        read = [("label", self.label.table), ("cohort", self.members.table)]
        read += [("weigh", each.table) for each in self.weigh]
        faults = [
            f"{part} reads '{name}'; event tables are {known}"
            for part, name in read
            if name not in known
        ]
        return faults + [fault for each in self.encode for fault in each.check(tables)]

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        return {
            "name": self.name,
            "label": self.label.to_json(),
            "cohort": self.cohort.to_json(),
            "horizon": self.horizon,
            "gap": self.gap,
            "features": [each.to_json() for each in self.features],
            "baseline": self.baseline.to_json() if self.baseline else None,
            **({"encode": [each.to_json() for each in self.encode]} if self.encode else {}),
            **({"weigh": [each.to_json() for each in self.weigh]} if self.weigh else {}),
        }

    def _given_faults(self) -> list[str]:
        asked = {"cohort": self.cohort != EVERYONE}
        asked |= {
            name: bool(getattr(self, name)) for name in ("features", "baseline", "encode", "weigh")
        }
        return [
            f"{name} reads events, and a ready-made table has none; leave it out"
            for name, is_there in asked.items()
            if is_there
        ]


def task_from_json(value: Mapping[str, Any]) -> Task:
    """Read back what ``to_json`` wrote."""
    label, cohort, baseline = value["label"], value["cohort"], value["baseline"]
    return Task(
        value["name"],
        Label(label["outcome"], label["table"], _where(label)),
        Cohort(cohort["active"], cohort["table"], _where(cohort)),
        value["horizon"],
        value["gap"],
        tuple(feature_from_json(each) for each in value["features"]),
        feature_from_json(baseline) if baseline else None,
        tuple(rate_from_json(each) for each in value.get("encode", ())),
        tuple(interruption_from_json(each) for each in value.get("weigh", ())),
    )


def _where(value: Mapping[str, Any]) -> tuple[Condition, ...]:
    return tuple(Condition.from_json(each) for each in value["where"])


def _days(value: object) -> bool:
    """Tell whether a value is a stretch of days, up to a million, which dates can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MOST_DAYS


def _with(tally: Tally, where: tuple[Condition, ...]) -> Tally:
    return Tally(tally.aggregate, tally.table, tally.window, tally.column, where)


def _phrase(table: str, where: tuple[Condition, ...]) -> str:
    conditions = " and ".join(each.phrase for each in where)
    return f"{table} where {conditions}" if conditions else table
