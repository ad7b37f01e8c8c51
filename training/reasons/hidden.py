"""What a share, a difference or months tell of a measure that the model does not read itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from features.feature import Derived, Tally
from training.reasons.occasions import measure_of

_MONTH = 30.4375
_WHOLE = 1e-6


def tell(
    each: Derived, value: float, facts: list[float | None], places: Mapping[Tally, int]
) -> None:
    """Fill in the one measure that a feature made of others tells, where all its others are known.

    Examples
    --------
    >>> from features.recipes import share
    >>> part = share("visits", "shop", "NORTH", 56)
    >>> north, all_ = part.inputs
    >>> facts = [None, 3.0]
    >>> tell(part, 1 / 3, facts, {north: 0, all_: 1})
    >>> facts
    [1.0, 3.0]
    """
    leaves = _leaves(each, places)
    unknown = [leaf for leaf, place in enumerate(leaves) if facts[place] is None]
    if len(unknown) != 1 or math.isnan(value):
        return
    (leaf,) = unknown
    found = _solved(each.operation.name, value, leaf, [facts[place] for place in leaves])
    if found is None:
        return
    # A share is rounded once: the count behind it is whole.
    near = _counts(each, leaf) and abs(found - round(found)) < _WHOLE
    facts[leaves[leaf]] = float(round(found)) if near else found


def shift(
    each: Derived,
    value: float,
    facts: list[float | None],
    places: Mapping[Tally, int],
    visible: frozenset[int],
) -> float | None:
    """Move a feature made of others by the one measure among them that the model does not read.

    Returns
    -------
    float or None
        Its value then: where it tells a count, the nearest at which that is whole, further away.
        None where it was learnt, or where the model reads all that it is made of, so that it moves
        with them only.
    """
    leaves = _leaves(each, places)
    hidden = [leaf for leaf, place in enumerate(leaves) if place not in visible]
    if each.operation.fit is not None or (leaves and not hidden):
        return None
    if len(hidden) != 1 or facts[leaves[hidden[0]]] is None:
        # Nothing else tells what it is made of.
        free = all(facts[leaves[leaf]] is None for leaf in hidden)
        return value if free else None
    (leaf,) = hidden
    place = leaves[leaf]
    was, others = facts[place], [facts[each] for each in leaves]
    found = _solved(each.operation.name, value, leaf, others)
    if found is None or was is None:
        return None
    if _counts(each, leaf):
        found = float(math.ceil(found - _WHOLE) if found > was else math.floor(found + _WHOLE))
    facts[place] = found
    given = [np.array([facts[each]], dtype=np.float64) for each in leaves]
    return float(each.operation.compute(*given)[0])


def _leaves(each: Derived, places: Mapping[Tally, int]) -> list[int]:
    if not all(isinstance(part, Tally) for part in each.inputs):
        return []
    return [places[measure_of(part)] for part in each.inputs if isinstance(part, Tally)]


def _counts(each: Derived, leaf: int) -> bool:
    part = each.inputs[leaf]
    return isinstance(part, Tally) and part.aggregate.name == "count"


def _solved(name: str, value: float, leaf: int, given: Sequence[float | None]) -> float | None:
    """Solve an operation for one of its inputs; None where it does not tell it."""
    other = given[1 - leaf] if len(given) == 2 else None
    if name == "months":
        return value * _MONTH
    if other is None or math.isnan(other):
        return None
    if name == "per":
        return value * other if leaf == 0 else other / value if value else None
    if name == "less":
        return value + other if leaf == 0 else other - value
    if name == "part":
        if leaf == 0:
            return value * other / (1 - value) if value != 1 else None
        return other / value - other if value else None
    return None
