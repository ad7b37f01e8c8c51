"""Out-of-time target encoding: a level is told by outcomes settled by the cutoff of the row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Texts
from features.errors import DefinitionError
from features.instants import instant, iso
from features.windows import settled_by
from training.rates import TargetRate

_KEYS: Final = ("rate", "settled_at", "levels", "rows", "yes")
_MOST: Final = 2**40
"""Rows that are counted at most: sums over levels and cutoffs stay exact as integers and floats."""


@dataclass(frozen=True, eq=False)
class Encoding:
    """A target rate and the outcomes that it learnt from, by the instant they were settled.

    Counts are kept and not rates, so that the encoding of a row depends on its level and its
    cutoff alone: in training, for golden rows and when serving it is the same to the last bit.

    Parameters
    ----------
    rate : TargetRate
        What is encoded.
    settled_at : tuple of int
        Instants at which outcomes were settled, UTC microseconds, ascending: one for each cutoff
        that rows were learnt from.
    levels : tuple of str
        Levels that ever had ``rate.rarest`` rows, ascending. Rarer ones are read as unseen at
        every cutoff, so leaving them out changes nothing.
    rows, yes : (levels + 1, cutoffs) int64
        Rows and those whose answer was yes, by level, the last line being those of all levels.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    rate: TargetRate
    settled_at: tuple[int, ...]
    levels: tuple[str, ...]
    rows: Ints
    yes: Ints

    def __post_init__(self) -> None:
        if faults := list(_faults(self)):
            raise DefinitionError(f"encoding '{self.rate.name}'", faults)

    @property
    def name(self) -> str:
        """Name of the column that it makes."""
        return self.rate.name

    @property
    def source(self) -> str:
        """Name of the feature that it reads."""
        return self.rate.feature.name

    def encode(self, levels: Texts, cutoffs: Ints) -> Floats:
        """Return the rate of each row's level as of its cutoff.

        Parameters
        ----------
        levels : (r,) object
            Texts, None for none.
        cutoffs : (r,) int64
            UTC microseconds.

        Returns
        -------
        (r,) float64
            From 0 to 1; NaN where there is no level, and before the first outcome is settled.
        """
        unseen = len(self.levels)
        codes = (
            -1 if level is None else self._codes.get(level, unseen) for level in levels.tolist()
        )
        place = np.fromiter(codes, dtype=np.int64, count=len(levels))
        settled = settled_by(np.array(self.settled_at, dtype=np.int64), cutoffs)
        # What has no level reads the last line too, and is blanked.
        return np.where(place < 0, np.nan, self._rates[settled, place])

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain JSON values."""
        return {
            "rate": self.name,
            "settled_at": [iso(each) for each in self.settled_at],
            "levels": list(self.levels),
            "rows": self.rows.tolist(),
            "yes": self.yes.tolist(),
        }

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {level: code for code, level in enumerate(self.levels)}

    @cached_property
    def _rates(self) -> Floats:
        """Return the rate of every level by the number of cutoffs settled, (cutoffs + 1, levels).

        The last level is that of all that is unseen or rare.
        """
        rows, yes = (np.cumsum(each, axis=1).T for each in (self.rows, self.yes))
        found = np.full((len(self.settled_at) + 1, len(self.levels) + 1), np.nan)
        base = np.full((len(self.settled_at), 1), np.nan)
        np.divide(yes[:, -1:], rows[:, -1:], out=base, where=rows[:, -1:] > 0)
        drawn = yes + self.rate.prior * base
        often = rows >= self.rate.rarest
        found[1:] = np.divide(drawn, rows + self.rate.prior, out=base + 0.0 * rows, where=often)
        found[1:, -1:] = base
        return found


def learn_encoding(rate: TargetRate, levels: Texts, settled: Ints, label: Bools) -> Encoding:
    """Count outcomes by level.

    Parameters
    ----------
    rate : TargetRate
        What is encoded.
    levels : (r,) object
        Values of ``rate.feature``: the rows to learn from.
    settled : (r,) int64
        When the outcome of each row was settled, UTC microseconds.
    label : (r,) bool
        Outcomes.

    Returns
    -------
    Encoding

    Examples
    --------
    >>> from features import usual
    >>> from training.rates import target_rate
    >>> rate = target_rate(usual("visits", "shop", 91), prior=2, rarest=1)
    >>> shops = np.array(["A", "A", "B", None], dtype=object)
    >>> label = np.array([True, True, False, True])
    >>> made = learn_encoding(rate, shops, np.full(4, 10), label)
    >>> made.encode(np.array(["A", "C", "A", None], dtype=object), np.array([10, 11, 9, 11]))
    array([0.83333333, 0.66666667,        nan,        nan])
    """
    times, batches = np.unique(settled, return_inverse=True)
    held = np.array([each is not None for each in levels], dtype=np.bool_)
    texts, codes = np.unique(levels[held].astype(object), return_inverse=True)
    shape = (len(texts) + 1, len(times))
    places = codes * len(times) + batches[held]

    def counted(which: Bools) -> Ints:
        found = np.bincount(places[which], minlength=shape[0] * shape[1]).reshape(shape)
        found[-1] = found.sum(axis=0)
        return found.astype(np.int64)

    rows, yes = counted(np.ones(len(places), dtype=np.bool_)), counted(label[held])
    often = rows.sum(axis=1) >= rate.rarest
    often[-1] = True
    return Encoding(
        rate,
        tuple(times.tolist()),
        tuple(texts[often[:-1]].tolist()),
        rows[often],
        yes[often],
    )


def encoding_from_json(value: Mapping[str, Any], rates: Sequence[TargetRate]) -> Encoding:
    """Read back what ``to_json`` wrote.

    Parameters
    ----------
    value : mapping
        JSON values.
    rates : sequence of TargetRate
        Definitions of the task.

    Raises
    ------
    DefinitionError
        When keys are missing or unknown, no such rate is defined, or the counts cannot be.
    """
    faults = [f"missing key '{key}'" for key in _KEYS if key not in value]
    faults += [f"unknown key '{key}'" for key in sorted(set(value) - set(_KEYS))]
    if faults:
        raise DefinitionError("encoding", faults)
    known = {rate.name: rate for rate in rates}
    name = value["rate"]
    if name not in known:
        raise DefinitionError("encoding", [f"the task defines no '{name}'; it has {sorted(known)}"])
    return Encoding(
        known[name],
        tuple(instant(each) for each in value["settled_at"]),
        tuple(value["levels"]),
        _counts(name, "rows", value["rows"]),
        _counts(name, "yes", value["yes"]),
    )


def _counts(name: str, key: str, value: Any) -> Ints:
    """Read a table of counts: whole numbers, since numpy would take truth values and texts too."""
    lines = [list(line) for line in value]
    if any(type(each) is not int for line in lines for each in line):
        raise DefinitionError(f"encoding '{name}'", [f"{key} must hold whole numbers"])
    if len({len(line) for line in lines}) > 1:
        raise DefinitionError(f"encoding '{name}'", [f"{key} must have lines of one length"])
    return np.array(lines, dtype=np.int64)


def _faults(made: Encoding) -> Iterable[str]:
    shape = (len(made.levels) + 1, len(made.settled_at))
    if not all(isinstance(each, str) for each in made.levels):
        yield "levels must be texts"
    elif list(made.levels) != sorted(set(made.levels)):
        yield "levels must ascend, each once"
    if list(made.settled_at) != sorted(set(made.settled_at)):
        yield "settled_at must ascend, each once"
    for key, counts in {"rows": made.rows, "yes": made.yes}.items():
        if counts.shape != shape:
            yield (
                f"{key} must have {shape[0]} lines (levels and all) of {shape[1]} counts (of each "
                f"cutoff), came {counts.shape}"
            )
            return
    if (made.yes < 0).any() or (made.yes > made.rows).any() or (made.rows > _MOST).any():
        yield "yes must be from 0 to rows"
    for key, counts in {"rows": made.rows, "yes": made.yes}.items():
        if (counts[:-1].sum(axis=0) > counts[-1]).any():
            yield f"{key} of the levels must not exceed those of all, the last line"
