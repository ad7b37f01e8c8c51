"""Top-k multi-hot: a feature for each of the most frequent levels of a category."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias, get_args

from features.aggregates.amounts import COUNT
from features.aggregates.kinds import HELD
from features.arrays import Texts
from features.builders import Tabled, tally
from features.conditions import Condition, Where
from features.derived import PRESENT, RATIO
from features.errors import CohortError, DefinitionError
from features.families import TOP_COUNT, TOP_PRESENT, TOP_SHARE
from features.feature import Derived, Feature, Tally, joined
from features.names import slug

How: TypeAlias = Literal["count", "share", "present"]

_FAMILIES: Final = {"count": TOP_COUNT, "share": TOP_SHARE, "present": TOP_PRESENT}
_MOST: Final = 1_000


def multi_hot(
    table: Tabled,
    column: str,
    k: int,
    days: float | None = None,
    *,
    how: How = "count",
    lag: float = 0,
    where: Where | None = None,
    rarest: int = 20,
) -> Derived:
    """Make a feature for each of the most frequent levels of a category, and one for the others.

    Which levels those are is learnt where bands are: from the customers of the cohort at the
    earliest cutoff (see `Catalogue.fit`). A level counts once for every customer who has it in the
    window. Fitting puts plain features in its place, which hold the levels in their definition.
    Levels that come later fall to the others; what is absent falls to none.

    Parameters
    ----------
    table : Table or str
        Table, or its name.
    column : str
        Category.
    k : int
        Levels, at most; the first by name among equals.
    days, lag, where
        Window and events, as for `count`.
    how : {"count", "share", "present"}
        Number of events; their part of all events of the window; or 1 if there is one and else 0.
    rarest : int
        A level that fewer customers have falls to the others.

    Raises
    ------
    DefinitionError
        With every fault.

    Examples
    --------
    >>> import numpy as np
    >>> from features.catalogue import Catalogue
    >>> from features.segments import Spine
    >>> top = multi_hot("purchases", "department", k=2, days=91, rarest=1)
    >>> top.name
    'purchases_department_top_2_count_91d'
    >>> held = np.array(['["DELI", "MEAT"]', '["DELI"]', '["CAKE", "MEAT"]', None], dtype=object)
    >>> catalogue, _ = Catalogue([top]).fit({"purchases_department_levels_91d": held})
    >>> catalogue.names  # doctest: +NORMALIZE_WHITESPACE
    ('purchases_department_deli_count_91d', 'purchases_department_meat_count_91d',
     'purchases_department_other_count_91d')
    >>> catalogue.features[2].description
    'Number of purchases where department is none of DELI or MEAT, in the 91 days before the cutoff'
    """
    faults = [
        f"{name} must be a whole number from 1 to {most:,}, got {value!r}"
        for name, value, most in (("k", k, _MOST), ("rarest", rarest, 10**9))
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most
    ]
    if how not in get_args(How):
        faults.append(f"how must be one of {', '.join(get_args(How))}, got {how!r}")
    if faults:
        raise DefinitionError("multi_hot", faults)
    held = tally(HELD, table, days, lag, where, column)
    slugs = [condition.slug for condition in held.where]
    name = joined([held.table, *slugs, slug(column), f"top_{k}_{how}", held.window.label])
    return Derived(_FAMILIES[how], (held,), name, options=(float(k), float(rarest)))


def expanded(feature: Derived, held: Texts) -> tuple[Feature, ...]:
    """Return the features that stand for a family, of the most frequent level first.

    Parameters
    ----------
    feature : Derived
        As `multi_hot` makes it.
    held : (n,) object
        Levels of each customer, as its input tells them.

    Raises
    ------
    CohortError
        When no level is frequent enough.
    """
    (levels,) = feature.inputs
    if not isinstance(levels, Tally) or levels.aggregate is not HELD:
        fault = f"'{feature.name}' needs the levels of a category, got '{levels.name}'"
        raise DefinitionError("feature", [fault])
    k, rarest = (int(each) for each in feature.options)
    counts = Counter(level for text in held if text is not None for level in json.loads(text))
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    top = [level for level, customers in ranked[:k] if customers >= rarest]
    if not top:
        raise CohortError(
            f"no level of '{levels.column}' is that of {rarest} customers or more in the window "
            f"({levels.window.label})"
        )
    how = feature.operation.name.removeprefix("top_")
    ones = [_made(how, levels, Condition(levels.column, "in", (level,))) for level in top]
    others = Condition(levels.column, "not_in", tuple(sorted(top)))
    return (*ones, _made(how, levels, others, f"{slug(levels.column)}_other"))


def expands(feature: Feature) -> bool:
    """Tell whether fitting makes several features of one."""
    return isinstance(feature, Derived) and feature.operation.expands


def _made(how: str, levels: Tally, chosen: Condition, called: str = "") -> Feature:
    where = tuple(sorted((*levels.where, chosen), key=lambda each: each.column))
    slugs = (called if called and each is chosen else each.slug for each in where)

    def name(what: str) -> str:
        return joined([levels.table, *slugs, what, levels.window.label])

    part = Tally(COUNT, levels.table, levels.window, where=where, links=levels.links)
    if how == "count":
        return part.named(name("count")) if called else part
    if how == "share":
        whole = Tally(COUNT, levels.table, levels.window, where=levels.where, links=levels.links)
        return Derived(RATIO, (part, whole), name("share"))
    return Derived(PRESENT, (part,), name("present"))


def named_apart(features: Iterable[Feature], taken: dict[str, Feature]) -> list[Feature]:
    """Number the names of features that others have; the very same feature keeps its name.

    Parameters
    ----------
    features : iterable of Feature
        Features of levels: "Net Sales" and "net_sales" make the same name.
    taken : dict of str to Feature
        Features by name; grows.
    """
    made = []
    for feature in features:
        name, number = feature.name, 1
        while taken.get(name, feature) != feature:
            number += 1
            name = f"{feature.name}_{number}"
        made.append(feature if number == 1 else feature.named(name))
        taken[name] = made[-1]
    return made
