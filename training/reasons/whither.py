"""Values that an input may be moved to: the nearest as they are shown, among those seen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from training.reasons.quantities import Quantity


def nearest(
    now: float, below: float, most: float, quantity: Quantity, whole: bool = False
) -> float | None:
    """Return the value above ``below`` and up to ``most`` that is nearest, as values are shown.

    Parameters
    ----------
    now, below, most : float
        The value as it is, and where it may lie.
    quantity : Quantity
        What it is measured in.
    whole : bool
        Whether only whole numbers were seen: nobody has one and a half cars.

    Examples
    --------
    >>> nearest(2.0, 0.5, 1.5, Quantity("number")), nearest(2.0, 0.5, 1.5, Quantity("number"), True)
    (1.5, 1.0)
    """
    if below < now <= most:
        return None
    whole = whole or quantity.kind in ("count", "flag")
    step = 1.0 if whole else quantity.step_near(below if now <= below else most)
    if now <= below:
        value = (math.floor(below / step) + 1) * step
        value = value if value > below else value + step
        if value > most:
            value = math.nextafter(below, math.inf)
    else:
        value = math.floor(most / step) * step
        value = value if value <= most else value - step
        if value <= below:
            value = most
    if not below < value <= most or (whole and value != round(value)):
        return None
    return float(value)


def range_of(told: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Return the lowest and the highest value of training and how far most lie apart."""
    edges = told.get("edges") or []
    if not edges:
        return None
    # Bundles of before know no ends: the first and the last tenth are left out.
    low, high = told.get("low", edges[0]), told.get("high", edges[-1])
    return low, high, (edges[-1] - edges[0]) or (high - low) or 1.0
