"""How training is done: a few frozen values, read from TOML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from features.errors import DefinitionError
from features.instants import instant
from training.calibration.settings import Calibration
from training.censoring.settings import Censoring
from training.folds import Rhythm
from training.guard import Guard
from training.judge.settings import Judging
from training.large.settings import Large
from training.production.settings import Gates
from training.ready.slicing import Slicing
from training.reasons.settings import Reasons
from training.sampling import Sampling
from training.search.settings import Search


@dataclass(frozen=True)
class Params:
    """LightGBM's hyperparameters, where the search begins.

    The defaults suit some ten thousand correlated rows: shallow trees, wide leaves, few columns a
    tree.

    Parameters
    ----------
    learning_rate, feature_fraction, bagging_fraction : float
        Above 0, up to 1.
    num_leaves : int
        2 or more.
    min_data_in_leaf : int
        1 or more.
    lambda_l2 : float
        Above 0, because it is searched on a scale of logarithms.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    learning_rate: float = 0.05
    num_leaves: int = 7
    min_data_in_leaf: int = 100
    feature_fraction: float = 0.4
    bagging_fraction: float = 0.7
    lambda_l2: float = 20.0

    def __post_init__(self) -> None:
        faults = [
            f"{name} must be above 0 and up to 1, got {getattr(self, name)}"
            for name in ("learning_rate", "feature_fraction", "bagging_fraction")
            if not 0 < getattr(self, name) <= 1
        ]
        if not 2 <= self.num_leaves <= 131_072:
            faults.append(f"num_leaves must be 2 to 131072, got {self.num_leaves}")
        if self.min_data_in_leaf < 1:
            faults.append(f"min_data_in_leaf must be 1 or more, got {self.min_data_in_leaf}")
        if not 0 < self.lambda_l2 < math.inf:
            faults.append(f"lambda_l2 must be above 0, got {self.lambda_l2}")
        if faults:
            raise DefinitionError("params", faults)


@dataclass(frozen=True)
class Config:
    """Settings of a training run.

    Parameters
    ----------
    rhythm : Rhythm
        How cutoffs are laid over the data.
    split : str
        ``"time"``, or ``"customer"`` for a task whose data allow a single cutoff.
    cutoff : str
        The cutoff of a task that is split by customer, as ISO 8601.
    folds : int
        Repetitions of a split by customer, each with another test fold.
    trials : int
        Hyperparameters that are tried, the given params being the first.
    rounds, patience : int
        Most boosting rounds, and rounds without gain before stopping.
    params : Params
        Where the search begins.
    seed, threads : int
        Of every random choice, and of LightGBM.
    resamples : int
        Bootstrap resamples of customers for intervals.
    prune : bool
        Leave out features that say nothing, or what others say, in the training rows, see
        `features.prune`; a split by customer keeps all.
    guard : Guard
        When a single column is refused as a leak.
    slicing : Slicing
        How a ready-made table is cut into slices by time.
    calibration : Calibration
        How scores become probabilities, and for which segments.
    search : Search
        How hyperparameters are searched.
    judging : Judging
        What is told beside the metrics: slices, protected groups, money, diagnostics.
    censoring : Censoring
        How rows stand for those that were contacted or censored, where a task weighs.
    sampling : Sampling
        Which negatives are learnt from where positives are rare.
    large : Large
        How rows are held, and what is learnt from a part of them.
    bands : mapping of str to float
        Score bands as multiples of the odds of the base rate, besides the lowest one, which is
        called ``low``.
    gates : Gates
        What a version must show to be promoted.
    reasons : Reasons
        What the reasons of scores are for.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    rhythm: Rhythm = field(default_factory=Rhythm)
    split: str = "time"
    cutoff: str = ""
    folds: int = 5
    trials: int = 12
    rounds: int = 1_000
    patience: int = 50
    params: Params = field(default_factory=Params)
    seed: int = 7
    threads: int = 1
    resamples: int = 400
    prune: bool = True
    guard: Guard = field(default_factory=Guard)
    slicing: Slicing = field(default_factory=Slicing)
    calibration: Calibration = field(default_factory=Calibration)
    search: Search = field(default_factory=Search)
    judging: Judging = field(default_factory=Judging)
    censoring: Censoring = field(default_factory=Censoring)
    sampling: Sampling = field(default_factory=Sampling)
    large: Large = field(default_factory=Large)
    bands: Mapping[str, float] = field(default_factory=lambda: {"high": 3.0, "medium": 1.0})
    gates: Gates = field(default_factory=Gates)
    reasons: Reasons = field(default_factory=Reasons)

    def __post_init__(self) -> None:
        faults = []
        if self.split not in ("time", "customer"):
            faults.append(f"split must be 'time' or 'customer', got {self.split!r}")
        if self.split == "customer":
            faults += _cutoff_faults(self.cutoff)
        faults += [
            f"{name} must be 1 or more, got {getattr(self, name)}"
            for name in ("trials", "rounds", "patience", "threads", "resamples")
            if getattr(self, name) < 1
        ]
        if self.folds < 3:
            faults.append(f"folds must be 3 or more, got {self.folds}")
        if not 0 <= self.seed < 2**31:
            faults.append(f"seed must be 0 or more and below 2**31, got {self.seed}")
        faults += _band_faults(self.bands)
        if faults:
            raise DefinitionError("config", faults)


def _cutoff_faults(cutoff: str) -> list[str]:
    if not cutoff:
        return ["split 'customer' needs the one cutoff, as cutoff = \"2005-10-01\""]
    try:
        instant(cutoff)
    except DefinitionError as error:
        return [f"cutoff: {fault}" for fault in error.faults]
    return []


def _band_faults(bands: Mapping[str, Any]) -> list[str]:
    faults = [
        f"band '{name}' must be a multiple above 0, got {times!r}"
        for name, times in bands.items()
        if isinstance(times, bool) or not isinstance(times, int | float) or not 0 < times < math.inf
    ]
    if "low" in bands:
        faults.append("band 'low' is the one below all others; leave it out")
    starts = list(bands.values())
    twice = [name for name, times in bands.items() if starts.count(times) > 1]
    if twice:
        faults.append(f"bands {' and '.join(map(repr, twice))} start at the same multiple")
    return faults
