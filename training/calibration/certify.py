"""From outcomes to a calibration contract, at training and again when later outcomes are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Values
from features.errors import DefinitionError
from features.instants import iso
from training.calibration.contract import Clause, Contract
from training.calibration.settings import Calibration
from training.judge.intervals import RESAMPLES, bootstrap

_DOUBT: Final = 0.05
"""Chance that any one clause of a calibrated model is called drifting, by either test."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Scores and what came of them.

    Parameters
    ----------
    probability : (n,) float64
        As served.
    y : (n,) bool
        Outcomes.
    customers : (n,) int64 or object
        Whose row it is.
    levels : (n,) object
        Segment of each row; None where there is none.
    until : int
        All outcomes were settled by then, UTC microseconds.

    Raises
    ------
    DefinitionError
        When the arrays do not fit one another, or there are no rows.
    """

    probability: Floats
    y: Bools
    customers: Values
    levels: Values
    until: int

    def __post_init__(self) -> None:
        shapes = [
            np.shape(each) for each in (self.probability, self.y, self.customers, self.levels)
        ]
        if len(set(shapes)) > 1 or len(shapes[0]) != 1 or not shapes[0][0]:
            raise DefinitionError(
                "outcomes", [f"all must be (n,) alike, with a row or more, got {shapes}"]
            )


def certify(
    seen: Outcomes,
    rate: float,
    settings: Calibration,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Contract:
    """Say where the probabilities of a model held.

    Rows are ``uncertified`` when one outcome has fewer than ``settings.least`` rows. They are
    ``calibrated`` when neither their expected calibration error nor the gap between mean
    probability and rate is beyond what sampling customers allows, or when the error is for sure
    (97.5 %) at most ``settings.within`` times the rate of the rarer outcome. Else they are
    ``drifting``. With several segments, each is allowed the doubt of one divided by their number.

    Parameters
    ----------
    seen : Outcomes
        Rows that nothing was fitted on.
    rate : float
        Base rate that the scores are made for.
    settings : Calibration
        Limits, and the feature of the segments.
    resamples, seed : int
        Of the bootstrap by customer.

    Returns
    -------
    Contract

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> p = random.random(4_000) * 0.4
    >>> y, nobody = random.random(4_000) < p, np.full(4_000, None, dtype=object)
    >>> told = [certify(Outcomes(each, y, np.arange(4_000), nobody, 0), 0.2, Calibration())
    ...         for each in (p, p / 2)]
    >>> [each.overall.state for each in told]
    ['calibrated', 'drifting']
    """
    everyone = np.ones(len(seen.y), dtype=np.bool_)
    overall = _clause(None, seen, everyone, settings, _DOUBT, resamples, seed)
    levels: Sequence[str] = ()
    if settings.by:
        levels = sorted({each for each in seen.levels.tolist() if each is not None})
    doubt = _DOUBT / max(1, len(levels))
    return Contract(
        overall=overall,
        until=iso(seen.until),
        rate=rate,
        by=settings.by,
        segments=tuple(
            _clause(level, seen, seen.levels == level, settings, doubt, resamples, seed)
            for level in levels
        ),
        least=settings.least,
        within=settings.within,
    )


def judge_again(
    contract: Contract, seen: Outcomes, *, resamples: int = RESAMPLES, seed: int = 0
) -> Contract:
    """Hold later outcomes against a contract, by its own limits.

    Segments of which nothing was seen become ``uncertified``: nothing is known of them any more.

    Parameters
    ----------
    contract : Contract
        Made at training, or later.
    seen : Outcomes
        Settled after it was made.
    resamples, seed : int
        Of the bootstrap by customer.

    Returns
    -------
    Contract

    Raises
    ------
    DefinitionError
        When the outcomes are no later than those of the contract.
    """
    if iso(seen.until) <= contract.until:
        raise DefinitionError(
            "outcomes",
            [
                f"the contract holds until {contract.until}, and these outcomes end at "
                f"{iso(seen.until)}; give later ones"
            ],
        )
    settings = Calibration(by=contract.by, least=contract.least, within=contract.within)
    made = certify(seen, contract.rate, settings, resamples=resamples, seed=seed)
    found = {each.segment for each in made.segments}
    unseen = tuple(
        Clause(each.segment, "uncertified", 0, 0, 0.0, 0.0)
        for each in contract.segments
        if each.segment not in found
    )
    return replace(made, segments=made.segments + unseen)


def _clause(
    segment: str | None,
    seen: Outcomes,
    inside: Bools,
    settings: Calibration,
    doubt: float,
    resamples: int,
    seed: int,
) -> Clause:
    p, y, customers = seen.probability[inside], seen.y[inside], seen.customers[inside]
    rows, positives = len(y), int(y.sum())
    counts = (rows, positives, float(p.mean()), positives / rows)
    rarer = min(positives, rows - positives)
    if rarer == 0:
        return Clause(segment, "uncertified", *counts)
    made = bootstrap(y, {"model": p}, customers, resamples=resamples, seed=seed)["model"]
    error = made.interval("ece")
    figures = (error.value, max(0.0, error.low), min(1.0, error.high))
    if rarer < settings.least:
        return Clause(segment, "uncertified", *counts, *figures)
    # Both tests take half of the doubt.
    allowed = float(np.quantile(made.noise, 1 - doubt / 2))
    shift = made.draws["calibration_intercept"]
    low, high = np.quantile(shift[np.isfinite(shift)], (doubt / 4, 1 - doubt / 4))
    as_told = error.value <= allowed and low <= 0 <= high
    small = error.high <= settings.within * rarer / rows
    return Clause(segment, "calibrated" if as_told or small else "drifting", *counts, *figures)
