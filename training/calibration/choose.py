"""Which kind of calibrator: the simplest that is not clearly beaten on later rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from features.arrays import Bools, Floats
from training.calibration.calibrator import Calibrator, Kind
from training.calibration.fitting import fit_kind
from training.calibration.seen import Seen, parted

FREE_FROM: Final = 1_000
"""Rows of the rarer outcome below which the free kinds (isotonic, Venn-Abers) are not tried."""

_FREE: Final[tuple[Kind, ...]] = ("isotonic", "venn_abers")
_TRIED: Final[tuple[Kind, ...]] = ("tempered", "sigmoid", "beta", *_FREE)
"""Boosters that stop in time are timid: to leave them as they are is no safe choice."""


@dataclass(frozen=True)
class Choice:
    """Why a kind was taken.

    Parameters
    ----------
    kind : str
        What was taken; ``common`` for a segment that keeps the calibrator of all.
    why : str
        In words.
    losses : mapping of str to float
        Mean log loss of each kind on the rows that judged it, in nats.
    """

    kind: str
    why: str
    losses: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"kind": self.kind, "why": self.why, "losses": dict(self.losses)}


def choose(seen: Seen, seed: int = 0) -> Choice:
    """Choose a kind by rows later than those it was fitted on.

    Among all kinds, the simplest is taken whose log loss is within one standard error, over
    customers, of the lowest (Breiman, Friedman, Olshen and Stone, 1984, section 3.4.3).

    Parameters
    ----------
    seen : Seen
        Rows; see `training.calibration.seen.parted` for how they are parted.
    seed : int
        Of the folds.

    Returns
    -------
    Choice

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> margins = random.normal(-1, 1, 2_000)
    >>> fair = random.random(2_000) < 1 / (1 + np.exp(-margins))
    >>> choose(Seen.of(margins, fair)).kind
    'tempered'
    """
    kinds: list[Kind] = [kind for kind in _TRIED if kind not in _FREE]
    fits = [fit for fit, _ in parted(seen, seed)]
    fewest = min(min(int(seen.y[fit].sum()), int((~seen.y[fit]).sum())) for fit in fits)
    if fewest >= FREE_FROM:
        # Venn-Abers counts rows.
        weighed = bool((seen.weights != 1).any())
        kinds = [kind for kind in _TRIED if not (weighed and kind == "venn_abers")]
    lost: dict[str, list[Floats]] = {kind: [] for kind in kinds}
    judged: list[Bools] = []
    for fit, judge in parted(seen, seed):
        if not judge.any() or not 0 < seen.y[fit].sum() < fit.sum():
            continue
        judged.append(judge)
        for kind in kinds:
            made = fit_kind(kind, seen.margins[fit], seen.y[fit], seen.weights[fit])
            lost[kind].append(losses(made, seen, judge))
    if not judged:
        return Choice("identity", "too few rows of both outcomes to judge any other kind")
    return simplest(
        {kind: np.concatenate(each) for kind, each in lost.items()},
        seen,
        judged,
        "on later periods" if len(np.unique(seen.periods)) > 1 else "in folds by customer",
    )


def losses(calibrator: Calibrator, seen: Seen, rows: Bools) -> Floats:
    """Return the log loss of each of some rows, in nats."""
    told = calibrator.apply(seen.margins[rows])
    lost: Floats = -np.log(np.where(seen.y[rows], told, 1 - told))
    return lost


def simplest(lost: Mapping[str, Floats], seen: Seen, judged: Sequence[Bools], where: str) -> Choice:
    """Take the first candidate that the best does not beat by more than a standard error.

    Parameters
    ----------
    lost : mapping of str to (n,) float64
        Log loss of each row by candidate, the simplest first.
    seen : Seen
        Whose rows they are, and how often each counts: the standard error is that of a sum over
        customers.
    judged : sequence of (r,) bool
        The rows of ``seen`` that judged, in the order of their losses.
    where : str
        What the rows are, in words.
    """
    names: Sequence[str] = list(lost)
    customers, weights = (
        np.concatenate([values[rows] for rows in judged])
        for values in (seen.customers, seen.weights)
    )
    best = min(names, key=lambda name: float((weights * lost[name]).sum()))
    codes = np.unique(customers, return_inverse=True)[1]
    means = {name: float(np.average(each, weights=weights)) for name, each in lost.items()}
    for name in names:
        behind = np.bincount(codes, weights * (lost[name] - lost[best]))
        error = float(np.sqrt(((behind - behind.mean()) ** 2).sum()))
        if behind.sum() <= error:
            why = (
                f"lowest log loss {where}"
                if name == best
                else f"simplest within one standard error of {best} {where}"
            )
            return Choice(name, why, means)
    raise AssertionError("the best is never behind itself")
