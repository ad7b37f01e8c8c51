"""Which hyperparameters are tried: few and tame for few outcomes, more and wilder for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from training.config import Params

RULE: Final = 1
"""Version of this file's rule; studies of another version are not gone on with."""

MANY: Final = 10_000
"""Rows of the rarer outcome from which the search is wide."""


def space(rows: int, rarer: int, starts: Sequence[Params]) -> dict[str, BaseDistribution]:
    """Lay out the search for so many rows.

    What a slice of a few hundred outcomes prefers by a hair is chance, so ranges that let trees
    grow wild open only with the rows of the rarer outcome: see docs/decisions/012-search.md.

    Parameters
    ----------
    rows, rarer : int
        Rows to learn from, and those of the rarer outcome.
    starts : sequence of Params
        Tried first; every range is widened to hold them. The first one's values stand where
        nothing is searched.

    Returns
    -------
    dict of str to optuna.distributions.BaseDistribution
        A range for each field of `Params`, a single value where nothing is searched.

    Examples
    --------
    >>> space(15_000, 1_000, [Params()])["num_leaves"]
    IntDistribution(high=15, log=True, low=4, step=1)
    >>> space(1_000_000, 50_000, [Params()])["num_leaves"].high
    255
    """
    wide = rarer >= MANY
    most_leaves = min(255, max(15, 2 ** (rarer // 300).bit_length() - 1))
    widest = max(100, min(rows // 20, 2_000 if wide else 500))
    ranges: dict[str, tuple[float, float]] = {
        "num_leaves": (4, most_leaves),
        "min_data_in_leaf": (20, widest),
        "feature_fraction": (0.2, 1.0 if wide else 0.8),
        "bagging_fraction": (0.5, 1.0),
        "lambda_l2": (0.01 if wide else 0.1, 100.0),
    }
    if wide:
        # Among few outcomes it stays: fewer, larger steps win a noisy slice by luck more than by
        # merit.
        ranges |= {"learning_rate": (0.03, 0.15)}
    tried = [asdict(each) for each in starts]
    return {
        name: _range([each[name] for each in tried], ranges.get(name), name in LOGARITHMIC)
        for name in tried[0]
    }


LOGARITHMIC: Final = frozenset({"learning_rate", "num_leaves", "min_data_in_leaf", "lambda_l2"})


def _range(tried: Sequence[Any], asked: tuple[float, float] | None, log: bool) -> BaseDistribution:
    if isinstance(tried[0], bool):
        return CategoricalDistribution(sorted(set(tried)))
    low, high = asked or (tried[0], tried[0])
    low, high = min(low, *tried), max(high, *tried)
    if isinstance(tried[0], int):
        return IntDistribution(int(low), int(high), log=log and low > 0)
    return FloatDistribution(float(low), float(high), log=log and low > 0)


def described(ranges: Mapping[str, BaseDistribution]) -> str:
    """Say the space in a line.

    Examples
    --------
    >>> described({"num_leaves": IntDistribution(4, 15), "lambda_l2": FloatDistribution(1.0, 1.0)})
    'num_leaves 4 to 15'
    """
    told = [
        f"{name} {each.low:g} to {each.high:g}"
        for name, each in ranges.items()
        if isinstance(each, IntDistribution | FloatDistribution) and each.low < each.high
    ]
    return ", ".join(told)
