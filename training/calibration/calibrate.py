"""Calibrators fitted: of all rows, and of segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np

from features.arrays import Bools, Floats, Values
from features.errors import DefinitionError
from training.calibration.calibrator import Calibrator, Kind
from training.calibration.choose import Choice, choose, losses, simplest
from training.calibration.fitting import fit_kind
from training.calibration.line import Line, fit_tempered
from training.calibration.seen import Seen, parted
from training.calibration.segmented import Segmented
from training.calibration.settings import AUTO, Calibration

__all__ = ["Calibrated", "Calibrator", "calibrate", "fit_calibrator"]

COMMON: Final = "common"
"""Kind of a segment that keeps the calibrator of all."""

_OWN: Final[tuple[Kind, ...]] = ("shift", "tempered", "sigmoid")


@dataclass(frozen=True)
class Calibrated:
    """Calibrators of a model, and why they were taken.

    Parameters
    ----------
    calibrator : Calibrator
        Of all rows.
    choice : Choice
        Why its kind was taken.
    segments : Segmented, optional
        Calibrators of segments, when they are asked for.
    choices : mapping of str to Choice
        The same by segment; those with too few rows are left out.
    rate : float
        Mean of the calibrated probabilities over the newest rows that were learnt from: the base
        rate that scores are made for. As `calibrate` returns it, over the rows that it saw.
    """

    calibrator: Calibrator
    choice: Choice
    segments: Segmented | None = None
    choices: Mapping[str, Choice] = field(default_factory=dict)
    rate: float = 0.5

    def apply(self, margins: Floats, levels: Values) -> Floats:
        """Return the probabilities of rows with margins and levels."""
        if self.segments is None:
            return self.calibrator.apply(margins)
        return self.segments.apply(self.calibrator, margins, levels)


def fit_calibrator(
    margins: Floats,
    y: Values,
    kind: str = AUTO,
    *,
    customers: Values | None = None,
    weights: Floats | None = None,
    seed: int = 0,
) -> Calibrator:
    """Fit a calibrator on rows of one period, later than those the model learnt from.

    Parameters
    ----------
    margins : (n,) float64
        The booster's log-odds, finite.
    y : (n,) bool
        Outcomes.
    kind : str
        A kind of calibrator, or ``auto``: see `training.calibration.choose.choose`.
    customers : (n,), optional
        Whose row it is, so that no customer is on both sides of a fold; left out, one row each.
    weights : (n,) float64, optional
        How often each row counts, above 0; left out, once. ``auto`` does not try Venn-Abers,
        which counts rows, where they are not all 1.
    seed : int
        Of the folds.

    Raises
    ------
    DefinitionError
        When shapes differ, a margin or a weight cannot be, or the kind is unknown.
    CohortError
        When all outcomes are the same.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> margins = random.normal(0, 2, 4_000)
    >>> timid = random.random(4_000) < 1 / (1 + np.exp(-2 * margins))
    >>> made = fit_calibrator(margins, timid)
    >>> made.kind, round(made.curve.slope, 1)
    ('tempered', 1.9)
    """
    seen = Seen.of(margins, y, customers, weights=weights)
    return calibrate(seen, Calibration(kind), seed).calibrator


def calibrate(seen: Seen, settings: Calibration, seed: int = 0) -> Calibrated:
    """Choose kinds by later rows, then fit on all of them.

    Parameters
    ----------
    seen : Seen
        Rows that the boosters had not learnt from, of one or several periods. More periods show
        how much a base rate moves, and a calibrator of all of them moves less.
    settings : Calibration
        Kind and segments.
    seed : int
        Of the folds.

    Returns
    -------
    Calibrated
    """
    asked = settings.kind
    choice = choose(seen, seed) if asked == AUTO else Choice(asked, "as the settings say")
    kind = cast(Kind, choice.kind)
    common = fit_kind(kind, seen.margins, seen.y, seen.weights)
    if not settings.by:
        rate = float(np.average(common.apply(seen.margins), weights=seen.weights))
        return Calibrated(common, choice, rate=rate)
    own, choices = {}, {}
    for level in sorted({each for each in seen.levels.tolist() if each is not None}):
        inside = seen.levels == level
        positives = int(seen.y[inside].sum())
        if min(positives, int(inside.sum()) - positives) < settings.least:
            continue
        found = _choose_own(seen, inside, kind, seed)
        choices[level] = found
        if found.kind != COMMON:
            taken = cast(Kind, found.kind)
            own[level] = _fit_own(taken, seen, inside, common)
    segments = Segmented(settings.by, own)
    told = segments.apply(common, seen.margins, seen.levels)
    rate = float(np.average(told, weights=seen.weights))
    return Calibrated(common, choice, segments, choices, rate)


def _choose_own(seen: Seen, inside: Bools, kind: Kind, seed: int) -> Choice:
    """Choose between the calibrator of all, a shift and a slope of its own for one segment."""
    lost: dict[str, list[Floats]] = {name: [] for name in (COMMON, *_OWN)}
    judged: list[Bools] = []
    for fit, judge in parted(seen, seed):
        own, rows = fit & inside, judge & inside
        if not rows.any() or not 0 < seen.y[own].sum() < own.sum():
            continue
        judged.append(rows)
        common = fit_kind(kind, seen.margins[fit], seen.y[fit], seen.weights[fit])
        made: dict[str, Calibrator] = {COMMON: common}
        for name in _OWN:
            made[name] = _fit_own(name, seen, own, common)
        for label, each in made.items():
            lost[label].append(losses(each, seen, rows))
    if not judged:
        return Choice(COMMON, "too few rows of both outcomes to judge another")
    return simplest(
        {name: np.concatenate(each) for name, each in lost.items()},
        seen,
        judged,
        "on later rows",
    )


def _fit_own(kind: Kind, seen: Seen, rows: Bools, common: Calibrator) -> Calibrator:
    """Fit a calibrator of a segment; a slope is drawn to that of all, where all have one."""
    margins, y, weights = seen.margins[rows], seen.y[rows], seen.weights[rows]
    if kind != "tempered" or not isinstance(common.curve, Line):
        return fit_kind(kind, margins, y, weights)
    return Calibrator(kind, fit_tempered(margins, y, weights, common.curve.slope), len(y))


def levels_of(columns: Mapping[str, Values], by: str, rows: int) -> Values:
    """Return the segment of each row, None for all when none are asked for.

    Parameters
    ----------
    columns : mapping of str to (r,) array
        Inputs of the model, and levels that are encoded.
    by : str
        Name of the feature, or empty.
    rows : int
        How many.

    Raises
    ------
    DefinitionError
        When the feature is not among the columns, or no category.
    """
    if not by:
        return np.full(rows, None, dtype=object)
    categories = [name for name, values in columns.items() if values.dtype == object]
    if by not in categories:
        known = ", ".join(categories) or "none"
        raise DefinitionError(
            "calibration",
            [f"by must name a category that the model reads, got {by!r}; there are: {known}"],
        )
    return columns[by]
