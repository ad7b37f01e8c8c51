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

    Where no value that is usually shown lies there, it has as many decimals as it takes.

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
    >>> nearest(0.0437, 0.0421, 0.0434, Quantity("number"))
    0.043
    """
    if below < now <= most:
        return None
    whole = whole or quantity.kind in ("count", "flag")
    steps = (1.0,) if whole else quantity.steps_near(below if now <= below else most)
    tried = (_on(step, below, most, up=now <= below) for step in steps)
    return next((value for value in tried if below < value <= most), None)


def _on(step: float, below: float, most: float, *, up: bool) -> float:
    """Return the first multiple of a step above ``below``, or the last one up to ``most``."""
    place = math.floor(below / step) + 1 if up else math.floor(most / step)
    value = _tidy(place * step)
    if up and value <= below:
        return _tidy((place + 1) * step)
    return _tidy((place - 1) * step) if not up and value > most else value


def _tidy(value: float) -> float:
    """Take away what rounding added: the value is the number that people read."""
    return float(f"{value:.15g}")


def range_of(told: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Return the lowest and the highest value of training and how far most lie apart."""
    edges = told.get("edges") or []
    if not edges:
        return None
    # Bundles of before know no ends: the first and the last tenth are left out.
    low, high = told.get("low", edges[0]), told.get("high", edges[-1])
    return low, high, (edges[-1] - edges[0]) or (high - low) or 1.0
