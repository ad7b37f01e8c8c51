"""The chosen model fitted again on less: how much data, and how much a random split, would change.

Only rows of ``final`` are learnt from; the test slice is scored and never fitted. The fits know
nothing of each other, so those that the processors have room for run side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from training.config import Config
from training.fit import Columns, Rows, margins
from training.judge.intervals import Interval
from training.judge.moves import auc_difference, auc_interval
from training.judge.slices import plain
from training.learn import Learned
from training.mean import fit_members
from training.snapshots import Snapshot
from training.trees.walk import processors

FOLDS: Final = 3
"""Random parts of the customers, each scored by a model of the others."""

SHARES: Final = (0.125, 0.25, 0.5)
"""Shares of the customers that are learnt from; the model itself is the last point."""

MOST_ROWS: Final = 200_000
"""Rows that are learnt from at most; more are drawn from by customer."""


@dataclass(frozen=True)
class RandomSplit:
    """What a random split would have said, beside what later rows say.

    Parameters
    ----------
    folds, rows, customers : int
        Of the rows before the test that were parted by customer.
    random, later : Interval
        AUC on the held-out parts, and on the test slice.
    difference : Interval
        Random minus later: above 0, a random split would have flattered.
    """

    folds: int
    rows: int
    customers: int
    random: Interval
    later: Interval
    difference: Interval

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return plain(self)


@dataclass(frozen=True)
class LearningPoint:
    """The AUC on the test slice of a model that learnt from a share of the customers."""

    share: float
    customers: int
    rows: int
    roc_auc: Interval

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return plain(self)


@dataclass(frozen=True, eq=False)
class Material:
    """Rows to learn from and rows to be judged by, with the model that was chosen.

    Parameters
    ----------
    known, test : Rows
        Of ``final``, as many as are used, and of the test slice.
    known_customers, test_customers : (r,) int64 or object
        Whose row it is.
    whole : tuple of int and int
        Rows and customers of all of ``final``.
    """

    known: Rows
    test: Rows
    known_customers: Values
    test_customers: Values
    whole: tuple[int, int]
    learned: Learned
    config: Config

    def scores(self, asked: Sequence[tuple[Bools, Floats]]) -> list[Floats]:
        """Fit the chosen model on each choice of the known rows, and score others in log-odds.

        Each fit has the threads of the settings, so its scores are those of a fit alone.
        """
        with ThreadPoolExecutor(max(1, processors() // self.config.threads)) as pool:
            return list(pool.map(lambda each: self._scores(*each), asked))

    def _scores(self, learnt: Bools, matrix: Floats) -> Floats:
        schema = self.learned.schema
        rows = Rows(self.known.matrix[learnt], self.known.label[learnt])
        columns = Columns(schema.names, schema.categorical)
        booster = fit_members(rows, columns, self.learned.members, self.config)
        return margins(booster, matrix)


def material(rows: Snapshot, final: Bools, learned: Learned, config: Config) -> Material:
    """Gather what the figures below need.

    Parameters
    ----------
    rows : Snapshot
        All rows of the task.
    final : (r,) bool
        Rows that may be learnt from.
    learned : Learned
        The model, with the positions of its test rows.
    config : Config
        Seed and threads.
    """
    places = final.nonzero()[0]
    dealt = _dealt(rows.vectors.customers[places], config.seed)
    everyone = int(dealt.max()) + 1
    kept = places
    if len(places) > MOST_ROWS:
        kept = places[dealt < everyone * MOST_ROWS / len(places)]
    parts = [rows.take(kept), rows.take(learned.test)]
    known, test = (Rows(learned.schema.matrix(each.vectors), each.label) for each in parts)
    one, other = (each.vectors.customers for each in parts)
    return Material(known, test, one, other, (len(places), everyone), learned, config)


def random_split(given: Material) -> RandomSplit | None:
    """Part the customers before the test at random, and score each part by the others.

    Returns
    -------
    RandomSplit or None
        None when a part holds outcomes of one kind only.
    """
    dealt = _dealt(given.known_customers, given.config.seed + 1)
    part = dealt % FOLDS
    label = given.known.label
    if any(not 0 < label[part == fold].mean() < 1 for fold in range(FOLDS)):
        return None
    told = np.empty(len(label))
    parts = [part == fold for fold in range(FOLDS)]
    found = given.scores([(~here, given.known.matrix[here]) for here in parts])
    for here, scores in zip(parts, found, strict=True):
        told[here] = scores
    random = (label, told, given.known_customers)
    later = (given.test.label, given.learned.scores, given.test_customers)
    return RandomSplit(
        FOLDS,
        len(label),
        int(dealt.max()) + 1,
        auc_interval(*random),
        auc_interval(*later),
        auc_difference(random, later),
    )


def learning_curve(given: Material) -> tuple[LearningPoint, ...]:
    """Judge models of ever more customers on the test slice; the last one is the model itself.

    Returns
    -------
    tuple of LearningPoint
        Shares whose rows have outcomes of one kind only are left out.
    """
    dealt, (rows, everyone) = _dealt(given.known_customers, given.config.seed + 2), given.whole
    size = int(dealt.max()) + 1
    drawn = []
    for share in SHARES:
        wanted = int(share * everyone)
        learnt = dealt < wanted
        # Where rows are many, shares beyond those that were kept are not fitted again.
        if 0 < wanted <= size and 0 < given.known.label[learnt].mean() < 1:
            drawn.append((share, wanted, learnt))
    told = given.scores([(learnt, given.test.matrix) for _, _, learnt in drawn])
    made = []
    for (share, wanted, learnt), scores in zip(drawn, told, strict=True):
        found = auc_interval(given.test.label, scores, given.test_customers)
        made.append(LearningPoint(share, wanted, int(learnt.sum()), found))
    whole = auc_interval(given.test.label, given.learned.scores, given.test_customers)
    return (*made, LearningPoint(1.0, everyone, rows, whole))


def _dealt(customers: Values, seed: int) -> Ints:
    """Number the rows by their customers in an order drawn at random."""
    codes = np.unique(customers, return_inverse=True)[1]
    order = np.random.default_rng(seed).permutation(int(codes.max()) + 1)
    dealt: Ints = order[codes].astype(np.int64)
    return dealt
