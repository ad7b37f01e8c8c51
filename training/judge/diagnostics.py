"""What costs a few fits to know: data, split, search and features of a model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from features.arrays import Bools
from training.config import Config
from training.judge.attribution import Attribution, Dependence, attribute, rows_for
from training.judge.refits import (
    LearningPoint,
    RandomSplit,
    learning_curve,
    material,
    random_split,
)
from training.learn import Learned
from training.search.trials import Trial
from training.snapshots import Snapshot


@dataclass(frozen=True)
class TrialRow:
    """One trial of the search: its log loss, and the lowest one so far."""

    trial: int
    rounds: int
    loss: float
    lowest: float


@dataclass(frozen=True)
class Diagnostics:
    """What costs a few fits to know.

    Parameters
    ----------
    random_split : RandomSplit or None
        None for a task that is split by customer, and for too few outcomes.
    learning : tuple of LearningPoint
        From few customers to all.
    tuning : tuple of TrialRow
        The search, in order; trials without a loss are left out.
    attributed : int
        Rows of the test slice behind the two that follow.
    attributions : tuple of Attribution
        The features that move scores most.
    dependence : tuple of Dependence
        How the values of the first of them do.
    """

    random_split: RandomSplit | None
    learning: tuple[LearningPoint, ...]
    tuning: tuple[TrialRow, ...]
    attributed: int
    attributions: tuple[Attribution, ...]
    dependence: tuple[Dependence, ...]

    def named(self, words: Mapping[str, str]) -> Diagnostics:
        """Call features whose names spell letters of another script as people do."""
        return replace(
            self,
            attributions=tuple(
                replace(each, feature=words.get(each.feature, each.feature))
                for each in self.attributions
            ),
            dependence=tuple(
                replace(each, feature=words.get(each.feature, each.feature))
                for each in self.dependence
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "random_split": self.random_split.to_json() if self.random_split else None,
            "learning": [each.to_json() for each in self.learning],
            "tuning": [asdict(each) for each in self.tuning],
            "attributed": self.attributed,
            "attributions": [each.to_json() for each in self.attributions],
            "dependence": [each.to_json() for each in self.dependence],
        }


def diagnose(
    rows: Snapshot, final: Bools, learned: Learned, config: Config, timed: bool
) -> Diagnostics:
    """Fit the chosen model on less, and attribute its scores.

    Parameters
    ----------
    rows : Snapshot
        All rows of the task.
    final : (r,) bool
        Rows that the final fit learnt from.
    learned : Learned
        The model that serves.
    config : Config
        Settings.
    timed : bool
        Whether the test slice is later than ``final``; only then a random split can be
        compared with it.
    """
    given = material(rows, final, learned, config)
    size = min(rows_for(learned.booster), len(learned.test))
    sample = np.sort(
        np.random.default_rng(config.seed).choice(len(learned.test), size, replace=False)
    )
    found, depends = attribute(
        learned.booster,
        learned.schema,
        given.test.matrix[sample],
        given.test_customers[sample],
        resamples=config.resamples,
        seed=config.seed,
    )
    return Diagnostics(
        random_split=random_split(given) if timed else None,
        learning=learning_curve(given),
        tuning=tuning(learned.trials),
        attributed=size,
        attributions=found,
        dependence=depends,
    )


def tuning(trials: Sequence[Trial]) -> tuple[TrialRow, ...]:
    """Return the trials with the lowest log loss so far.

    Examples
    --------
    >>> from training.config import Params
    >>> trials = [Trial(Params(), 9, loss) for loss in (0.4, 0.3, 0.35)]
    >>> [each.lowest for each in tuning(trials)]
    [0.4, 0.3, 0.3]
    """
    made: list[TrialRow] = []
    lowest = math.inf
    for place, each in enumerate(trials, start=1):
        if math.isfinite(each.loss):
            lowest = min(lowest, each.loss)
            made.append(TrialRow(place, each.rounds, each.loss, lowest))
    return tuple(made)
