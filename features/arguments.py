"""What the arguments of definitions may be, told alike wherever one is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Real
from textwrap import shorten
from typing import Any, Final

from features.errors import DefinitionError
from features.instants import MOST_DAYS, TICK

_LONG: Final = 120


@dataclass(frozen=True)
class Kind:
    """What an argument may be.

    Parameters
    ----------
    words : str
        What is expected.
    remedy : str
        What to do otherwise.
    fits : callable
        Tells whether a value is one.
    """

    words: str
    remedy: str
    fits: Callable[[object], bool]


def is_number(value: object) -> bool:
    """Tell whether a value is a number; true and false are none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_days(value: object) -> bool:
    """Tell whether a value is a stretch of days, which is longer than nothing."""
    return is_number(value) and TICK <= value <= MOST_DAYS  # type: ignore[operator]


def is_delay(value: object) -> bool:
    """Tell whether a value is a number of days or none at all."""
    return is_number(value) and 0 <= value <= MOST_DAYS  # type: ignore[operator]


def or_none(kind: Kind) -> Kind:
    """Return a kind of which the argument may be left out."""
    return Kind(kind.words, kind.remedy, lambda value: value is None or kind.fits(value))


COLUMN: Final = Kind(
    "the name of a column",
    "write it as a text such as 'spend'",
    lambda value: isinstance(value, str),
)
TEXT: Final = Kind("a text", "put it in quotes", lambda value: isinstance(value, str))
FLAG: Final = Kind(
    "True or False", "write one of them, without quotes", lambda value: isinstance(value, bool)
)
DAYS: Final = Kind(
    f"above 0 and at most {MOST_DAYS:,}", "write a number of days such as 28", is_days
)
DELAY: Final = Kind(f"0 days to {MOST_DAYS:,}", "write a number of days such as 1.5", is_delay)
WINDOW: Final = Kind("a window in days", "write windows such as [7, 28]", is_days)
NUMBER: Final = Kind("a number", "write it without quotes, such as 30", is_number)
TIMES: Final = Kind(
    "a whole number, 1 or more",
    "write it without quotes, such as 4",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 1,
)
MAPPING: Final = Kind(
    "a mapping",
    "write pairs in braces such as {'shop': 'north'}",
    lambda value: isinstance(value, Mapping),
)
SOURCES: Final = Kind(
    "a mapping of tables to where they lie",
    "give, or return from prepare(), pairs such as {'visits': 'visits.parquet'}",
    lambda value: isinstance(value, Mapping),
)
FEATURE: Final = Kind(
    "a feature",
    "write one such as count(visits, 28); several in a tuple are unpacked with *",
    lambda value: hasattr(value, "inputs") and hasattr(value, "says"),
)


def slips(kinds: Mapping[str, Kind], given: Mapping[str, object]) -> list[str]:
    """Return what is wrong with arguments, a sentence for each.

    Parameters
    ----------
    kinds : mapping of str to Kind
        What each may be.
    given : mapping of str to value
        Arguments; those without a kind are not looked at.

    Examples
    --------
    >>> slips({"days": DAYS}, {"days": "28"})
    ["days must be above 0 and at most 1,000,000, got '28'; write a number of days such as 28"]
    """
    return [
        f"{name} must be {kinds[name].words}, got {shown(value)}; {kinds[name].remedy}"
        for name, value in given.items()
        if name in kinds and not kinds[name].fits(value)
    ]


def require(what: str, kinds: Mapping[str, Kind], **given: object) -> None:
    """Refuse arguments that are not what they must be.

    Raises
    ------
    DefinitionError
        With every such argument: what was expected, what came, what to do.
    """
    faults = slips(kinds, given)
    if faults:
        raise DefinitionError(what, faults)


def listed(what: str, values: Iterable[Any], kind: Kind) -> tuple[Any, ...]:
    """Return several values as a tuple, each of them of one kind.

    Parameters
    ----------
    what : str
        What is defined, for the error.
    values : iterable
        One alone, which stands there by mistake, is refused with that advice.
    kind : Kind
        What each must be.

    Raises
    ------
    DefinitionError
        With every value that is not.

    Examples
    --------
    >>> listed("bands", 30, NUMBER)
    Traceback (most recent call last):
    features.errors.DefinitionError: bands is not well defined:
      - expected a list, each a number, got 30 alone; put it in brackets
    """
    if isinstance(values, str) or kind.fits(values) or not isinstance(values, Iterable):
        fault = f"expected a list, each {kind.words}, got {shown(values)} alone; put it in brackets"
        raise DefinitionError(what, [fault])
    found = tuple(values)
    faults = [
        f"expected {kind.words}, got {shown(each)}; {kind.remedy}"
        for each in found
        if not kind.fits(each)
    ]
    if faults:
        raise DefinitionError(what, faults)
    return found


def ascends(values: Sequence[float]) -> bool:
    """Tell whether each number is above the one before; one that is no number is above none.

    Examples
    --------
    >>> ascends([1, 30]), ascends([1, 1]), ascends([1, float("nan")])
    (True, False, False)
    """
    return all(low < high for low, high in pairwise(values))


def shown(value: object) -> str:
    """Return how an error shows a value: a definition by its name, and nothing at length.

    Examples
    --------
    >>> shown("28"), shown([1, 2])
    ("'28'", 'a list (1, 2)')
    """
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} ({shorten(', '.join(map(shown, value)), _LONG)})"
    name = getattr(value, "name", None)
    if isinstance(name, str):
        return f"{type(value).__name__} '{name}'"
    return shorten(repr(value), _LONG)
