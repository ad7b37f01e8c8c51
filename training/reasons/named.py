"""Whether what the settings of reasons name is there: before anything is fitted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import Final

from features.catalogue import Catalogue
from features.dictionary import dictionary, sources_of
from features.errors import DefinitionError
from features.feature import Feature
from features.tables import Table
from training.reasons.settings import Reasons

_NEAR: Final = 5
"""Names that are shown for one that is unknown."""


def require_changeable(
    settings: Reasons, features: Iterable[Feature], names: Collection[str] = ()
) -> None:
    """Refuse names of what a customer can act on that no feature has or reads.

    Parameters
    ----------
    settings : Reasons
        Of the training.
    features : iterable of Feature
        All of the project.
    names : collection of str
        Columns that are known to hold names, which nobody can tell to move.

    Raises
    ------
    DefinitionError
        With the names, and those nearest to them.

    Examples
    --------
    >>> from features.builders import total
    >>> require_changeable(Reasons(changeable=("amont",)), [total("visits", "amount", 30)])
    Traceback (most recent call last):
    features.errors.DefinitionError: reasons is not well defined:
      - changeable names 'amont', which no feature is called or reads; nearest are 'amount', \
'visits.amount'
    """
    known: dict[str, None] = {}
    for each in features:
        read = sources_of(each)
        known |= dict.fromkeys((each.name, *read, *(name.rpartition(".")[2] for name in read)))
    faults = []
    for name in settings.changeable:
        if name.rpartition(".")[2] in names:
            faults.append(
                f"changeable names {name!r}, which holds names: only numbers are told to move"
            )
        elif name not in known:
            near = get_close_matches(name, known, n=_NEAR, cutoff=0.5) or sorted(known)[:_NEAR]
            faults.append(
                f"changeable names {name!r}, which no feature is called or reads; nearest are "
                f"{', '.join(map(repr, near))}"
            )
    if faults:
        raise DefinitionError("reasons", faults)


def misspelt(settings: Reasons, features: Catalogue, tables: Sequence[Table]) -> list[str]:
    """Say which protected names nothing is called, where something is called nearly so.

    A name that nothing resembles is taken: what was left out of the tables cannot come back unseen.

    Parameters
    ----------
    settings : Reasons
        Of the training.
    features : Catalogue
        All of the project.
    tables : sequence of Table
        Their columns may be protected.

    Examples
    --------
    >>> from features.builders import count
    >>> from features.tables import AttributeTable
    >>> people = AttributeTable("people", "id", static=True, categories=["gender"])
    >>> asked = Reasons(protected=("gendre", "religion"))
    >>> misspelt(asked, Catalogue([count("visits", 30)]), [people])
    ["'gendre' is protected, and nothing is called so; did you mean 'gender'?"]
    """
    known = [each.name for each in features]
    for table in dictionary(Catalogue([]), tables)["tables"]:
        columns = [column["name"] for column in table["columns"]]
        known += [*columns, *(f"{table['name']}.{column}" for column in columns)]
    told = []
    for name in settings.protected:
        near = get_close_matches(name, known, n=1, cutoff=0.8)
        if name not in known and near:
            told.append(
                f"{name!r} is protected, and nothing is called so; did you mean {near[0]!r}?"
            )
    return told
