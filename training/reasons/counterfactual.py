"""What would have to be otherwise for a score to fall in a lower band: found, then scored."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np

from features.arrays import Bools, Floats
from training.reasons.explain import Explainer
from training.reasons.quantities import Quantity
from training.reasons.settings import Reasons
from training.reasons.steps import steps_of

Margins = Callable[[Floats], Floats]
"""From the matrix that the model reads to log-odds."""
Calibrated = Callable[[Floats], Floats]
"""From log-odds of one customer to probabilities, as they are served."""

_FIRST: Final = 6
"""Inputs whose change is tried with that of another."""
_VERIFIED: Final = 8
"""Candidates that are scored before the search gives up."""


@dataclass(frozen=True)
class Change:
    """One input that would be otherwise.

    Parameters
    ----------
    feature : str
        Name.
    before, after : float
        Its value, and the nearest one that leads to the lower band.
    text : str
        What would then be said of it.
    """

    feature: str
    before: float
    after: float
    text: str


@dataclass(frozen=True)
class Counterfactual:
    """The smallest change that leads to a lower band, or that there is none.

    Parameters
    ----------
    changes : tuple of Change
        One or two; none when no change was found.
    score : float or None
        Probability after the change, scored and not estimated.
    text : str
        In plain words.
    """

    changes: tuple[Change, ...]
    score: float | None
    text: str


@dataclass(frozen=True)
class _Move:
    distance: float
    margin: float
    column: int
    value: float


@dataclass(frozen=True, eq=False)
class Changer:
    """What looks for changes of a bundle's scores.

    Parameters
    ----------
    explainer : Explainer
        Of the bundle.
    margins : callable
        Scores changed rows.
    """

    explainer: Explainer
    margins: Margins

    @cached_property
    def movable(self) -> Bools:
        """Inputs that a customer can act on: declared, or numbers that are made of events."""
        settings: Reasons = self.explainer.settings
        return np.array(
            [
                entry.quantity.kind != "text"
                and not entry.names(settings.protected)
                and bool(self.ranges[place])
                and (entry.names(settings.changeable) if settings.changeable else entry.dynamic)
                for place, entry in enumerate(self.explainer.entries)
            ],
            dtype=np.bool_,
        )

    @cached_property
    def ranges(self) -> tuple[tuple[float, float, float] | None, ...]:
        """Lowest and highest value of training and how far most values lie apart, by input."""
        told = self.explainer.bundle.trained.get("reference", {})
        return tuple(_range(told.get(entry.name, {})) for entry in self.explainer.entries)

    def warm(self) -> None:
        """Compile, or read from disk, what a search will need."""
        columns = len(self.explainer.entries)
        steps_of(self.explainer.attribute.forest, np.zeros(columns), self.movable)

    def find(self, row: Floats, calibrated: Calibrated, language: str = "en") -> Counterfactual:
        """Find the smallest change of one input, or else of two, that leads to a lower band.

        Candidates are the thresholds of the model's own trees, so no smaller change of one input
        exists among values as they are shown. Of two, one takes its whole way first. Distances are
        in spreads of the training rows, from the first to the last tenth.

        Parameters
        ----------
        row : (columns,) float64
            What the model reads.
        calibrated : callable
            From margins of this customer to probabilities.
        language : {"en", "zh"}
            Of the texts.
        """
        bands = self.explainer.bundle.bands
        score = float(calibrated(self.margins(row[None]))[0])
        band = next(place for place, each in enumerate(bands) if score >= each.at_least)
        if band == len(bands) - 1:
            return Counterfactual((), None, _LOWEST[language].format(band=bands[band].name))
        edge = bands[band].at_least
        for changed in self._found(row, edge, calibrated):
            return self._told(row, changed, calibrated, language)
        return Counterfactual((), None, _NONE[language])

    def _found(self, row: Floats, edge: float, calibrated: Calibrated) -> Iterator[list[_Move]]:
        yield from self._verified(row, edge, calibrated, [[move] for move in self._moves(row)])
        yield from self._pairs(row, edge, calibrated)

    def _pairs(self, row: Floats, edge: float, calibrated: Calibrated) -> Iterator[list[_Move]]:
        best: dict[int, _Move] = {}
        for move in self._moves(row):
            if move.column not in best or move.margin < best[move.column].margin:
                best[move.column] = move
        found: list[list[_Move]] = []
        for first in sorted(best.values(), key=lambda move: move.margin)[:_FIRST]:
            moved = row.copy()
            moved[first.column] = first.value
            second = [move for move in self._moves(moved) if move.column != first.column]
            nearest = self._verified(moved, edge, calibrated, [[move] for move in second])
            found += [[first, *each] for each in nearest]
        found.sort(key=lambda moves: sum(move.distance for move in moves))
        yield from found[:1]

    def _verified(
        self, row: Floats, edge: float, calibrated: Calibrated, candidates: list[list[_Move]]
    ) -> Iterator[list[_Move]]:
        """Yield, the nearest first, candidates that score below the edge when asked."""
        told = calibrated(np.array([moves[-1].margin for moves in candidates]))
        near = [moves for moves, score in zip(candidates, told, strict=True) if score < edge]
        near.sort(key=lambda moves: sum(move.distance for move in moves))
        for moves in near[:_VERIFIED]:
            if calibrated(self.margins(_applied(row, moves)[None]))[0] < edge:
                yield moves
                return

    def _moves(self, row: Floats) -> list[_Move]:
        """Return, for every input that may move, the nearest value of every step of the margin."""
        wanted = self.movable & ~np.isnan(row)
        columns, places, steps = steps_of(self.explainer.attribute.forest, row, wanted)
        margin = float(self.explainer.attribute(row[None])[0].sum())
        order = np.lexsort((places, columns))
        columns, places, steps = columns[order], places[order], steps[order]
        found: list[_Move] = []
        bounds = np.flatnonzero(np.diff(columns, prepend=-1, append=-1))
        for start, end in pairwise(bounds.tolist()):
            column = int(columns[start])
            at, first = np.unique(places[start:end], return_index=True)
            levels = np.add.reduceat(steps[start:end], first).cumsum()
            here = levels[np.searchsorted(at, row[column], side="left") - 1]
            found += self._of_column(row[column], column, at, margin + levels - here)
        return found

    def _of_column(self, now: float, column: int, at: Floats, margins: Floats) -> list[_Move]:
        quantity = self.explainer.entries[column].quantity
        low, high, spread = self.ranges[column] or (now, now, 1.0)
        found = []
        for place, below in enumerate(at.tolist()):
            above = float(at[place + 1]) if place + 1 < len(at) else math.inf
            value = _nearest(
                now, max(below, np.nextafter(low, -math.inf)), min(above, high), quantity
            )
            if value is not None and value != now:
                found.append(_Move(abs(value - now) / spread, float(margins[place]), column, value))
        return found

    def _told(
        self, row: Floats, moves: list[_Move], calibrated: Calibrated, language: str
    ) -> Counterfactual:
        bands = self.explainer.bundle.bands
        score = float(calibrated(self.margins(_applied(row, moves)[None]))[0])
        band = next(each.name for each in bands if score >= each.at_least)
        changes = []
        for move in moves:
            entry = self.explainer.entries[move.column]
            text = entry.say(move.value, language)
            changes.append(Change(entry.name, float(row[move.column]), move.value, text))
        nows = [
            self.explainer.entries[move.column].quantity.shown(float(row[move.column]), language)
            for move in moves
        ]
        said = [
            _NOW[language].format(text=change.text, now=now)
            for change, now in zip(changes, nows, strict=True)
        ]
        shown = Quantity("share").shown(score, language)
        text = _FOUND[language].format(changes=_AND[language].join(said), score=shown, band=band)
        return Counterfactual(tuple(changes), score, text)


_NOW: Final = {"en": "'{text}' (now {now})", "zh": "“{text}”（目前为 {now}）"}
_AND: Final = {"en": " and ", "zh": "，并且"}
_FOUND: Final = {
    "en": "If the facts were {changes} and all others stayed, the score would be {score}, in band "
    "'{band}'.",
    "zh": "若{changes}，其余不变，则分数为 {score}，落入“{band}”档。",
}
_NONE: Final = {
    "en": "No change of one or two facts that the customer can act on, among those that were tried "
    "and within what training has seen, leads to a lower band.",
    "zh": "在训练数据见过的范围内，所尝试的客户可改变的一项或两项事实都不能使分数落入更低的档。",
}
_LOWEST: Final = {
    "en": "The score is in the lowest band, '{band}', already.",
    "zh": "分数已在最低的“{band}”档。",
}


def _applied(row: Floats, moves: list[_Move]) -> Floats:
    moved = row.copy()
    for move in moves:
        moved[move.column] = move.value
    return moved


def _nearest(now: float, below: float, most: float, quantity: Quantity) -> float | None:
    """Return the value above ``below`` and up to ``most`` that is nearest, as values are shown."""
    if below < now <= most:
        return None
    step = quantity.step_near(below if now <= below else most)
    if now <= below:
        value = (math.floor(below / step) + 1) * step
        value = value if value > below else value + step
        if value > most:
            value = math.nextafter(below, math.inf)
    else:
        value = math.floor(most / step) * step
        value = value if value <= most else value - step
        if value <= below:
            value = most
    whole = quantity.kind in ("count", "flag")
    if not below < value <= most or (whole and value != round(value)):
        return None
    return float(value)


def _range(told: dict[str, Any]) -> tuple[float, float, float] | None:
    edges = told.get("edges") or []
    if not edges:
        return None
    # Bundles of before know no ends: the first and the last tenth are left out.
    low, high = told.get("low", edges[0]), told.get("high", edges[-1])
    return low, high, (edges[-1] - edges[0]) or (high - low) or 1.0
