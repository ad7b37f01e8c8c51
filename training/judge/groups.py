"""By which attributes of the rows a model is judged: inputs, or what it does not read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from features import latest
from features.arrays import Values
from features.catalogue import Catalogue
from features.errors import DefinitionError
from features.feature import Feature
from features.kernel import Vectors
from features.ready.given import column_of
from features.tables import AttributeTable, Table
from training.judge.settings import Judging
from training.project import Project

MOST: Final = 3
"""Attributes by which a model is judged when none is named."""

_PREFIX: Final = "judged_"


def beside(
    project: Project, task_features: Catalogue, names: Collection[str]
) -> Mapping[str, Feature]:
    """Find the features that hold the attributes which the settings name.

    Parameters
    ----------
    project : Project
        Its attribute tables have the columns that no feature reads.
    task_features : Catalogue
        Features of the task.
    names : collection of str
        Attributes, see `training.judge.settings.Judging.names`.

    Returns
    -------
    mapping of str to Feature
        By the name in the settings; computed beside the inputs, and no input by that.

    Raises
    ------
    DefinitionError
        With every name that is neither a feature nor a column of one attribute table.
    """
    inputs = {each.name: each for each in task_features}
    # A column that came ready-made may be named as it stands in the table.
    inputs = {column: each for each in task_features if (column := column_of(each))} | inputs
    columns = _columns(project.tables)
    found: dict[str, Feature] = {}
    faults = []
    for name in names:
        tables = [each for each in columns if name in (each, each.partition(".")[2])]
        if name in inputs:
            found[name] = inputs[name]
        elif len(tables) == 1:
            table, _, column = tables[0].partition(".")
            made = latest(table, column).named(f"{_PREFIX}{table}_{column}", f"{column} of {table}")
            found[name] = made
        elif tables:
            faults.append(f"'{name}' is a column of several tables: say {' or '.join(tables)}")
        else:
            faults.append(_unknown(name, project, columns))
    if faults:
        raise DefinitionError("judging", faults)
    return found


def attributes(made: Vectors, named: Mapping[str, Feature]) -> Mapping[str, Values]:
    """Return the values by which rows can be judged: every text, and what the settings name.

    Parameters
    ----------
    made : Vectors
        Rows with all features, those of `beside` among them.
    named : mapping of str to Feature
        From `beside`.
    """
    texts = {
        name: values
        for name, values in made.columns.items()
        if values.dtype == object and not name.startswith(_PREFIX)
    }
    return texts | {name: made.columns[each.name] for name, each in named.items()}


def chosen(judging: Judging, known: Mapping[str, Values], used: Sequence[str]) -> list[str]:
    """Name the attributes of the slices: those of the settings, or the texts used most.

    Parameters
    ----------
    judging : Judging
        Names, or none.
    known : mapping of str to (r,) object or float64
        Attributes of the rows.
    used : sequence of str
        Inputs of the model, the most used first.

    Examples
    --------
    >>> chosen(Judging(), {"city": [], "shop": []}, ["visits", "shop", "city"])
    ['shop', 'city']
    """
    if judging.slices:
        return list(judging.slices)
    texts = [name for name in known if name not in judging.protected]
    read = [name for name in used if name in texts]
    return [*read, *(name for name in texts if name not in read)][:MOST]


def _unknown(name: str, project: Project, columns: Sequence[str]) -> str:
    nothing, table = f"'{name}' is neither a feature nor a column", project.ready
    if table is None:
        such = ", ".join(columns) or "none"
        return f"{nothing} of an attribute table; such columns are {such}"
    if name in table.leave_out:
        return f"'{name}' was not read; open the data with open_data(..., judged_by=['{name}'])"
    such = ", ".join(table.leave_out) or "none"
    return f"{nothing} that table '{table.name}' leaves out; such columns are {such}"


def _columns(tables: Sequence[Table]) -> list[str]:
    return [
        f"{table.name}.{column}"
        for table in tables
        if isinstance(table, AttributeTable)
        for column in (*table.categories, *table.measures)
    ]
