"""What is left to prove of features that learn."""

from __future__ import annotations

from collections.abc import Iterator

from features.catalogue import Catalogue
from features.feature import Derived, Feature


def without_learning(catalogue: Catalogue) -> Catalogue:
    """Put what it is made of in the place of every feature that learns from data.

    What was learnt is a constant of the definition, and a constant sees nothing: such a feature
    sees the future if and only if one of its inputs does. When it learnt is the business of
    training, which fits on rows of the earliest cutoff.

    Parameters
    ----------
    catalogue : Catalogue
        Features, fitted or not.

    Returns
    -------
    Catalogue
        Features that learn nothing, each once.

    Examples
    --------
    >>> from features.recipes import band
    >>> from features.builders import count
    >>> without_learning(Catalogue([band(count("visits", 28), (0.5,))])).names
    ('visits_count_28d',)
    """
    named: dict[str, Feature] = {}
    for feature in catalogue:
        for each in _plain(feature):
            named.setdefault(each.name, each)
    return Catalogue(named.values())


def _plain(feature: Feature) -> Iterator[Feature]:
    if isinstance(feature, Derived) and _learns(feature):
        for each in feature.inputs:
            yield from _plain(each)
    else:
        yield feature


def _learns(feature: Feature) -> bool:
    if not isinstance(feature, Derived):
        return False
    return feature.operation.fit is not None or any(_learns(each) for each in feature.inputs)
