"""Which features of training rows say nothing, or nothing that another does not say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Texts, Values
from features.collinear import explained
from features.errors import DefinitionError
from features.kernel import Vectors
from features.ranks import ranks, standard

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
        "Credit Risk Scorecards", 2006); counts over all of the past always drift some. The bins of
        a text are its levels.
    linear : float
        R^2 from which a feature is a sum of multiples of at most five earlier ones, in (0, 1];
        with 1 it is not asked.
    """

    null: float = 0.995
    alike: float = 0.999
    shift: float = 2.0
    linear: float = 0.9999

    def __post_init__(self) -> None:
        faults = [
            f"{name} must be above 0 and up to 1, got {getattr(self, name)}"
            for name in ("null", "alike", "linear")
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

    A number repeats another of the same order, or a few others that sum up to it; a text repeats
    another with the same levels under any names.

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
    texts: dict[str, Ints] = {}
    for name, values in vectors.columns.items():
        if values.dtype == object:
            texts[name] = _levels(values)
        reason = _alone(values, texts.get(name), vectors.cutoffs, limits)
        if reason and name not in keep:
            reasons[name] = reason
    # Drawn, not every so many: rows come in a cycle of cutoffs.
    few = min(_ROWS, len(vectors))
    chosen = np.sort(np.random.default_rng(0).choice(len(vectors), few, replace=False))
    # By name: columns that lie in files are not all held at once.
    numbers = [name for name in vectors.columns if name not in texts and name not in reasons]
    worded = {name: levels for name, levels in texts.items() if name not in reasons}
    drawn = {name: vectors.columns[name][chosen] for name in numbers}
    twins = (*_renamed(worded), *_repeated(drawn, limits.alike))
    reasons |= {name: reason for name, reason in twins if name not in keep}
    apart = vectors.only(name for name in numbers if name not in reasons).columns
    reasons |= explained(apart, chosen, limits.linear, limits.alike, keep)
    return tuple(Dropped(name, reasons[name]) for name in vectors.columns if name in reasons)


def _alone(values: Values, levels: Ints | None, cutoffs: Ints, limits: Limits) -> str:
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
    bins = _tenths(values, cutoffs) if levels is None else levels
    shift = _shift(bins, cutoffs)
    if shift > limits.shift:
        return f"unstable over time (PSI {shift:.2f} between first and last cutoff)"
    return ""


def _nulls(values: Values) -> Bools:
    if values.dtype == object:
        return np.array([each is None for each in values], dtype=np.bool_)
    return np.isnan(values)


def _levels(values: Texts) -> Ints:
    """Number texts by their first row, (n,); null is a level too."""
    places: dict[str | None, int] = {}
    numbers = (places.setdefault(each, len(places)) for each in values.tolist())
    return np.fromiter(numbers, dtype=np.int64, count=len(values))


def _tenths(values: Floats, cutoffs: Ints) -> Ints:
    """Number the bins of values, (n,), of equal share at the first cutoff; nulls have their own."""
    some = values[(cutoffs == cutoffs.min()) & ~np.isnan(values)]
    if not len(some):
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(some, np.linspace(0, 1, _BINS + 1)[1:-1]))
    places = np.searchsorted(edges, values, side="right")
    places[np.isnan(values)] = len(edges) + 1
    return places


def _shift(bins: Ints, cutoffs: Ints) -> float:
    """Return the population stability index between the first and the last cutoff."""
    first, last = (
        np.bincount(bins[cutoffs == at], minlength=int(bins.max()) + 1)
        for at in (cutoffs.min(), cutoffs.max())
    )
    # Half a row keeps the logarithm finite.
    one, other = ((each + 0.5) / (each + 0.5).sum() for each in (first, last))
    return float(np.sum((other - one) * np.log(other / one)))


def _renamed(texts: Mapping[str, Ints]) -> Iterator[tuple[str, str]]:
    """Find texts that have the levels of an earlier one, under the same or other names."""
    held: dict[bytes, str] = {}
    for name, levels in texts.items():
        twin = held.setdefault(sha256(levels.tobytes()).digest(), name)
        if twin != name:
            yield name, f"says what {twin} says (the same levels in every row)"


def _repeated(columns: Mapping[str, Floats], alike: float) -> Iterator[tuple[str, str]]:
    names = list(columns)
    if not names:
        return
    ranked = np.array([standard(ranks(columns[name])) for name in names])
    every = ranked @ ranked.T
    kept: list[int] = []
    for place, name in enumerate(names):
        if kept:
            likeness = every[kept, place]
            closest = int(np.argmax(np.abs(likeness)))
            if abs(likeness[closest]) >= alike:
                twin = names[kept[closest]]
                yield name, f"says what {twin} says (rank correlation {likeness[closest]:.4f})"
                continue
        kept.append(place)
