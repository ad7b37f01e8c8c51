"""Two models on the same rows: which is better, and is the difference more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from features.arrays import Bools, Floats, Ints
from training.judge.intervals import RESAMPLES, Interval, bootstrap
from training.production.kept import Kept

IN_TRAINING: Final = "test rows, scored by both in training"
ASKED_FOR: Final = "newest rows, scored by both in `foretell compare`"
"""Where rows of a pair come from, in words."""

Key: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Pair:
    """Rows that both models scored, neither having learnt from them.

    Parameters
    ----------
    customers : (n,) int64
        Codes.
    label : (n,) bool
        What came.
    version, champion : (n,) float64
        Probabilities of the version, and of the champion.
    how : str
        Where the rows come from, in words.
    """

    customers: Ints
    label: Bools
    version: Floats
    champion: Floats
    how: str

    def __len__(self) -> int:
        return len(self.label)


@dataclass(frozen=True)
class Compared:
    """What a pair tells.

    Parameters
    ----------
    metric : str
        By which they are compared.
    rows, customers : int
        How many.
    difference : Interval
        Version minus champion; the interval is that of the difference on the same resamples.
    ece, champion_ece : float
        Expected calibration error of each.
    how : str
        Where the rows come from.
    alike : bool
        Whether both scored every row the same.
    """

    metric: str
    rows: int
    customers: int
    difference: Interval
    ece: float
    champion_ece: float
    how: str
    alike: bool


def scored_together(kept: Kept, how: str) -> Pair:
    """Return the rows of a version that the champion of that time scored too.

    Parameters
    ----------
    kept : Kept
        With the champion's scores.
    how : str
        Where the rows come from, in words.
    """
    both = ~np.isnan(kept.rival)
    return Pair(
        kept.customers[both],
        kept.label[both],
        kept.scores[both],
        kept.rival[both],
        how,
    )


def kept_by_both(kept: Kept, champion: Kept) -> Pair:
    """Return the rows that were test rows of both runs, whose outcome both saw alike.

    Rows are told by customer and cutoff; those of a ready-made table, of which a customer may have
    several within a month, by the code of the row. A row that stands for an interrupted one is
    there more than once, and counts as often as in ``kept``. Different rows that cannot be told
    apart, as in runs that kept no codes of rows, are left out, and so are those whose outcome the
    runs saw otherwise; ``how`` says how many.
    """
    coded = kept.rows is not None and champion.rows is not None
    keys, others = _keys(kept, coded=coded), _keys(champion, coded=coded)
    mine, theirs = _told(kept, keys), _told(champion, others)
    shared = {
        key: theirs[key][1]
        for key, (label, _) in mine.items()
        if key in theirs and theirs[key][0] == label
    }
    rows = np.array([row for row, key in enumerate(keys) if key in shared], dtype=np.int64)
    clear, known = mine.keys() & theirs.keys(), set(others)
    contrary = sum(key in clear and key not in shared for key in keys)
    unclear = sum(key in known and key not in clear for key in keys)
    return Pair(
        kept.customers[rows],
        kept.label[rows],
        kept.scores[rows],
        np.array([shared[keys[row]] for row in rows.tolist()], dtype=np.float64),
        "rows that both runs tested on" + _left_out(contrary, unclear),
    )


def compare(pair: Pair, metric: str, resamples: int = RESAMPLES, seed: int = 0) -> Compared:
    """Judge both models of a pair on the same resamples of customers.

    Parameters
    ----------
    pair : Pair
        Rows with both outcomes.
    metric : str
        Of `training.production.settings.METRICS`.
    resamples, seed : int
        Of the bootstrap by customer.

    Raises
    ------
    CohortError
        When all outcomes are the same.

    Examples
    --------
    >>> label = np.tile([True, False], 100)
    >>> same = np.where(label, 0.6, 0.4)
    >>> compare(Pair(np.arange(200), label, same, same, "made up"), "roc_auc").alike
    True
    """
    made = bootstrap(
        pair.label,
        {"version": pair.version, "champion": pair.champion},
        pair.customers,
        resamples=resamples,
        seed=seed,
    )
    version, champion = made["version"], made["champion"]
    return Compared(
        metric=metric,
        rows=len(pair),
        customers=len(np.unique(pair.customers)),
        difference=version.minus(champion, metric),
        ece=float(version.values["ece"]),
        champion_ece=float(champion.values["ece"]),
        how=pair.how,
        alike=bool(np.array_equal(pair.version, pair.champion)),
    )


def _left_out(contrary: int, unclear: int) -> str:
    """Say in words what is no part of a pair, and why; empty when nothing is left out."""
    said = [(contrary, "whose outcome they saw otherwise"), (unclear, "that nobody can tell apart")]
    told = " and ".join(f"{rows:,} {why}" for rows, why in said if rows)
    return f" ({told} left out)" if told else ""


def _told(kept: Kept, keys: Sequence[Key]) -> dict[Key, tuple[bool, float]]:
    """Return label and score of each key of which all rows say the same."""
    told: dict[Key, tuple[bool, float]] = {}
    unclear: set[Key] = set()
    said = zip(kept.label.tolist(), kept.scores.tolist(), strict=True)
    for key, each in zip(keys, said, strict=True):
        if told.setdefault(key, each) != each:
            unclear.add(key)
    return {key: each for key, each in told.items() if key not in unclear}


def _keys(kept: Kept, *, coded: bool) -> list[Key]:
    if coded and kept.rows is not None:
        return [(each,) for each in kept.rows.tolist()]
    return list(zip(kept.customers.tolist(), kept.cutoffs.tolist(), strict=True))
