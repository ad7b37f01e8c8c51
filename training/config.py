"""How training is done: a few frozen values, read from TOML."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from features.errors import DefinitionError
from features.instants import instant
from training.calibration.settings import Calibration
from training.folds import Rhythm
from training.judge.settings import Judging
from training.large.settings import Large
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
    calibration : Calibration
        How scores become probabilities, and for which segments.
    search : Search
        How hyperparameters are searched.
    judging : Judging
        What is told beside the metrics: slices, protected groups, money, diagnostics.
    sampling : Sampling
        Which negatives are learnt from where positives are rare.
    large : Large
        How rows are held, and what is learnt from a part of them.
    bands : mapping of str to float
        Score bands as multiples of the odds of the base rate, besides the lowest one, which is
        called ``low``.

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
    calibration: Calibration = field(default_factory=Calibration)
    search: Search = field(default_factory=Search)
    judging: Judging = field(default_factory=Judging)
    sampling: Sampling = field(default_factory=Sampling)
    large: Large = field(default_factory=Large)
    bands: Mapping[str, float] = field(default_factory=lambda: {"high": 3.0, "medium": 1.0})

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


def read_config(path: Path, task: str, tasks: Collection[str] = ()) -> Config:
    """Read the settings of one task from TOML.

    Parameters
    ----------
    path : Path
        File with settings for all tasks at the top and a table ``[tasks.NAME]`` for one.
    task : str
        Name of the task.
    tasks : collection of str
        Names of all tasks of the project; a table ``[tasks.NAME]`` of another name is refused.
        Left out, any name is taken.

    Returns
    -------
    Config
        The defaults where the file is silent, or not there.

    Raises
    ------
    DefinitionError
        With every unknown key and every value of the wrong type or out of range.
    """
    if not path.exists():
        return Config()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(str(path), [f"this is no TOML: {error}"]) from None
    faults: list[str] = []
    tables = _table(content.pop("tasks", {}), "tasks", faults)
    changes = _checked(Config(), content, "", faults)
    for name, given in tables.items():
        place = f"tasks.{name}"
        if tasks and name not in tasks:
            faults.append(f"unknown task '{place}'; known are {', '.join(tasks)}")
        own = _checked(Config(), _table(given, place, faults), f"{place}.", faults)
        if name == task:
            changes = _merged(changes, own)
    config: Config = _built(Config(), changes, faults)
    if faults:
        raise DefinitionError(str(path), faults)
    return config


def _checked(value: Any, given: Mapping[str, Any], place: str, faults: list[str]) -> dict[str, Any]:
    """Return what is given for the fields of a value, without what is wrong."""
    known = {each.name: getattr(value, each.name) for each in fields(value)}
    changes: dict[str, Any] = {}
    for key, new in given.items():
        old = known.get(key)
        if key not in known:
            faults.append(f"unknown key '{place}{key}'; known are {', '.join(known)}")
        elif is_dataclass(old):
            table = _table(new, f"{place}{key}", faults)
            changes[key] = _checked(old, table, f"{place}{key}.", faults)
        elif not isinstance(new, _accepted(old)) or isinstance(new, bool) != isinstance(old, bool):
            faults.append(f"'{place}{key}' must be of type {_kind(old)}, got {new!r}")
        else:
            changes[key] = tuple(new) if isinstance(new, list) else new
    return changes


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Lay the settings of a task over those of all; its bands take the place of all others."""
    nested = {each.name for each in fields(Config) if is_dataclass(getattr(Config(), each.name))}
    inner = nested & base.keys() & own.keys()
    return base | own | {name: base[name] | own[name] for name in inner}


def _built(value: Any, changes: Mapping[str, Any], faults: list[str]) -> Any:
    made = {
        key: _built(getattr(value, key), new, faults) if is_dataclass(getattr(value, key)) else new
        for key, new in changes.items()
    }
    try:
        return replace(value, **made)
    except DefinitionError as error:
        faults.extend(error.faults)
        return value


def _table(value: Any, place: str, faults: list[str]) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    faults.append(f"'{place}' must be a table, got {value!r}")
    return {}


def _accepted(value: object) -> tuple[type, ...]:
    if isinstance(value, tuple):
        return (list,)
    return (int, float) if isinstance(value, float) else (type(value),)


def _kind(value: object) -> str:
    return "list" if isinstance(value, tuple) else type(value).__name__


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
