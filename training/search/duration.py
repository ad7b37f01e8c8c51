"""Spans of time as people write them: 45s, 10m, 1h30m."""

from __future__ import annotations

import re
from typing import Final

from features.errors import DefinitionError

_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WRITTEN: Final = re.compile(
    r"(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?", re.ASCII
)
LONGEST: Final = 30 * 86_400
"""Seconds; what is longer is a slip of the pen."""


def seconds(text: str) -> int:
    """Read a span of time.

    Parameters
    ----------
    text : str
        Whole numbers with units d, h, m or s, largest first: ``90s``, ``10m``, ``1h30m``.

    Returns
    -------
    int
        Seconds, 1 or more.

    Raises
    ------
    DefinitionError
        When it is written otherwise, is nothing, or is longer than 30 days.

    Examples
    --------
    >>> seconds("1h30m")
    5400
    >>> seconds("ten minutes")
    Traceback (most recent call last):
    features.errors.DefinitionError: budget is not well defined:
      - expected a time such as 45s, 10m or 1h30m, got 'ten minutes'
    """
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None or not any(found.groups()):
        bare = f"; {text.strip()}m are minutes" if text.strip().isdecimal() else ""
        fault = f"expected a time such as 45s, 10m or 1h30m, got '{text}'{bare}"
        raise DefinitionError("budget", [fault])
    total = sum(int(found[unit] or 0) * size for unit, size in _UNITS.items())
    if not 1 <= total <= LONGEST:
        raise DefinitionError("budget", [f"expected a time of 1s to 30d, got '{text}'"])
    return total


def in_words(span: float) -> str:
    """Write a span of time with at most two units.

    Parameters
    ----------
    span : float
        Seconds, 0 or more.

    Examples
    --------
    >>> [in_words(each) for each in (0.4, 59.6, 125, 5400, 90_000)]
    ['0 s', '1 min', '2 min 5 s', '1 h 30 min', '1 d 1 h']
    """
    left, parts = round(span), []
    for name, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"
