"""Features that learn from data, fitted to the rows they learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from features.arrays import Values
from features.errors import CohortError
from features.failing import raise_if_own
from features.feature import Derived, Feature
from features.multihot import expanded, expands, named_apart


def fit_features(
    features: Iterable[Feature], columns: Mapping[str, Values], taught: Mapping[Feature, str]
) -> tuple[list[Feature], dict[str, str]]:
    """Fit features; see `Catalogue.fit`.

    Parameters
    ----------
    features : iterable of Feature
        Features, whether they learn or not.
    columns : mapping of str to (n,) array
        Values that are learnt from.
    taught : mapping of Feature to str
        Column of each feature that is learnt from.

    Returns
    -------
    list of Feature
        Those that could be fitted, each once.
    dict of str to str
        Why the others could not, by name.
    """
    every = list(features)
    taken = {each.name: each for each in every if not expands(each)}
    made: list[Feature] = []
    refused: dict[str, str] = {}
    for each in every:
        try:
            if isinstance(each, Derived) and expands(each):
                ones = expanded(each, columns[taught[each.inputs[0]]])
                made += named_apart(ones, taken)
            else:
                made.append(_fitted(each, columns, taught))
        except CohortError as error:
            refused[each.name] = str(error)
    return list(dict.fromkeys(made)), refused


def _fitted(
    feature: Feature, columns: Mapping[str, Values], taught: Mapping[Feature, str]
) -> Feature:
    if not isinstance(feature, Derived):
        return feature
    given = feature.inputs
    feature = replace(feature, inputs=tuple(_fitted(each, columns, taught) for each in given))
    if not feature.waits or feature.operation.fit is None:
        return feature
    values = (columns[taught[each]] for each in given)
    try:
        return replace(feature, parameters=feature.operation.fit(feature.options, *values))
    except Exception as error:
        raise_if_own(error, [feature.name], feature.operation.fit)
        raise
