"""What is known of one set of hyperparameters that was tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from training.config import Params

State: TypeAlias = Literal["complete", "pruned"]


@dataclass(frozen=True)
class Trial:
    """One set of hyperparameters that was tried.

    Parameters
    ----------
    params : Params
        What was tried.
    rounds : int
        Boosting rounds that the newest fold liked best.
    loss : float
        Mean log loss of the folds at their best rounds; of a pruned trial, until it was given up.
    state : {"complete", "pruned"}
        Whether it ran to its end.
    seconds : float
        How long it took; no part of what makes two trials equal.
    """

    params: Params
    rounds: int
    loss: float
    state: State = "complete"
    seconds: float = field(default=0.0, compare=False)


def best(trials: Sequence[Trial]) -> Trial:
    """Return the complete trial with the lowest log loss, the earliest of equals.

    Examples
    --------
    >>> given_up = Trial(Params(), 3, 0.1, "pruned")
    >>> best([given_up, Trial(Params(), 9, 0.2)]).rounds
    9
    """
    return min((each for each in trials if each.state == "complete"), key=lambda each: each.loss)
