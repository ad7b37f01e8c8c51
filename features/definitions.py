"""What is wrong with the definition of a table, told alike for every kind of table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Final
from zoneinfo import ZoneInfo

from features.arguments import COLUMN, DELAY, FLAG, TEXT, Kind, is_days, or_none, shown, slips
from features.errors import DefinitionError
from features.instants import MOST_DAYS, instant
from features.measures import measure_faults
from features.names import name_faults

_ROLES: Final = ("customer", "alias", "occurred_at", "known_at", "purpose", "given", "withdrawn")
_MAPPINGS: Final = {"measures": "{'spend': 'money(2)'}", "uses": "{'marketing': 'letters'}"}
_CALENDAR: Final = ("@hour", "@weekday", "@month")

_KINDS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("customer", "alias", "purpose", "given"), COLUMN),
    **dict.fromkeys(("occurred_at", "known_at", "event_id", "withdrawn"), or_none(COLUMN)),
    **dict.fromkeys(("description", "owner"), TEXT),
    **dict.fromkeys(("versions", "static", "unless_said"), FLAG),
    "lag": DELAY,
}


def definition_faults(table: Any) -> list[str]:
    """Keep a table's columns in values that cannot change, and tell what is wrong with it.

    Parameters
    ----------
    table : Table
        As it was written down, of any kind.

    Returns
    -------
    list of str
        A sentence for each fault, but for those that only one kind of table can have.
    """
    given = {each.name: getattr(table, each.name) for each in fields(table)}
    faults = [*name_faults(table.name), *slips(_KINDS, given), *_freeze(table, given)]
    faults += _column_faults(table)
    if given.get("lag") and given.get("known_at"):
        faults.append("give either known_at or lag, not both")
    return [*faults, *_fresh_faults(table), *_zone_faults(table), *_instant_faults(table)]


def _freeze(table: Any, given: Mapping[str, Any]) -> Iterator[str]:
    for name in _MAPPINGS.keys() & given.keys():
        held = given[name]
        sound = isinstance(held, Mapping)
        if not sound:
            yield f"{name} must be a mapping such as {_MAPPINGS[name]}, got {shown(held)}"
        object.__setattr__(table, name, dict(held) if sound else {})
    if "categories" in given:
        held = given["categories"]
        sound = isinstance(held, Iterable) and not isinstance(held, str)
        if not sound:
            came = "a text" if isinstance(held, str) else shown(held)
            yield f"categories must be a list of columns, got {came}"
        object.__setattr__(table, "categories", tuple(held) if sound else ())


def _column_faults(table: Any) -> Iterator[str]:
    for column, kind in table.measures.items():
        yield from measure_faults(column, kind)
    cells = [*table.measures, *table.categories]
    yield from (
        f"measures and categories must be names of columns, got {shown(each)}"
        for each in cells
        if not isinstance(each, str)
    )
    named = [*(getattr(table, role, None) for role in _ROLES), *cells]
    used = [each for each in named if isinstance(each, str)]
    for column in sorted({column for column in used if used.count(column) > 1}):
        yield f"column '{column}' has two roles; give each column one"
    for column in (each for each in cells if each in _CALENDAR):
        yield f"column '{column}' has a name of the calendar, which every table has; rename it"


def _fresh_faults(table: Any) -> Iterator[str]:
    days = table.fresh_within
    if days is not None and not is_days(days):
        yield f"fresh_within must be above 0 days and at most {MOST_DAYS:,}, got {shown(days)}"


def _zone_faults(table: Any) -> Iterator[str]:
    if table.timezone is None:
        return
    try:
        ZoneInfo(table.timezone)
    except (KeyError, ValueError, OSError, TypeError):
        yield f"timezone must be an IANA name such as UTC, got {shown(table.timezone)}"


def _instant_faults(table: Any) -> Iterator[str]:
    until = table.complete_until
    if until is None:
        return
    if not isinstance(until, str):
        yield f"complete_until must be a text such as '2021-12-31', got {shown(until)}"
        return
    try:
        instant(until)
    except DefinitionError as error:
        yield from (f"complete_until: {fault}" for fault in error.faults)
