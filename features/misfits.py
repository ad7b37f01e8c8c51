"""What keeps a tally from being computed from given tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from features.calendar import CALENDAR
from features.feature import Derived, Tally
from features.multihot import expands
from features.tables import Table
from features.windows import Window
from features.wording import holds_text

_WANTED: Final = {
    "": "no",
    "measure": "a measure",
    "category": "a category",
    "any": "a measure or category",
}


def misfits(tally: Tally, tables: Mapping[str, Table]) -> Iterator[str]:
    """Tell what a tally asks of tables that they do not have; nothing when all is well."""
    table = tables.get(tally.table)
    if table is None:
        yield f"'{tally.name}' reads table '{tally.table}'; known are {sorted(tables)}"
        return
    kinds = {"measure": [*table.measures], "category": [*table.categories]}
    if table.occurred_at is not None:
        kinds["category"] += CALENDAR
    kinds["any"] = kinds["measure"] + kinds["category"]
    allowed = kinds.get(tally.aggregate.column, [""])
    if tally.column not in allowed:
        wanted = _WANTED[tally.aggregate.column]
        yield (
            f"'{tally.name}' needs {wanted} column of '{table.name}', got '{tally.column}'; known "
            f"are {allowed}"
        )
    for condition in tally.where:
        if condition.column not in kinds["any"]:
            yield (
                f"'{tally.name}' asks for '{condition.column}'; '{table.name}' declares "
                f"{kinds['any']}"
            )
        elif misfit := condition.misfit(is_measure=condition.column in table.measures):
            yield f"'{tally.name}': {misfit}"
    timed = tally.aggregate.timed or tally.window != Window(None)
    if timed and table.occurred_at is None:
        yield f"'{tally.name}' asks when, but '{table.name}' is static and has no times"


def misread(feature: Derived, tables: Mapping[str, Table]) -> Iterator[str]:
    """Tell which inputs of a feature it cannot calculate with; tallies fit their tables."""
    for each in feature.inputs:
        if expands(each):
            yield f"'{feature.name}' calculates with '{each.name}', which becomes several features"
        elif holds_text(each, tables) and not expands(feature):
            yield f"'{feature.name}' calculates with the texts of '{each.name}'"
