"""Fitted parameters as values: what a definition carries and scoring evaluates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from features.errors import DefinitionError

Drops = Literal["after repeats", "after any"]
DROPS: Final = ("after repeats", "after any")
LOWEST: Final = 1e-6
LOWEST_Q: Final = 1.001
HIGHEST: Final = 1e6
LARGEST_MONEY: Final = 1e15


@dataclass(frozen=True)
class PurchaseModel:
    """How often customers buy and when they leave: BG/NBD or MBG/NBD.

    While alive, a customer buys as a Poisson process. Rates differ between customers by a gamma
    distribution. After a purchase the customer may leave for good; the probability of that differs
    by a beta distribution.

    Parameters
    ----------
    r, alpha : float
        Shape, and rate in days, of the gamma distribution of purchases a day: mean ``r / alpha``.
    a, b : float
        Of the beta distribution of the probability of leaving: mean ``a / (a + b)``.
    drops : {"after repeats", "after any"}
        ``after repeats``: the first purchase is never the last thing a customer does while alive
        (BG/NBD; Fader, Hardie, Lee, Marketing Science 24(2), 2005). ``after any``: one may leave
        after the first purchase too (MBG/NBD; Batislam, Denizel, Filiztekin, International Journal
        of Research in Marketing 24(3), 2007).

    Raises
    ------
    DefinitionError
        With every parameter that is no number from 1e-6 to 1e6.

    Examples
    --------
    >>> cdnow = PurchaseModel(r=0.243, alpha=4.414 * 7, a=0.793, b=2.426)
    >>> PurchaseModel.from_json(cdnow.to_json()) == cdnow
    True
    """

    r: float
    alpha: float
    a: float
    b: float
    drops: Drops = "after repeats"

    def __post_init__(self) -> None:
        faults = _out_of_range(LOWEST, r=self.r, alpha=self.alpha, a=self.a, b=self.b)
        if self.drops not in DROPS:
            faults.append(f"drops must be one of {list(DROPS)}, got {self.drops!r}")
        if faults:
            raise DefinitionError("purchase model", faults)

    @property
    def chances(self) -> float:
        """Chances to leave that a customer had beside those after repeat purchases: 0 or 1."""
        return 0.0 if self.drops == "after repeats" else 1.0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; floats survive ``json.dumps`` to the bit."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> PurchaseModel:
        """Read back what ``to_json`` wrote.

        Raises
        ------
        DefinitionError
            When the value is no purchase model.
        """
        numbers = _read("purchase model", value, ("r", "alpha", "a", "b"), ("drops",))
        return cls(**numbers, drops=value.get("drops", "after repeats"))


@dataclass(frozen=True)
class SpendModel:
    """How much a purchase brings: the Gamma-Gamma model.

    The spend of one purchase is gamma distributed with shape ``p`` around a rate that differs
    between customers by a gamma distribution with shape ``q`` and rate ``v`` (Fader, Hardie, "The
    Gamma-Gamma Model of Monetary Value", 2013). It is held to be independent of how often a
    customer buys.

    Parameters
    ----------
    p : float
        Shape of spend within a customer: the higher, the more alike are the purchases.
    q : float
        Shape across customers, from 1.001: at 1 the mean over customers is no longer finite.
    v : float
        Scale, in money, up to 1e15.

    Raises
    ------
    DefinitionError
        With every parameter out of range.

    Examples
    --------
    >>> round(SpendModel(p=6.25, q=3.74, v=15.44).mean, 2)
    35.22
    """

    p: float
    q: float
    v: float

    def __post_init__(self) -> None:
        faults = [
            *_out_of_range(LOWEST, p=self.p),
            *_out_of_range(LOWEST_Q, q=self.q),
            *_out_of_range(LOWEST, LARGEST_MONEY, v=self.v),
        ]
        if faults:
            raise DefinitionError("spend model", faults)

    @property
    def mean(self) -> float:
        """Expected spend of a purchase of a customer of whom nothing is known."""
        return self.p * self.v / (self.q - 1.0)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; floats survive ``json.dumps`` to the bit."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SpendModel:
        """Read back what ``to_json`` wrote.

        Raises
        ------
        DefinitionError
            When the value is no spend model.
        """
        return cls(**_read("spend model", value, ("p", "q", "v")))


def _out_of_range(lowest: float, highest: float = HIGHEST, **parameters: float) -> list[str]:
    return [
        f"{name} must be a number from {lowest:g} to {highest:g}, got {value!r}"
        for name, value in parameters.items()
        if not (_is_number(value) and lowest <= value <= highest)
    ]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read(
    subject: str, value: Mapping[str, Any], needed: tuple[str, ...], spare: tuple[str, ...] = ()
) -> dict[str, float]:
    if not isinstance(value, Mapping):
        came = f"expected an object with {list(needed)}, came {str(value)[:200]}"
        raise DefinitionError(subject, [came])
    faults = [f"expected a number '{name}', came none" for name in needed if name not in value]
    known = {*needed, *spare}
    faults += [f"'{name}' is not one of {sorted(known)}" for name in value if name not in known]
    if faults:
        raise DefinitionError(subject, faults)
    return {name: value[name] for name in needed}
