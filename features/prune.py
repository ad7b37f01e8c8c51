"""Which features of training rows say nothing, or nothing that another does not say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.errors import DefinitionError
from features.kernel import Vectors

_ROWS: Final = 20_000
"""Rows that are compared; more would change no decision that matters."""

_BINS: Final = 10


@dataclass(frozen=True)
class Limits:
    """When a feature is dropped.

    Parameters
    ----------
    null : float
        Share of nulls above which there is too little to learn from, in (0, 1].
    alike : float
        Rank correlation with an earlier feature from which it is another name for it, in (0, 1].
    shift : float
        Population stability index between the first and the last cutoff above which its values
        are no longer what they were. At 0.25 and above a shift is commonly called major (Siddiqi,
        "Credit Risk Scorecards", 2006); counts over all of the past always drift some.
    """

    null: float = 0.995
    alike: float = 0.999
    shift: float = 2.0

    def __post_init__(self) -> None:
        faults = [
            f"{name} must be above 0 and up to 1, got {getattr(self, name)}"
            for name in ("null", "alike")
            if not 0 < getattr(self, name) <= 1
        ]
        if not self.shift > 0:
            faults.append(f"shift must be above 0, got {self.shift}")
        if faults:
            raise DefinitionError("limits of pruning", faults)


@dataclass(frozen=True)
class Dropped:
    """A feature that was left out, and why.

    Parameters
    ----------
    name : str
        Feature.
    reason : str
        One clause, with the figure that decided.
    """

    name: str
    reason: str


def prune(
    vectors: Vectors,
    limits: Limits = Limits(),
    *,
    keep: Collection[str] = (),
) -> tuple[Dropped, ...]:
    """Name the features that are constant, too often null, unstable over time, or repeated.

    Parameters
    ----------
    vectors : Vectors
        Rows to decide by: training rows only.
    limits : Limits
        When a feature is dropped.
    keep : collection of str
        Features that stay in any case.

    Returns
    -------
    tuple of Dropped
        In the order of the columns. Of features that repeat each other the first one stays.

    Examples
    --------
    >>> twice = np.arange(6.0)
    >>> columns = {"one": twice, "flat": np.ones(6), "other": twice + 1}
    >>> for each in prune(Vectors(np.arange(6), np.zeros(6, dtype=np.int64), columns)):
    ...     print(each.name, "-", each.reason)
    flat - constant
    other - says what one says (rank correlation 1.0000)
    """
    reasons: dict[str, str] = {}
    for name, values in vectors.columns.items():
        reason = _alone(values, vectors.cutoffs, limits)
        if reason and name not in keep:
            reasons[name] = reason
    # Drawn, not every so many: rows come in a cycle of cutoffs.
    few = min(_ROWS, len(vectors))
    chosen = np.sort(np.random.default_rng(0).choice(len(vectors), few, replace=False))
    numbers = {
        name: values[chosen]
        for name, values in vectors.columns.items()
        if values.dtype != object and name not in reasons
    }
    reasons |= {
        name: reason for name, reason in _repeated(numbers, limits.alike) if name not in keep
    }
    return tuple(Dropped(name, reasons[name]) for name in vectors.columns if name in reasons)


def _alone(values: Values, cutoffs: Ints, limits: Limits) -> str:
    """Return what speaks against a feature for itself; nothing when it is sound."""
    null = _nulls(values)
    share = float(null.mean()) if len(null) else 1.0
    some = values[~null]
    if not len(some):
        return "always null"
    first = some[0]
    if share == 0 and bool(np.all(some == first)):
        return "constant"
    if share > limits.null:
        return f"null in {share:.1%} of rows"
    if values.dtype != object:
        shift = _shift(values, cutoffs)
        if shift > limits.shift:
            return f"unstable over time (PSI {shift:.2f} between first and last cutoff)"
    return ""


def _nulls(values: Values) -> Bools:
    if values.dtype == object:
        return np.array([each is None for each in values], dtype=np.bool_)
    return np.isnan(values)


def _shift(values: Floats, cutoffs: Ints) -> float:
    early, late = values[cutoffs == cutoffs.min()], values[cutoffs == cutoffs.max()]
    if cutoffs.min() == cutoffs.max():
        return 0.0
    some = early[~np.isnan(early)]
    if not len(some):
        return 0.0
    edges = np.unique(np.quantile(some, np.linspace(0, 1, _BINS + 1)[1:-1]))
    # Nulls have a bin of their own; half a row keeps the logarithm finite.
    shares = []
    for part in (early, late):
        places = np.searchsorted(edges, part, side="right")
        places[np.isnan(part)] = len(edges) + 1
        counts = np.bincount(places, minlength=len(edges) + 2) + 0.5
        shares.append(counts / counts.sum())
    first, last = shares
    return float(np.sum((last - first) * np.log(last / first)))


def _repeated(columns: Mapping[str, Floats], alike: float) -> Iterator[tuple[str, str]]:
    names = list(columns)
    if not names:
        return
    ranked = np.array([_standard(_ranks(columns[name])) for name in names])
    kept: list[int] = []
    for place, name in enumerate(names):
        if kept:
            likeness = ranked[kept] @ ranked[place]
            closest = int(np.argmax(np.abs(likeness)))
            if abs(likeness[closest]) >= alike:
                twin = names[kept[closest]]
                yield name, f"says what {twin} says (rank correlation {likeness[closest]:.4f})"
                continue
        kept.append(place)


def _ranks(values: Floats) -> Floats:
    """Return average ranks; nulls share the lowest."""
    filled = np.where(np.isnan(values), -np.inf, values)
    _, place, times = np.unique(filled, return_inverse=True, return_counts=True)
    ends = np.cumsum(times)
    ranks: Floats = (ends - (times - 1) / 2)[place]
    return ranks


def _standard(values: Floats) -> Floats:
    centred = values - values.mean()
    length = float(np.sqrt(centred @ centred))
    found: Floats = centred / length if length else centred
    return found
