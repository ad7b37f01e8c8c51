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


def team(trials: Sequence[Trial], size: int) -> tuple[Trial, ...]:
    """Return the complete trials with the lowest log losses, the best first, no two alike.

    Parameters
    ----------
    trials : sequence of Trial
        Of a search.
    size : int
        How many at most.

    Examples
    --------
    >>> tried = [Trial(Params(num_leaves=n), 9, loss) for n, loss in ((4, 0.3), (7, 0.2), (4, 0.3))]
    >>> [each.params.num_leaves for each in team(tried, 3)]
    [7, 4]
    """
    complete = (each for each in trials if each.state == "complete")
    ranked = sorted(complete, key=lambda each: each.loss)
    distinct = {each.params: each for each in reversed(ranked)}
    return tuple(each for each in ranked if distinct[each.params] is each)[:size]
