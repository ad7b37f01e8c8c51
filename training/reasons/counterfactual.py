"""What would have to be otherwise for a score to fall in a lower band: found, then scored."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from features.arrays import Bools, Floats
from features.feature import Feature
from training.reasons import changes as words
from training.reasons.along import World
from training.reasons.bounds import Facts
from training.reasons.changes import Change, Counterfactual
from training.reasons.explain import Explainer
from training.reasons.moves import Move, Moved, lowest
from training.reasons.quantities import Quantity
from training.reasons.settings import Reasons
from training.reasons.steps import steps_of
from training.reasons.whither import nearest, range_of

Margins = Callable[[Floats], Floats]
"""From the matrix that the model reads to log-odds."""
Calibrated = Callable[[Floats], Floats]
"""From log-odds of one customer to probabilities, as they are served."""

_FIRST: Final = 6
"""Inputs whose change is tried with that of another."""
_MOST: Final = 512
"""Candidates that are scored before the search gives up."""
_AT_ONCE: Final = 32
"""Candidates that are scored together."""


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
    def world(self) -> World:
        """What the inputs say of the same events."""
        defined: dict[str, Feature] = {each.name: each for each in self.explainer.bundle.catalogue}
        return World(
            tuple(
                None if entry.quantity.kind == "text" else defined.get(entry.name)
                for entry in self.explainer.entries
            )
        )

    @cached_property
    def leading(self) -> Bools:
        """Inputs whose change may move others along."""
        places = range(len(self.explainer.entries))
        return np.array([self.world.leads(place) for place in places], dtype=np.bool_)

    @cached_property
    def ranges(self) -> tuple[tuple[float, float, float] | None, ...]:
        """Lowest and highest value of training and how far most values lie apart, by input."""
        told = self.explainer.bundle.trained.get("reference", {})
        return tuple(range_of(told.get(entry.name, {})) for entry in self.explainer.entries)

    @cached_property
    def whole(self) -> tuple[bool, ...]:
        """Whether training has seen whole numbers only, by input."""
        told = self.explainer.bundle.trained.get("reference", {})
        return tuple(
            bool(told.get(entry.name, {}).get("whole")) for entry in self.explainer.entries
        )

    def warm(self) -> None:
        """Compile, or read from disk, what a search will need."""
        columns = len(self.explainer.entries)
        steps_of(self.explainer.attribute.forest, np.zeros(columns), self.movable)
        self.world.moved(np.zeros(columns), self.world.facts(np.zeros(columns)), 0, 1.0)

    def find(self, row: Floats, calibrated: Calibrated, language: str = "en") -> Counterfactual:
        """Find the smallest change of one input, or else of two, that leads to a lower band.

        Candidates are the thresholds of the model's own trees, and where others move along the
        next values up and down, so that no smaller change of one input alone exists among values
        as they are shown. Of two, one takes its whole way first. Distances are
        in spreads of the training rows, from the first to the last tenth. What the same events
        bind to a changed input moves along, and a row that events cannot make is never told; see
        `docs/decisions/020-possible-changes.md` for what is checked.

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
            return Counterfactual((), None, words.LOWEST[language].format(band=bands[band].name))
        if not self.movable.any():
            return Counterfactual((), None, words.NOTHING[language])
        edge = bands[band].at_least
        found = self._found(row, edge, calibrated)
        if found is None:
            return Counterfactual((), None, words.NONE[language])
        return self._told(row, found, calibrated, language)

    def _found(self, row: Floats, edge: float, calibrated: Calibrated) -> Moved | None:
        tried: list[Moved] = []
        if (found := self._nearest(Moved(row), edge, calibrated, tried)) is not None:
            return found
        best: dict[int, Moved] = {}
        for each in tried:
            (column,) = each.led
            if column not in best or each.margin < best[column].margin:
                best[column] = each
        firsts = sorted(best.values(), key=lambda each: each.margin)[:_FIRST]
        seconds = (self._nearest(each, edge, calibrated, []) for each in firsts)
        pairs = [each for each in seconds if each is not None]
        return min(pairs, key=lambda each: each.distance, default=None)

    def _nearest(
        self, start: Moved, edge: float, calibrated: Calibrated, tried: list[Moved]
    ) -> Moved | None:
        """Find the nearest possible row below the edge; every row that is told was scored."""
        moves = [each for each in self._moves(start.values) if each.column not in start.changed]
        if not moves:
            return None
        told = calibrated(np.array([move.margin for move in moves])).tolist()
        facts = self.world.facts(start.values)
        # Where nothing moves along, the margin is known without scoring.
        sure = [move for move in moves if not self.leading[move.column]]
        tried += self._possible(start, facts, lowest(sure)[:_FIRST])
        likely = [
            move
            for move, score in zip(moves, told, strict=True)
            if score < edge or self.leading[move.column]
        ]
        likely.sort(key=lambda move: move.distance)
        best: Moved | None = None
        for begin in range(0, min(len(likely), _MOST), _AT_ONCE):
            # A row may lie further away than it was asked to, and never nearer.
            if best is not None and start.distance + likely[begin].distance >= best.distance:
                break
            rows = self._possible(start, facts, likely[begin : begin + _AT_ONCE])
            if not rows:
                continue
            margins = self.margins(np.array([each.values for each in rows]))
            for margin, score, each in zip(margins, calibrated(margins), rows, strict=True):
                if score >= edge:
                    tried.append(replace(each, margin=float(margin)))
                elif best is None or each.distance < best.distance:
                    best = each
        return best

    def _possible(self, start: Moved, facts: Facts, moves: list[Move]) -> list[Moved]:
        found = []
        for move in moves:
            values = self.world.moved(start.values, facts, move.column, move.value)
            if values is None:
                continue
            same = (values == start.values) | (np.isnan(values) & np.isnan(start.values))
            changed = np.flatnonzero(~same).tolist()
            if move.column in changed and self._allowed(values, changed, start.changed):
                distance = start.distance + self._far(start.values, values, move.column)
                led = (*start.led, move.column)
                found.append(Moved(values, distance, move.margin, led, (*start.changed, *changed)))
        return found

    def _far(self, start: Floats, values: Floats, column: int) -> float:
        """Return how far an input moved, in spreads of the training rows."""
        _, _, spread = self.ranges[column] or (0.0, 0.0, 1.0)
        return float(abs(values[column] - start[column])) / spread

    def _allowed(self, values: Floats, changed: list[int], before: tuple[int, ...]) -> bool:
        """Tell whether columns may be told as changed: seen in training, not yet, unprotected."""
        for column in changed:
            low, high, _ = self.ranges[column] or (math.nan, math.nan, 1.0)
            protected = self.explainer.entries[column].names(self.explainer.settings.protected)
            if column in before or protected or not low <= values[column] <= high:
                return False
        return True

    def _moves(self, row: Floats) -> list[Move]:
        """Return, for every input that may move, the nearest value of every step of the margin."""
        wanted = self.movable & ~np.isnan(row)
        columns, places, steps = steps_of(self.explainer.attribute.forest, row, wanted)
        margin = float(self.explainer.attribute(row[None])[0].sum())
        order = np.lexsort((places, columns))
        columns, places, steps = columns[order], places[order], steps[order]
        found: list[Move] = []
        bounds = np.flatnonzero(np.diff(columns, prepend=-1, append=-1))
        for start, end in pairwise(bounds.tolist()):
            column = int(columns[start])
            at, first = np.unique(places[start:end], return_index=True)
            levels = np.add.reduceat(steps[start:end], first).cumsum()
            here = levels[np.searchsorted(at, row[column], side="left") - 1]
            found += self._of_column(row[column], column, at, margin + levels - here)
        for column in np.flatnonzero(wanted & self.leading).tolist():
            found += self._beside(row[column], column, margin)
        return found

    def _beside(self, now: float, column: int, margin: float) -> Iterator[Move]:
        """Yield the next values up and down: what moves along may cross a threshold at once."""
        quantity = self.explainer.entries[column].quantity
        low, high, spread = self.ranges[column] or (now, now, 1.0)
        for below, most in ((now, high), (low, np.nextafter(now, -math.inf))):
            value = nearest(now, below, most, quantity, self.whole[column])
            if value is not None:
                yield Move(abs(value - now) / spread, margin, column, value)

    def _of_column(self, now: float, column: int, at: Floats, margins: Floats) -> list[Move]:
        quantity = self.explainer.entries[column].quantity
        low, high, spread = self.ranges[column] or (now, now, 1.0)
        found = []
        for place, below in enumerate(at.tolist()):
            above = float(at[place + 1]) if place + 1 < len(at) else math.inf
            least = max(below, np.nextafter(low, -math.inf))
            value = nearest(now, least, min(above, high), quantity, self.whole[column])
            if value is not None and value != now:
                found.append(Move(abs(value - now) / spread, float(margins[place]), column, value))
        return found

    def _told(
        self, row: Floats, found: Moved, calibrated: Calibrated, language: str
    ) -> Counterfactual:
        bands = self.explainer.bundle.bands
        score = float(calibrated(self.margins(found.values[None]))[0])
        band = next(each.name for each in bands if score >= each.at_least)
        changes, said = list[Change](), list[str]()
        order = sorted(found.changed, key=lambda column: column not in found.led)
        for column in order:
            entry = self.explainer.entries[column]
            before, after = float(row[column]), float(found.values[column])
            text = entry.say(after, language, entry.quantity.places_of(after))
            changes.append(Change(entry.name, before, after, text, column not in found.led))
            now = entry.quantity.beside(before, after, language)
            said.append(words.NOW[language].format(text=text, now=now))
        own = len(found.led)
        facts = words.AND[language].join(said[:own])
        if said[own:]:
            facts += words.WITH[language].format(along=words.AND[language].join(said[own:]))
        shown = Quantity("share").shown(score, language)
        text = words.FOUND[language].format(changes=facts, score=shown, band=band)
        return Counterfactual(tuple(changes), score, text)
