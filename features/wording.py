"""What a feature is called, says and is measured in: the words of the data dictionary."""

from __future__ import annotations

from collections.abc import Mapping

from features.feature import Derived, Feature
from features.tables import Table, measure


def described(feature: Feature, tables: Mapping[str, Table]) -> dict[str, str]:
    """Return name, description, unit, meaning of null, type and table of a feature.

    Parameters
    ----------
    feature : Feature
        The feature.
    tables : mapping of str to Table
        The tables it reads, by name.
    """
    return {
        "name": feature.name,
        "description": feature.description,
        "unit": unit_of(feature, tables),
        "null": feature.null or "never",
        "type": "text" if holds_text(feature, tables) else "number",
        "table": feature.table,
    }


def holds_text(feature: Feature, tables: Mapping[str, Table]) -> bool:
    """Tell whether the values of a feature are texts."""
    if isinstance(feature, Derived):
        return False
    if feature.aggregate.unit == "level":
        return True
    is_category = feature.column not in tables[feature.table].measures
    return feature.aggregate.column == "any" and is_category


def unit_of(feature: Feature, tables: Mapping[str, Table]) -> str:
    """Return the unit of a feature's values."""
    if isinstance(feature, Derived):
        unit = feature.operation.unit
        return unit.format(unit=unit_of(feature.inputs[0], tables))
    table, unit = tables[feature.table], feature.aggregate.unit or "{unit}"
    of_column = measure(table, feature.column).unit if feature.column in table.measures else "level"
    return unit.format(unit=of_column)
