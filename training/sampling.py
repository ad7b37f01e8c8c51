"""Negatives left out of learning where positives are rare; the true rate is put back exactly.

Nearly all that rows say of a rare outcome is said by its positives, so most negatives only cost
time and memory. With a share ``s`` of the negatives kept, log-odds in the sample lie ``ln(1/s)``
above the true ones, and nothing else changes (Anderson, 1972, Biometrika 59; King and Zeng, 2001,
Political Analysis 9, section 4). `training.fit` takes that difference off again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from features.arrays import Bools, Floats, Ints, Values
from features.errors import DefinitionError

When = Literal["auto", "always", "never"]

MOST_SHARE: Final = 0.5
"""``auto`` leaves negatives out only where at most this share of them is kept."""


@dataclass(frozen=True)
class Sampling:
    """Which negatives a model learns from.

    Parameters
    ----------
    when : {"auto", "always", "never"}
        ``auto``: where rows to learn from are more than ``rows``, and at least half of their
        negatives can be left out.
    negatives : int
        Negatives kept for each positive. At 50, the error of an estimate grows by 1 %: its
        variance goes with ``1 + 1 / negatives`` (Breslow and Day, 1980, section 7.6).
    rows : int
        Rows up to which ``auto`` keeps all: fewer are learnt from in seconds.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    when: str = "auto"
    negatives: int = 50
    rows: int = 200_000

    def __post_init__(self) -> None:
        faults = []
        if self.when not in get_args(When):
            faults.append(f"when must be one of {', '.join(get_args(When))}, got {self.when!r}")
        if self.negatives < 1:
            faults.append(f"negatives must be 1 or more for each positive, got {self.negatives}")
        if self.rows < 0:
            faults.append(f"rows must be 0 or more, got {self.rows}")
        if faults:
            raise DefinitionError("sampling", faults)

    def share(self, label: Bools) -> float:
        """Return the share of negatives to keep, in (0, 1].

        Examples
        --------
        >>> label = np.arange(300_000) < 300
        >>> round(Sampling().share(label), 4), Sampling(when="never").share(label)
        (0.0501, 1.0)
        """
        positives = int(np.count_nonzero(label))
        others = len(label) - positives
        if self.when == "never" or not positives or not others:
            return 1.0
        share = min(1.0, self.negatives * positives / others)
        if self.when == "auto" and (len(label) <= self.rows or share > MOST_SHARE):
            return 1.0
        return share


@dataclass(frozen=True)
class Thinned:
    """How many rows a model learnt from.

    Parameters
    ----------
    rows, positives, kept : int
        All rows that it might have learnt from, the positives among them, and the rows that it
        did learn from: all positives and a share of the negatives.
    """

    rows: int
    positives: int
    kept: int

    @property
    def sentence(self) -> str:
        """The same in words.

        Examples
        --------
        >>> Thinned(600_000, 300, 15_300).sentence
        'learning from all 300 positives and 15,000 of 599,700 negatives (2.5 %); scores are set \
back to the true rate'
        """
        others, kept = self.rows - self.positives, self.kept - self.positives
        return (
            f"learning from all {self.positives:,} positives and {kept:,} of {others:,} negatives "
            f"({100 * kept / others:.3g} %); scores are set back to the true rate"
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"rows": self.rows, "positives": self.positives, "kept": self.kept}


@dataclass(frozen=True, eq=False)
class Sample:
    """The rows that may be learnt from.

    Parameters
    ----------
    kept : (r,) bool
        False for negatives that are left out.
    share : float
        Share of negatives that was asked for; 1 leaves none out.
    """

    kept: Bools
    share: float

    @classmethod
    def drawn(
        cls,
        label: Bools,
        customers: Values,
        cutoffs: Ints,
        learnt: Bools,
        sampling: Sampling,
        seed: int,
    ) -> Sample:
        """Draw a sample that depends on no order of rows.

        Parameters
        ----------
        label : (r,) bool
            Outcomes.
        customers : (r,) int64 or object
            Whose row it is.
        cutoffs : (r,) int64
            UTC microseconds.
        learnt : (r,) bool
            Rows of which the share is reckoned: all that the final fit may learn from.
        sampling : Sampling
            Settings.
        seed : int
            Another seed draws other negatives.

        Returns
        -------
        Sample
        """
        share = sampling.share(label[learnt])
        if share == 1:
            return cls(np.ones(len(label), dtype=np.bool_), 1.0)
        return cls(label | (_uniform(customers, cutoffs, seed) < share), share)

    def thinned(self, label: Bools, learnt: Bools) -> Thinned | None:
        """Say how many rows were learnt from; None when no negative was left out."""
        if self.share == 1:
            return None
        return Thinned(
            int(np.count_nonzero(learnt)),
            int(np.count_nonzero(label & learnt)),
            int(np.count_nonzero(self.kept & learnt)),
        )


def kept_share(label: Bools, kept: Bools, weight: Floats | None = None) -> float:
    """Return the share of negatives, by weight, that really was kept, in (0, 1].

    What was kept, and not what was asked for, puts back the rate of all rows exactly.

    Parameters
    ----------
    label, kept : (n,) bool
        Outcomes, and which rows are kept.
    weight : (n,) float64, optional
        Weights of the rows.

    Examples
    --------
    >>> kept_share(np.array([True, False, False]), np.array([True, True, False]))
    0.5
    """
    counts = np.ones(len(label)) if weight is None else weight
    whole = float(counts[~label].sum())
    return float(counts[~label & kept].sum()) / whole if whole else 1.0


def _uniform(customers: Values, cutoffs: Ints, seed: int) -> Floats:
    """Return a number in [0, 1) for each row, by its customer, its cutoff and the seed alone."""
    ids, place = np.unique(customers, return_inverse=True)
    hashed = np.array([_hash(f"{seed}:{each}") for each in ids.tolist()], dtype=np.uint64)
    mixed = _mixed(hashed[place] ^ _mixed(cutoffs.astype(np.uint64)))
    found: Floats = (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53
    return found


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _mixed(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread neighbouring numbers over all 64 bits (splitmix64: Steele and others, 2014)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
