"""A model against the truth of a generated world: how near it comes, and whether it cheats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Values
from features.errors import DefinitionError
from training.judge.intervals import RESAMPLES, Replicates, bootstrap

TOO_MANY: Final = 3.0
"""Standard errors above the oracle that chance does not explain."""


@dataclass(frozen=True)
class Verdict:
    """The area under the ROC curve of a model, beside that of the true probabilities.

    Parameters
    ----------
    oracle, oracle_se : float
        Of the true probabilities; standard error.
    model, model_se : float
        Of the model.
    ahead, ahead_se : float
        Model minus oracle on the same rows; standard error of that paired difference.
    """

    oracle: float
    oracle_se: float
    model: float
    model_se: float
    ahead: float
    ahead_se: float

    @property
    def reached(self) -> float:
        """Share of what the oracle is better than chance."""
        return (self.model - 0.5) / (self.oracle - 0.5)

    @property
    def reached_se(self) -> float:
        """Standard error of the share, the oracle's own area taken as given."""
        return self.ahead_se / (self.oracle - 0.5)

    @property
    def leaks(self) -> bool:
        """Whether the model beats the oracle by more than chance explains."""
        return self.ahead > TOO_MANY * self.ahead_se

    def to_json(self) -> dict[str, float | bool]:
        """Return plain values, the share and the verdict too."""
        held = {name: float(value) for name, value in vars(self).items()}
        shares = {"reached": self.reached, "reached_se": self.reached_se}
        return {**held, **shares, "leaks": self.leaks}


def verdicts(
    y: Values,
    truth: Floats,
    scores: Mapping[str, Floats],
    customers: Values,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Verdict]:
    """Hold models against the true probabilities of the same rows.

    No score made from the past ranks better than the true probability given the latent state, but
    for chance. Standard errors are those of the bootstrap by customer, because rows of one customer
    share his state; differences are paired: both are judged on the same resamples.

    Parameters
    ----------
    y : (n,) bool
        Outcomes.
    truth : (n,) float64
        True probabilities in [0, 1].
    scores : mapping of str to (n,) float64
        Scores in [0, 1] by the name of who made them.
    customers : (n,) int64 or object
        Whose row it is.
    resamples, seed : int
        As for `training.judge.intervals.bootstrap`.

    Returns
    -------
    dict of str to Verdict

    Raises
    ------
    DefinitionError
        When rows have no truth, or all have the same.
    CohortError
        When all outcomes are the same.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> truth = random.random(2_000)
    >>> y = random.random(2_000) < truth
    >>> scores = {"blurred": np.round(truth, 1), "leaky": (truth + y) / 2}
    >>> {name: each.leaks for name, each in verdicts(y, truth, scores, np.arange(2_000)).items()}
    {'blurred': False, 'leaky': True}
    """
    unknown = int(np.isnan(truth).sum())
    faults = []
    if unknown:
        faults.append(
            f"{unknown:,} of {len(truth):,} rows have no truth (not at risk at their cutoff); "
            "leave them out of the cohort"
        )
    elif len(truth) and np.ptp(truth) == 0:
        faults.append("all true probabilities are the same; there is nothing to rank")
    if faults:
        raise DefinitionError("judgement by the truth", faults)
    # The truth stands beside the scores under a name that no score can have.
    drawn = bootstrap(y, {"": truth, **scores}, customers, resamples=resamples, seed=seed)
    oracle = drawn.pop("")
    return {name: _verdict(oracle, each) for name, each in drawn.items()}


def _verdict(oracle: Replicates, model: Replicates) -> Verdict:
    name = "roc_auc"
    best, found = oracle.draws[name], model.draws[name]
    return Verdict(
        oracle=oracle.values[name],
        oracle_se=float(np.nanstd(best, ddof=1)),
        model=model.values[name],
        model_se=float(np.nanstd(found, ddof=1)),
        ahead=model.values[name] - oracle.values[name],
        ahead_se=float(np.nanstd(found - best, ddof=1)),
    )
