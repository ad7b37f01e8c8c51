"""A search of hyperparameters that can be killed, judged on the slices that stop training.

What is tried next hangs on the seed, on how many trials are finished and on what they found, and on
no clock; so a search that was killed and taken up finds what one that was left alone finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from training.config import Config, Params
from training.fit import Binned, Columns, Rows
from training.search.race import behind, race
from training.search.space import RULE, space
from training.search.standing import Standing
from training.search.study import Shelf, key, noted, opened, take_up
from training.search.trials import Trial

FINISHED: Final = (TrialState.COMPLETE, TrialState.PRUNED)


class _TimeIsUp(Exception):  # noqa: N818 - nothing is wrong
    """The budget ended in the middle of a trial."""


@dataclass(frozen=True)
class Terms:
    """What one training brings to its searches, beside the settings.

    Parameters
    ----------
    shelf : Shelf or None
        Where studies are kept; None keeps none.
    champion : Params or None
        Tried second.
    also : tuple of Params
        Tried after these.
    searches : int
        How many share the budget: one for each split.
    """

    shelf: Shelf | None = None
    champion: Params | None = None
    also: tuple[Params, ...] = ()
    searches: int = 1


ALONE: Final = Terms()
"""No study is kept, and nobody was champion before."""


def tune(
    folds: Sequence[tuple[Rows, Rows]],
    columns: Columns,
    config: Config,
    progress: Callable[[Standing], None] = lambda standing: None,
    terms: Terms = ALONE,
) -> tuple[Trial, ...]:
    """Try hyperparameters, beginning with those of the config and of the champion.

    Parameters
    ----------
    folds : sequence of (Rows, Rows)
        Rows to learn from, and later ones to judge by; the newest pair first, which finds the
        rounds.
    columns : Columns
        Names and kinds of the matrix columns.
    config : Config
        Number of trials or a budget, and where to begin.
    progress : callable
        Told how the search stands, at its beginning, on the way and after each trial.
    terms : Terms
        Where the study is kept, and more to begin with.

    Returns
    -------
    tuple of Trial
        Every trial in order, with the mean log loss of the folds; take the `team`. The first one is
        always complete. With a budget, their number hangs on the machine; what each of them finds
        does not.

    Raises
    ------
    CohortError
        When a set of the newest pair holds outcomes of one kind only. Older pairs that do are
        left out.
    StateError
        When another process searches the same study, or its journal is damaged.
    """
    newest = [Binned.of(*folds[0], columns, config)]
    usable = [pair for pair in folds[1:] if all(0 < rows.label.mean() < 1 for rows in pair)]
    binned = newest + [Binned.of(*pair, columns, config) for pair in usable]
    champion = [terms.champion] if terms.champion and config.search.champion else []
    label = folds[0][0].label
    yes = int(label.sum())
    with opened(terms.shelf, key(folds, columns, config, RULE)) as study:
        first = (config.params, *champion, *terms.also)
        begun = noted(study, "starts", [asdict(each) for each in first])
        starts = [Params(**each) for each in begun]
        ranges = space(len(label), min(yes, len(label) - yes), starts)
        take_up(study, ranges)
        search = _Search(study, binned, config, starts, ranges, terms.searches, progress)
        return search.run()


@dataclass(frozen=True, eq=False)
class _Search:
    study: optuna.Study
    binned: Sequence[Binned]
    config: Config
    starts: Sequence[Params]
    ranges: Mapping[str, optuna.distributions.BaseDistribution]
    searches: int
    progress: Callable[[Standing], None]

    def run(self) -> tuple[Trial, ...]:
        kept = self.finished()
        self.tell(kept, 0.0, resumed=len(kept))
        while len(kept) < self.most and (not kept or self.left(kept) > 0):
            if not self.one(kept):
                break
            kept = self.finished()
            self.tell(kept, 0.0)
        return tuple(map(_read, kept))

    def one(self, kept: Sequence[FrozenTrial]) -> bool:
        """Run one trial; False when the budget ended before it did."""
        place, started = len(kept), time.perf_counter()
        others = [each.intermediate_values for each in kept]
        self.study.sampler = optuna.samplers.TPESampler(
            # Of the place, and not of one stream, so that a killed search loses no draw.
            seed=int(np.random.SeedSequence([self.config.seed, place]).generate_state(1)[0]),
            n_startup_trials=6,
            multivariate=True,
        )
        waiting = self.study.get_trials(deepcopy=False, states=[TrialState.WAITING])
        if place < len(self.starts) and not waiting:
            self.study.enqueue_trial(asdict(self.starts[place]))
        trial = self.study.ask(dict(self.ranges))

        def goes_on(rung: int, loss: float) -> bool:
            trial.report(loss, rung)
            self.tell(kept, time.perf_counter() - started, so_far=loss)
            stops = self.config.search.stop_early and len(kept) >= self.config.search.grace
            return not (stops and behind(loss, rung, others))

        def ticks() -> None:
            # The first trial runs to its end, or there would be no model.
            if kept and self.left(kept) <= time.perf_counter() - started:
                raise _TimeIsUp

        try:
            ran = race(self.binned, Params(**trial.params), self.config, goes_on, ticks)
        except _TimeIsUp:
            self.study.tell(trial, state=TrialState.FAIL)
            return False
        trial.set_user_attr("found", [ran.rounds, ran.loss, time.perf_counter() - started])
        if ran.finished:
            self.study.tell(trial, ran.loss)
        else:
            self.study.tell(trial, state=TrialState.PRUNED)
        return True

    def finished(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=FINISHED)

    @property
    def most(self) -> int:
        timed = self.config.search.seconds is not None
        return self.config.search.most if timed else self.config.trials

    def left(self, kept: Iterable[FrozenTrial]) -> float:
        """Return the seconds of the budget that finished trials have left."""
        whole = self.config.search.seconds
        if whole is None:
            return float("inf")
        return whole / self.searches - sum(_found(each)[2] for each in kept)

    def tell(
        self,
        kept: Sequence[FrozenTrial],
        running: float,
        resumed: int = 0,
        so_far: float | None = None,
    ) -> None:
        spent = [_found(each)[2] for each in kept]
        timed = self.config.search.seconds is not None
        ahead = (self.most - len(kept)) * sum(spent) / max(len(spent), 1)
        complete = [each for each in kept if each.state == TrialState.COMPLETE]
        self.progress(
            Standing(
                done=len(kept),
                most=None if timed else self.most,
                pruned=len(kept) - len(complete),
                lowest=min((_found(each)[1] for each in complete), default=so_far),
                spent=sum(spent) + running,
                left=max((self.left(kept) if timed else ahead) - running, 0.0),
                resumed=resumed,
                running=running > 0,
            )
        )


def _read(trial: FrozenTrial) -> Trial:
    rounds, loss, seconds = _found(trial)
    complete = trial.state == TrialState.COMPLETE
    params = Params(**trial.params)
    return Trial(params, rounds, loss, "complete" if complete else "pruned", seconds)


def _found(trial: FrozenTrial) -> tuple[int, float, float]:
    found: Sequence[Any] = trial.user_attrs["found"]
    return int(found[0]), float(found[1]), float(found[2])
