"""Conditions on the columns of an event, as values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from features.arguments import MAPPING, is_number, or_none, require
from features.arrays import Bools
from features.errors import DefinitionError
from features.names import slug
from features.segments import Category, Column, Number

Test: TypeAlias = Literal["in", "not_in", "at_least", "at_most", "above", "below"]
Scalar: TypeAlias = str | int | float
Where: TypeAlias = Mapping[str, "Scalar | Sequence[Scalar] | Bound | Range"]

_SIGNS: Final = {
    "in": "",
    "not_in": "not_",
    "at_least": "ge_",
    "at_most": "le_",
    "above": "gt_",
    "below": "lt_",
}
_MOST: Final = 2**63 - 1
_FEW: Final = 8
"""Values up to which one comparison for each is quicker than a search."""

_WIDE: Final = Context(prec=400)
_WORDS: Final = {
    "in": "is",
    "not_in": "is none of",
    "at_least": "is at least",
    "at_most": "is at most",
    "above": "is above",
    "below": "is below",
}
_OF_LEVELS: Final = ("in", "not_in")


@dataclass(frozen=True)
class Bound:
    """One side of an interval; made by `at_least`, `at_most`, `above` and `below`."""

    test: Test
    value: Scalar


@dataclass(frozen=True)
class Range:
    """Both sides of an interval; made by `between`, with both ends included."""

    low: Bound
    high: Bound


def at_least(value: float) -> Bound:
    """Ask for values of ``value`` or more."""
    return Bound("at_least", value)


def at_most(value: float) -> Bound:
    """Ask for values of ``value`` or less."""
    return Bound("at_most", value)


def above(value: float) -> Bound:
    """Ask for values of more than ``value``."""
    return Bound("above", value)


def below(value: float) -> Bound:
    """Ask for values of less than ``value``."""
    return Bound("below", value)


def between(least: float, most: float) -> Range:
    """Ask for values from ``least`` to ``most``, both included.

    Raises
    ------
    DefinitionError
        When no value can lie between them.

    Examples
    --------
    >>> [each.phrase for each in conditions({"days_late": between(1, 29)})]
    ['days_late is at least 1', 'days_late is at most 29']
    """
    if not (is_number(least) and is_number(most) and least <= most):
        fault = f"between needs a lower and then an upper bound, got {least!r} and {most!r}"
        raise DefinitionError("condition", [fault])
    return Range(at_least(least), at_most(most))


@dataclass(frozen=True)
class Condition:
    """One column and what it must be.

    Parameters
    ----------
    column : str
        Category or measure.
    test : {"in", "not_in", "at_least", "at_most", "above", "below"}
        How the column is compared. What is absent is neither in nor not in.
    values : tuple
        Allowed values, or the one bound; measures in their declared unit. A whole number is the
        same whichever type it comes in, and a truth value is the text that a category reads it
        as, ``"true"`` or ``"false"``.

    Raises
    ------
    DefinitionError
        When there is no value, or one is neither text nor a finite number.

    Examples
    --------
    >>> Condition("shop", "in", (12.0, True)).values
    (12, 'true')
    """

    column: str
    test: Test
    values: tuple[Scalar, ...]

    def __post_init__(self) -> None:
        read = [_plain(value) for value in self.values]
        # Not a set: what is no value may not be hashable, and is to be named below.
        values = tuple(value for place, value in enumerate(read) if value not in read[:place])
        object.__setattr__(self, "values", values)
        faults = [
            f"where '{self.column}' must be text or a finite number, got {value!r}"
            for value in values
            if not isinstance(value, str | int | float) or not _is_finite(value)
        ]
        if self.test not in _SIGNS:
            faults.append(f"where '{self.column}' must be one of {[*_SIGNS]}, got {self.test!r}")
        elif self.test not in _OF_LEVELS and (len(values) != 1 or isinstance(values[0], str)):
            faults.append(f"where '{self.column}' needs a number as its bound, got {values}")
        elif not values:
            faults.append(f"where '{self.column}' allows no value")
        if faults:
            raise DefinitionError("condition", faults)

    @property
    def slug(self) -> str:
        """Part of a feature's name."""
        return slug(f"{self.column}_{_SIGNS[self.test]}{'_or_'.join(map(str, self.values))}")

    @property
    def phrase(self) -> str:
        """Part of a feature's description."""
        return f"{self.column} {_WORDS[self.test]} {' or '.join(map(str, self.values))}"

    def holds(self, column: Column) -> Bools:
        """Tell for which events of a column the condition holds; never where it is absent.

        Raises
        ------
        DefinitionError
            When a category is asked for an order, or a measure for a text.
        """
        fault = self.misfit(is_measure=isinstance(column, Number))
        if fault:
            raise DefinitionError("condition", [fault])
        if isinstance(column, Category):
            found = self._among(column)
            return found if self.test == "in" else ~found & (column.codes >= 0)
        held = self._compare(column)
        return held if column.present is None else held & column.present

    def misfit(self, *, is_measure: bool) -> str:
        """Return what is wrong with asking this of a measure, or of a category; or nothing."""
        if not is_measure and self.test not in _OF_LEVELS:
            return f"'{self.column}' is a category: only measures have an order"
        if is_measure and self.test == "not_in":
            return f"'{self.column}' is a measure: only levels of a category can be left out"
        texts = [value for value in self.values if isinstance(value, str)]
        if is_measure and texts:
            return f"'{self.column}' is a measure: it is compared with numbers, got {texts[0]!r}"
        return ""

    def to_json(self) -> dict[str, Any]:
        """Return the condition as plain JSON values."""
        return {"column": self.column, "test": self.test, "values": list(self.values)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Condition:
        """Read back what ``to_json`` wrote."""
        return cls(value["column"], value["test"], tuple(value["values"]))

    def _among(self, column: Category) -> Bools:
        codes = [column.levels.codes.get(str(value), -2) for value in self.values]
        if len(codes) > _FEW:
            return np.isin(column.codes, codes)
        found: Bools = column.codes == codes[0]
        for code in codes[1:]:
            found |= column.codes == code
        return found

    def _compare(self, column: Number) -> Bools:
        # Compared in smallest units, where 0.1 + 0.2 is 0.3. A bound between two units is moved
        # to the next unit inside it, and a value between two units equals none.
        units = [Decimal(str(value)).scaleb(column.scale, _WIDE) for value in self.values]
        if self.test == "at_least":
            return column.values >= _clipped(units[0], ROUND_CEILING)
        if self.test == "above":
            return column.values >= _clipped(units[0], ROUND_FLOOR, 1)
        if self.test == "at_most":
            return column.values <= _clipped(units[0], ROUND_FLOOR)
        if self.test == "below":
            return column.values <= _clipped(units[0], ROUND_CEILING, -1)
        whole = [int(unit) for unit in units if unit == unit.to_integral_value()]
        wanted = np.array([unit for unit in whole if -_MOST <= unit <= _MOST], dtype=np.int64)
        return np.isin(column.values, wanted)


def _clipped(unit: Decimal, rounding: str, step: int = 0) -> int:
    return max(-_MOST, min(_MOST, int(unit.to_integral_value(rounding)) + step))


def _plain(value: object) -> object:
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_finite(value: Scalar) -> bool:
    return isinstance(value, str | int) or math.isfinite(value)


def conditions(where: Where | None) -> tuple[Condition, ...]:
    """Turn a mapping of columns to values into conditions, by column name.

    Parameters
    ----------
    where : mapping of str to value, sequence of values, Bound or Range
        All of them must hold.

    Raises
    ------
    DefinitionError
        With the faults of all conditions.

    Examples
    --------
    >>> [each.slug for each in conditions({"status": at_least(1), "shop": ["a", "b"]})]
    ['shop_a_or_b', 'status_ge_1']
    """
    require("condition", {"where": or_none(MAPPING)}, where=where)
    made: list[Condition] = []
    faults: list[str] = []
    for column, wanted in sorted((str(key), each) for key, each in (where or {}).items()):
        try:
            if isinstance(wanted, Range):
                made.append(_condition(column, wanted.low))
                wanted = wanted.high
            made.append(_condition(column, wanted))
        except DefinitionError as error:
            faults += error.faults
    if faults:
        raise DefinitionError("condition", faults)
    return tuple(made)


def _condition(column: str, wanted: Scalar | Iterable[Scalar] | Bound) -> Condition:
    if isinstance(wanted, Bound):
        return Condition(column, wanted.test, (wanted.value,))
    if isinstance(wanted, set | frozenset):
        # A set has no order, and the name of a feature must not change from run to run.
        wanted = sorted(wanted, key=str)
    alone = isinstance(wanted, str | Mapping) or not isinstance(wanted, Iterable)
    return Condition(column, "in", (wanted,) if alone else tuple(wanted))  # type: ignore[arg-type]
