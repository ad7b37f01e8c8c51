"""One trial: its folds side by side, given up at a rung where it lies behind the others.

Rungs are laid over the sum of learning rates so far, not over rounds, so that trials with small and
with large steps meet where they have learnt as much. The rule is the median rule (Golovin et al.,
Google Vizier, 2017, section 3.2.2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from training.config import Config, Params
from training.fit import Binned, boost

RUNGS: Final = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0)
"""Sums of learning rates at which a trial is compared: round 40 is the first at a rate of 0.05."""


@dataclass(frozen=True)
class Run:
    """How far a trial got: rounds of the newest fold, mean log loss, and whether to its end."""

    rounds: int
    loss: float
    finished: bool


def race(
    binned: Sequence[Binned],
    params: Params,
    config: Config,
    goes_on: Callable[[int, float], bool] = lambda rung, loss: True,
    ticks: Callable[[], None] = lambda: None,
) -> Run:
    """Boost all folds round by round.

    Parameters
    ----------
    binned : sequence of Binned
        Folds, the newest first.
    params, config
        As for `training.fit.fit`.
    goes_on : callable
        Told each rung and the mean of the folds' lowest log losses so far; False gives up.
    ticks : callable
        Called before each round; may raise to end the trial.

    Returns
    -------
    Run
        Of a trial that ran to its end, what `training.fit.fit` finds for each fold alone.
    """
    runs = [boost(each, params, config) for each in binned]
    lowest, rounds = [math.inf] * len(runs), [0] * len(runs)
    going, done, rung = set(range(len(runs))), 0, 0
    while going:
        ticks()
        done += 1
        for place in sorted(going):
            loss = next(runs[place], None)
            if loss is None:
                going.discard(place)
            elif loss < lowest[place]:
                lowest[place], rounds[place] = loss, done
        # Rounded: ten steps of 0.1 are 1, whatever their sum in bits.
        while rung < len(RUNGS) and going and round(done * params.learning_rate, 9) >= RUNGS[rung]:
            if not goes_on(rung, _mean(lowest)):
                return Run(rounds[0], _mean(lowest), finished=False)
            rung += 1
    return Run(rounds[0], _mean(lowest), finished=True)


def behind(loss: float, rung: int, others: Iterable[Mapping[int, float]]) -> bool:
    """Tell whether a trial lies behind the median of what others had reached by a rung.

    Parameters
    ----------
    loss : float
        Its lowest log loss so far.
    rung : int
        Where it stands.
    others : iterable of mapping of int to float
        Of each finished trial, its lowest log loss at each rung that it reached; one that ended
        before this rung, or was given up there, stays where it was. Were those that were given up
        left out, the median would sink with every trial until hardly one passed.

    Examples
    --------
    >>> others = [{0: 0.5, 1: 0.40}, {0: 0.5, 1: 0.44}, {0: 0.42}]
    >>> behind(0.43, 1, others), behind(0.42, 1, others)
    (True, False)
    """
    reached = [each[max(at)] for each in others if (at := [step for step in each if step <= rung])]
    return bool(reached) and loss > median(reached)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
