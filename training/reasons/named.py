"""Whether what the settings of reasons name is there: before anything is fitted."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from features.dictionary import sources_of
from features.errors import DefinitionError
from features.feature import Feature
from training.reasons.settings import Reasons

_NEAR: Final = 5
"""Names that are shown for one that is unknown."""


def require_changeable(settings: Reasons, features: Iterable[Feature]) -> None:
    """Refuse names of what a customer can act on that no feature has or reads.

    Parameters
    ----------
    settings : Reasons
        Of the training.
    features : iterable of Feature
        All of the project.

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
        if name not in known:
            near = get_close_matches(name, known, n=_NEAR, cutoff=0.5) or sorted(known)[:_NEAR]
            faults.append(
                f"changeable names {name!r}, which no feature is called or reads; nearest are "
                f"{', '.join(map(repr, near))}"
            )
    if faults:
        raise DefinitionError("reasons", faults)
