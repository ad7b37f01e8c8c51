"""Values of features as people read them: days, money, counts, shares, yes and no."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from features.feature import Derived, Feature
from features.tables import Table, measure
from features.wording import holds_text, unit_of

Kind: TypeAlias = Literal["count", "days", "months", "money", "share", "flag", "number", "text"]

_KINDS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("events", "levels", "periods", "customers"), "count"),
    "days": "days",
    "months": "months",
    "money": "money",
    "units of the sum": "money",
    "0 or 1": "flag",
    "1 for one of the same group, or 0": "flag",
    **dict.fromkeys(("share", "from 0 to 1", "probability"), "share"),
}


_FINE: Final = ("number", "share", "months")
"""Kinds whose small values are shown with as many digits as they need."""

_DIGITS: Final = 12
"""Digits of a value that has a short form, at most."""

_FINER: Final = 8
"""Finer steps that are tried where none that is usually shown lies between two thresholds."""

_DAY: Final = 23.5 / 24
"""Days that are a whole one once their hours are rounded."""


@dataclass(frozen=True)
class Quantity:
    """What a value is measured in.

    Parameters
    ----------
    kind : str
        One of `Kind`.
    decimals : int
        Digits after the point that the source carries, for money.
    """

    kind: Kind
    decimals: int = 2

    def shown(self, value: float | str, language: str, places: int | None = None) -> str:
        """Write a value.

        Parameters
        ----------
        value : float or str
            What a feature holds.
        language : {"en", "zh"}
            Of the words.
        places : int, optional
            Decimals of the value that must not be rounded away, from `places_of`; left out, as
            many as people like to read.

        Examples
        --------
        >>> Quantity("number").shown(0.043, "en", 3), Quantity("number").shown(0.043, "en")
        ('0.043', '0.04')
        >>> Quantity("days").shown(40, "en"), Quantity("days").shown(1.5, "zh")
        ('40 days', '1.5 天')
        >>> Quantity("days").shown(0.1, "en"), Quantity("days").shown(0.02, "zh")
        ('2 hours', '不到 1 小时')
        >>> Quantity("share").shown(0.125, "en"), Quantity("flag").shown(1, "zh")
        ('12.5 %', '是')
        >>> Quantity("share").shown(0.0004, "en"), Quantity("number").shown(0.00123, "en")
        ('0.04 %', '0.0012')
        >>> Quantity("money", 0).shown(1234567, "en"), Quantity("count").shown(5.0, "zh")
        ('1,234,567', '5')
        """
        if isinstance(value, str):
            return value
        english = language == "en"
        if self.kind == "flag":
            return ("yes" if english else "是") if value > 0 else ("no" if english else "否")
        least = places or 0
        if self.kind == "share":
            number = _short(100 * value, max(1, least - 2))
            return f"{number} %" if english else f"{number}%"
        if self.kind == "money":
            return f"{value:,.{max(self.decimals, least)}f}"
        if self.kind == "days" and 0 < abs(value) < _DAY and places is None:
            return _hours(value, english)
        if self.kind in ("days", "months"):
            number = _short(value, max(1, least))
            if english:
                return f"{number} {self.kind[:-1] if number == '1' else self.kind}"
            return f"{number} {'天' if self.kind == 'days' else '个月'}"
        return _short(value, max(2, least))

    def places_of(self, value: float) -> int | None:
        """Return the decimals that tell a value apart from its neighbours, to be shown.

        Returns
        -------
        int or None
            None where it is shown exactly, or has no short form.

        Examples
        --------
        >>> Quantity("number").places_of(0.043), Quantity("number").places_of(0.5)
        (3, None)
        >>> Quantity("number").places_of(1.06e-13), Quantity("days").places_of(0.2)
        (15, 1)
        """
        if self.kind in ("flag", "text") or (self.kind == "days" and _is_hours(value)):
            return None
        if self.kind == "days" and 0 < abs(value) < _DAY:
            usual = 0
        else:
            usual = {"share": 3, "days": 1, "months": 1, "money": self.decimals}.get(self.kind, 2)
        _, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
        places = -exponent if isinstance(exponent, int) else 0
        return places if places > usual and len(digits) <= _DIGITS else None

    def beside(self, before: float, after: float, language: str) -> str:
        """Write a value so that it reads otherwise than the one that it is changed to.

        Examples
        --------
        >>> Quantity("number").beside(0.04298, 0.043, "en"), Quantity("count").beside(3, 2, "en")
        ('0.04298', '3')
        """
        places = self.places_of(after)
        other = self.shown(after, language, places)
        finer = range((places or 0) + 1, (places or 0) + _DIGITS)
        tried = (self.shown(before, language, more) for more in (places, *finer))
        return next((text for text in tried if text != other), other)

    @property
    def step(self) -> float:
        """Smallest difference that is shown; 0 for what is no number."""
        steps = {"count": 1.0, "days": 0.1, "months": 0.1, "share": 0.001, "flag": 1.0}
        if self.kind == "text":
            return 0.0
        return float(10.0**-self.decimals) if self.kind == "money" else steps.get(self.kind, 0.01)

    def step_near(self, value: float) -> float:
        """Smallest difference that is shown near a value: an hour within a day.

        Examples
        --------
        >>> Quantity("days").step_near(12.0), 24 * Quantity("days").step_near(0.3)
        (0.1, 1.0)
        >>> Quantity("number").step_near(0.5), Quantity("number").step_near(0.0012)
        (0.01, 0.0001)
        """
        if self.kind == "days":
            return 1 / 24 if abs(value) < 1 else self.step
        if self.kind in _FINE and 0 < abs(value) < self.step:
            return float(f"1e{math.floor(math.log10(abs(value))) - 1}")
        return self.step

    def steps_near(self, value: float) -> tuple[float, ...]:
        """Return steps from the one that is shown near a value to ever finer ones."""
        first = self.step_near(value)
        if not first:
            return ()
        power = math.floor(math.log10(first) - 1e-9)
        return (first, *(float(f"1e{power - finer}") for finer in range(_FINER)))


def quantity_of(feature: Feature, tables: Mapping[str, Table]) -> Quantity:
    """Return what the values of a feature are measured in."""
    if holds_text(feature, tables):
        return Quantity("text")
    if is_part(feature):
        return Quantity("share")
    kind = _KINDS.get(unit_of(feature, tables), "number")
    return Quantity(kind, _decimals(feature, tables)) if kind == "money" else Quantity(kind)


def is_part(feature: Feature) -> bool:
    """Tell whether a ratio divides some events by all of them."""
    if not isinstance(feature, Derived) or feature.operation.name != "per":
        return False
    over, under = feature.inputs
    if isinstance(over, Derived) or isinstance(under, Derived):
        return False
    alike = (over.aggregate.name, over.table, over.window, over.column) == (
        *(under.aggregate.name, under.table, under.window, under.column),
    )
    whole = over.aggregate.name in ("count", "total")
    return alike and whole and set(under.where) < set(over.where)


def _decimals(feature: Feature, tables: Mapping[str, Table]) -> int:
    if isinstance(feature, Derived):
        return max(_decimals(each, tables) for each in feature.inputs)
    table = tables[feature.table]
    return measure(table, feature.column).scale if feature.column in table.measures else 0


def _is_hours(days: float) -> bool:
    return 0 < abs(days) < _DAY and abs(24 * days - round(24 * days)) < 1e-9


def _hours(days: float, english: bool) -> str:
    """Write less than a day: a tenth of a day says nothing to a reader."""
    hours, sign = round(24 * abs(days)), "-" if days < 0 else ""
    if not hours:
        return "less than an hour" if english else "不到 1 小时"
    if english:
        return f"{sign}{hours} {'hour' if hours == 1 else 'hours'}"
    return f"{sign}{hours} 小时"


def _short(value: float, decimals: int) -> str:
    if 0 < abs(value) < 10.0**-decimals:
        # Two digits say how small it is: a 0 would say that there is nothing.
        decimals = 1 - math.floor(math.log10(abs(value)))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
