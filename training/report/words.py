"""Numbers as a report writes them."""

from __future__ import annotations

import math

from training.judge.intervals import Interval
from training.report.numbers import number


def shown(value: Interval | None, kind: str = ".3f") -> str:
    """Write a value, and below it its interval.

    Examples
    --------
    >>> shown(Interval(0.5, 0.4, 0.6), ".0%").splitlines()
    ['50%', '40% to 60%']
    """
    if value is None:
        return ""
    if not math.isfinite(value.value):
        return "not defined"
    if not (math.isfinite(value.low) and math.isfinite(value.high)):
        return f"{number(value.value, kind)}\ntoo few customers"
    low, high = number(value.low, kind), number(value.high, kind)
    return f"{number(value.value, kind)}\n{low} to {high}"


def inline(value: Interval | None, kind: str = ".3f") -> str:
    """Write a value and its interval on one line."""
    main, _, span = shown(value, kind).partition("\n")
    return f"{main} ({span})" if span else main


def counted(number: int, thing: str) -> str:
    """Write a number of things, one of them in the singular.

    Examples
    --------
    >>> counted(1, "slice"), counted(1_200, "slice")
    ('1 slice', '1,200 slices')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def short(text: str, most: int) -> str:
    """Cut a text that is too long for a figure.

    Examples
    --------
    >>> short("demographics", 5)
    'demo…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"
