"""A column that tells the outcome alone is more often a leak than a discovery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.errors import CohortError, DefinitionError
from training.onesided import ROWS, one_sided
from training.snapshots import Snapshot

_BINS: Final = 32
_RAREST: Final = 20
_FEWEST: Final = 20


class LeakError(CohortError):
    """A single column tells the outcome too well to have been known before it."""


@dataclass(frozen=True)
class Guard:
    """When a single column is refused as a leak.

    Parameters
    ----------
    at_most : float
        Highest AUC that a column may have alone on the training rows, above 0.5 and up to 1.
    ahead : float
        Highest AUC, where every column that does not exceed it stays below ``rest``.
    rest : float
        What the best of those must reach for any to be believed above ``ahead``.
    allow : tuple of str
        Columns that were looked at and are known before the outcome.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    at_most: float = 0.99
    ahead: float = 0.95
    rest: float = 0.75
    allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = [
            f"{name} must be above 0.5 and up to 1, got {getattr(self, name)}"
            for name in ("at_most", "ahead", "rest")
            if not 0.5 < getattr(self, name) <= 1
        ]
        faults += [f"allow names columns, got {each!r}" for each in self.allow if each == ""]
        if faults:
            raise DefinitionError("guard", faults)


def alone(columns: Mapping[str, Values], label: Bools) -> dict[str, float]:
    """Return the AUC of every column alone, the strongest first.

    A number counts in its order or, where it is neither rising nor falling, by the rates of 32
    bins; a text by the rates of its levels, those below 20 rows being one. Rates are learnt from
    one half of the rows and judged on the other, so that many levels gain nothing by themselves.
    What is absent is a bin of its own: that a cell is empty can tell the outcome too.

    Parameters
    ----------
    columns : mapping of str to (r,) float64 or object
        Columns of the training rows.
    label : (r,) bool
        Outcomes, of both kinds.

    Returns
    -------
    dict of str to float
        In [0.5, 1] but for chance.

    Examples
    --------
    >>> label = np.arange(200) % 2 == 1
    >>> columns = {"copy": label.astype(float), "flat": np.zeros(200)}
    >>> alone(columns, label)
    {'copy': 1.0, 'flat': 0.5}
    """
    found = {name: _thinned(columns[name], label) for name in columns}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def guarded(
    rows: Snapshot, roles: Mapping[str, Bools]
) -> dict[str, tuple[Mapping[str, Values], Bools]]:
    """Return columns and outcomes of the slices that a model learns from or is chosen by."""
    parts = {name: rows.take(roles[name]) for name in ("train", "stop", "calibrate")}
    return {name: (part.vectors.columns, part.label) for name, part in parts.items()}


def require_no_leak(
    name: str, slices: Mapping[str, tuple[Mapping[str, Values], Bools]], guard: Guard
) -> None:
    """Refuse columns that tell the outcome alone.

    A column is held against the outcomes of each slice by itself, since one that was filled in
    later leaks from some day on; and, where cells are absent, on the rows that have one. One that
    stands only where the outcome is yes, or only where it is no, or is set only where it is yes, is
    refused too.

    Parameters
    ----------
    name : str
        Task.
    slices : mapping of str to (columns, (r,) bool)
        Columns and outcomes of each slice, as for `alone`. Of one with fewer than 20 of either
        outcome nothing is asked. How far a column is ahead of the rest is asked of the first slice
        only: among few outcomes it may be by chance.
    guard : Guard
        Limits.

    Raises
    ------
    LeakError
        With every such column, the slice and its AUC.
    """
    told: dict[str, str] = {}
    for place, (slice_name, (columns, label)) in enumerate(slices.items()):
        if _fewer(label) < _FEWEST:
            continue
        for column, found in _suspects(columns, label, guard, ahead=place == 0).items():
            told.setdefault(column, f"  - '{column}': {found} in '{slice_name}'")
    if told:
        lines = "\n".join(told.values())
        listed = ", ".join(f'"{column}"' for column in told)
        raise LeakError(
            f"task '{name}': columns tell the outcome alone, as only what is known after it does "
            f"(at most {guard.at_most:g} is believed, or {guard.ahead:g} where no other reaches "
            f"{guard.rest:g}):\n{lines}\n"
            "Leave them out. If they are known before the outcome, say so in train.toml:\n"
            f"[guard]\nallow = [{listed}]"
        )


@dataclass(frozen=True)
class _Alone:
    """What a column tells alone: its AUC on all rows, and on those that have it where some lack it.

    ``one`` says which outcome some rows have, where they have one only, and ``words`` say more of
    a column that tells too much.
    """

    auc: float
    some: float | None
    present: int
    one: str
    words: str

    @classmethod
    def of(cls, values: Values, label: Bools, guard: Guard) -> _Alone:
        found, has = _thinned(values, label), _present(values)
        some = None
        if not has.all() and _fewer(label[has]) >= _FEWEST:
            some = _thinned(values[has], label[has])
        much = max(found, some or 0.5) > min(guard.at_most, guard.ahead)
        one = one_sided(values, label, has)
        return cls(found, some, int(has.sum()), one, _words(values, label) if much else "")


def _suspects(
    columns: Mapping[str, Values], label: Bools, guard: Guard, *, ahead: bool
) -> dict[str, str]:
    """Return what is to be said of every column that tells too much."""
    asked = [name for name in columns if name not in guard.allow]
    # Columns of rows in files are read when asked for: each once, and none is held.
    found = {name: _Alone.of(columns[name], label, guard) for name in asked}
    ranked = sorted(found.items(), key=lambda pair: (-pair[1].auc, pair[0]))
    # Those above the limit are one group: a leak often comes with copies of itself.
    second = next((each.auc for _, each in ranked if each.auc <= guard.ahead), 1.0)
    told = {}
    for column, each in ranked:
        if each.auc > guard.at_most or (ahead and each.auc > guard.ahead and second < guard.rest):
            told[column] = f"AUC {each.auc:.4f} alone{each.words}"
        elif each.some is not None and each.some > guard.at_most:
            rows = f"on the {each.present:,} rows that have it"
            told[column] = f"AUC {each.some:.4f} alone {rows}{each.words}"
        elif each.one:
            told[column] = each.one
    return told


def _present(values: Values) -> Bools:
    if values.dtype != object:
        return ~np.isnan(values)
    return np.array([each is not None for each in values.tolist()], dtype=np.bool_)


def _fewer(label: Bools) -> int:
    return int(min(label.sum(), (~label).sum()))


def _thinned(values: Values, label: Bools) -> float:
    """Return the AUC of a column alone, of many rows by an even part of them."""
    step = -(-len(label) // ROWS)
    return _alone(values[::step], label[::step])


def _alone(values: Values, hits: Bools) -> float:
    codes = _levels(values) if values.dtype == object else _bins(values)
    found = _by_rates(codes, hits)
    if values.dtype != object:
        filled = np.where(np.isnan(values), -np.inf, values)
        rising = _auc(filled, hits)
        found = max(found, rising, 1 - rising)
    return found


def _levels(values: Values) -> Ints:
    texts = np.array(["" if each is None else f"={each}" for each in values])
    _, codes, counts = np.unique(texts, return_inverse=True, return_counts=True)
    return np.where(counts[codes] < _RAREST, len(counts), codes).astype(np.int64)


def _bins(values: Floats) -> Ints:
    present = ~np.isnan(values)
    if not present.any():
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(values[present], np.arange(1, _BINS) / _BINS))
    return np.where(present, np.searchsorted(edges, values, side="right"), len(edges) + 1)


def _by_rates(codes: Ints, hits: Bools) -> float:
    half = np.arange(len(codes)) % 2 == 0
    found = []
    for learn, judge in ((half, ~half), (~half, half)):
        # Rows of one outcome only tell nothing about a column.
        if not 0 < hits[judge].sum() < judge.sum():
            return 0.5
        many = int(codes.max()) + 1
        rows = np.bincount(codes[learn], minlength=many)
        yes = np.bincount(codes[learn], weights=hits[learn], minlength=many)
        rates = (yes + hits[learn].mean()) / (rows + 1)
        found.append(_auc(rates[codes[judge]], hits[judge]))
    return float(np.mean(found))


def _auc(scores: Floats, hits: Bools) -> float:
    """Return the chance that a yes scores above a no, ties being half (Mann and Whitney 1947)."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    yes = int(hits.sum())
    no = len(hits) - yes
    return float((ranks[hits].sum() - yes * (yes + 1) / 2) / (yes * no)) if yes and no else 0.5


def _words(values: Values, label: Bools) -> str:
    yes, no = values[label], values[~label]
    copy = (yes == yes[0]).all() and (no == no[0]).all() and yes[0] != no[0]
    return ", a copy of the label" if copy else ""
