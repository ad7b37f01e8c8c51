"""The columns of a ready-made table as features: they are given, not computed."""

from __future__ import annotations

from collections import defaultdict

from features.aggregates.given import GIVEN
from features.catalogue import Catalogue
from features.errors import DefinitionError
from features.feature import Feature, Tally
from features.names import slug
from features.ready.table import LabelledTable
from features.windows import Window


def given(table: LabelledTable) -> Catalogue:
    """Return the features of a table whose columns are all listed.

    Parameters
    ----------
    table : LabelledTable
        As it was read, see `features.ready.read.read_rows`.

    Raises
    ------
    DefinitionError
        When two columns would make one name.

    Examples
    --------
    >>> calls = LabelledTable("calls", "y", time="at", numbers=["Age", "n.calls"])
    >>> given(calls).names
    ('age', 'n_calls')
    """
    made: dict[str, list[str]] = defaultdict(list)
    for column in table.inputs:
        made[feature_name(column)].append(column)
    faults = [
        f"columns {' and '.join(map(repr, twins))} both make the feature '{name}'; rename one, or "
        "leave it out"
        for name, twins in made.items()
        if len(twins) > 1
    ]
    if faults:
        raise DefinitionError(f"table '{table.name}'", faults)
    return Catalogue(
        Tally(GIVEN, table.name, Window(None), column, alias=name, says=_says(table, column))
        for name, (column,) in made.items()
    )


def feature_name(column: str) -> str:
    """Return the name of the feature that a column makes.

    Examples
    --------
    >>> feature_name("default.payment.next.month"), feature_name("2nd"), feature_name("customer")
    ('default_payment_next_month', 'column_2nd', 'column_customer')
    """
    name = slug(column)
    taken = name in ("customer", "cutoff")
    return name if name[:1].isalpha() and not taken else f"column_{name}"


def spelled(names: Catalogue) -> dict[str, str]:
    """Return what people call features whose names spell letters of another script: their columns.

    Examples
    --------
    >>> table = LabelledTable("calls", "y", time="at", numbers=["收入", "Age"])
    >>> spelled(given(table))
    {'u6536u5165': '收入'}
    """
    columns = {each.name: column_of(each) for each in names}
    return {name: column for name, column in columns.items() if not column.isascii()}


def column_of(feature: Feature) -> str:
    """Return the column that a feature is, where it came ready-made; empty for all others."""
    is_given = isinstance(feature, Tally) and feature.aggregate.name == GIVEN.name
    return feature.column if isinstance(feature, Tally) and is_given else ""


def _says(table: LabelledTable, column: str) -> str:
    if column in table.texts:
        return table.texts[column]
    return f"Days since {column}" if column in table.since else column
