"""How often the answer was yes for the same level: a text feature turned into a number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from features.dictionary import sources_of
from features.errors import DefinitionError
from features.feature import Tally, feature_from_json, joined
from features.instants import plain
from features.tables import Table
from features.wording import holds_text


@dataclass(frozen=True)
class TargetRate:
    """A level, told by the outcomes of earlier rows that had it; made by `target_rate`.

    Parameters
    ----------
    feature : Tally
        The level: a feature whose values are texts.
    prior : float
        Rows at the rate of all levels that every level starts with.
    rarest : int
        A level with fewer settled rows is read as one that was never seen.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    feature: Tally
    prior: float = 20
    rarest: int = 20

    def __post_init__(self) -> None:
        faults = []
        if not isinstance(self.feature, Tally):
            came = getattr(self.feature, "name", self.feature)
            faults.append(f"expected a feature such as usual(...) or latest(...), got {came!r}")
        if not _is_number(self.prior) or not 0 <= self.prior <= 1e9:
            faults.append(f"prior must be 0 rows or more, up to a billion, got {self.prior!r}")
        whole = isinstance(self.rarest, int) and not isinstance(self.rarest, bool)
        if not whole or self.rarest < 1:
            faults.append(f"rarest must be a whole number, 1 or more, got {self.rarest!r}")
        if faults:
            raise DefinitionError("target rate", faults)

    @property
    def name(self) -> str:
        """Computed name, as ``visits_shop_usual_91d_rate_20``."""
        return joined([self.feature.name, "rate", plain(self.prior).replace(".", "_")])

    @property
    def description(self) -> str:
        """What the value says."""
        return (
            "Share of yes among the settled outcomes of earlier rows of the same level, drawn to "
            f"the share of all; the level: {self.feature.description}"
        )

    @property
    def null(self) -> str:
        """When the value is null."""
        return f"no outcome is settled yet, or {self.feature.null or 'there is no level'}"

    def check(self, tables: Mapping[str, Table]) -> list[str]:
        """Return what keeps it from being made of given tables, where the feature itself can be."""
        if self.feature.table not in tables or holds_text(self.feature, tables):
            return []
        return [
            f"'{self.name}' encodes '{self.feature.name}', which is a number already; a target "
            "rate reads texts, such as those of usual(...) or latest(...) of a category"
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        return {"feature": self.feature.to_json(), "prior": self.prior, "rarest": self.rarest}


def target_rate(feature: Tally, prior: float = 20, rarest: int = 20) -> TargetRate:
    """Encode the level of a text feature by the outcomes of earlier rows that had it.

    For a row at a cutoff only rows count whose outcome was settled by then: their label window was
    over, and the events in it were known. Of these, `n` rows of the level with `y` times yes make
    ``(y + prior * base) / (n + prior)``, where ``base`` is the share of yes of all of them (the
    m-estimate of Micci-Barreca, 2001, "A preprocessing scheme for high-cardinality categorical
    attributes", SIGKDD Explorations 3(1)). A level that is unseen or rare by then has
    the base rate. It is null where there is no level, and until the first outcome is settled.

    Parameters
    ----------
    feature : Tally
        The level, such as ``usual(visits, "shop", 91)``. It need not stand in the catalogue; if
        it does, the model reads the level too.
    prior : float
        Rows that weigh as much as those of the level; rows and not customers, and a customer has
        one at every cutoff. 0 takes the plain share.
    rarest : int
        A level with fewer settled rows is read as one that was never seen.

    Examples
    --------
    >>> from features import usual
    >>> target_rate(usual("visits", "shop", 91)).name
    'visits_shop_usual_91d_rate_20'
    """
    return TargetRate(feature, prior, rarest)


def dictionary_rows(task: str, rates: Iterable[TargetRate]) -> list[dict[str, Any]]:
    """Describe the target rates of a task as `features.dictionary.dictionary` does features.

    Examples
    --------
    >>> from features import usual
    >>> (row,) = dictionary_rows("churn", [target_rate(usual("visits", "shop", 91))])
    >>> row["name"], row["unit"], row["sources"]
    ('churn.visits_shop_usual_91d_rate_20', 'from 0 to 1', ['visits.shop'])
    """
    return [
        {
            "name": f"{task}.{each.name}",
            "description": each.description,
            "unit": "from 0 to 1",
            "null": each.null,
            "type": "number",
            "table": each.feature.table,
            "sources": sources_of(each.feature),
            "owner": "",
        }
        for each in rates
    ]


def rate_from_json(value: Mapping[str, Any]) -> TargetRate:
    """Read back what ``to_json`` wrote.

    Raises
    ------
    DefinitionError
        When a key is missing or unknown, or a value cannot be.
    """
    known = {"feature", "prior", "rarest"}
    faults = [f"missing key '{key}'" for key in sorted(known - set(value))]
    faults += [f"unknown key '{key}'" for key in sorted(set(value) - known)]
    if faults:
        raise DefinitionError("target rate", faults)
    feature = feature_from_json(value["feature"])
    if not isinstance(feature, Tally):
        raise DefinitionError("target rate", [f"'{feature.name}' holds no texts"])
    return TargetRate(feature, value["prior"], value["rarest"])


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)  # type: ignore[arg-type]


def rates_faults(encode: Iterable[object]) -> list[str]:
    """Return what is wrong with the target rates of a task by themselves."""
    held = list(encode)
    faults = [
        f"encode holds {getattr(each, 'name', each)!r}; write target_rate(...) around it"
        for each in held
        if not isinstance(each, TargetRate)
    ]
    rates = [each.name for each in held if isinstance(each, TargetRate)]
    twice = sorted({name for name in rates if rates.count(name) > 1})
    return faults + [f"two target rates are called '{name}'" for name in twice]
