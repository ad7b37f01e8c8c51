"""Columns that are scored and hold what training hardly met.

Empty cells, levels nobody knew, numbers beyond all others: a model scores such rows without a
fault, and an unknown level reads as an absent one. So somebody has to say it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from features.arrays import Floats
from features.kernel import Vectors
from features.ready.given import spelled
from training.bundle import Bundle

MORE: Final = 0.5
"""Share of the rows above that of training from which on a column is told."""

SOME: Final = 0.05
"""Share of the filled cells that must lie outside of training, at least, to be told of."""

GONE: Final = 0.1
"""Share of the cells that were filled in training below which a column is told."""

_LOOKED_AT: Final = 5_000
"""Rows of one call that are looked at, evenly spread."""


@dataclass(eq=False)
class Unlike:
    """Counts of empty cells and unknown levels, over the rows that one bundle scores.

    Parameters
    ----------
    bundle : Bundle
        Knows the levels, and what training met.
    """

    bundle: Bundle
    rows: int = 0
    empty: Counter[str] = field(default_factory=Counter)
    strange: Counter[str] = field(default_factory=Counter)
    nothing: Counter[str] = field(default_factory=Counter)
    beyond: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def look(self, found: Vectors) -> None:
        """Count rows that are scored, of many an even part of them.

        Parameters
        ----------
        found : Vectors
            As the bundle reads them.
        """
        step = -(-len(found) // _LOOKED_AT) or 1
        self.rows += len(range(0, len(found), step))
        for column in self.bundle.schema.columns:
            # A target rate is made of another column, by the bundle itself.
            if column.name not in found.columns:
                continue
            cells = found.columns[column.name][::step]
            if column.levels is None:
                self._numbers(column.name, cells.astype(np.float64))
                continue
            known = {None, *column.levels}
            self.empty[column.name] += sum(cell is None for cell in cells)
            others = [cell for cell in cells if cell not in known]
            self.strange[column.name] += len(others)
            if others:
                self.examples.setdefault(column.name, str(others[0]))

    def _numbers(self, name: str, cells: Floats) -> None:
        self.empty[name] += int(np.isnan(cells).sum())
        met = self._met(name)
        self.nothing[name] += int((cells == 0).sum())
        if "low" in met:
            self.beyond[name] += int(((cells < met["low"]) | (cells > met["high"])).sum())

    def _met(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.bundle.trained.get("reference", {}).get(name, {})
        return found

    def sentences(self) -> list[str]:
        """Say in words which columns differ from training in most of the rows, or went dry."""
        if not self.rows:
            return []
        told, words = [], spelled(self.bundle.catalogue)
        for column in self.bundle.schema.columns:
            name, met = column.name, self._met(column.name)
            called = words.get(name, name)
            if not met:
                continue
            empty, before = self.empty[name] / self.rows, float(met["nulls"])
            if empty > before + MORE or (1 - empty) < GONE * (1 - before):
                told.append(
                    f"'{called}' is empty in {empty:.0%} of the rows, in training {before:.0%}"
                )
            if column.levels is None:
                filled = self.rows - self.empty[name]
                # Another unit leaves zeros as they are, so they do not speak for the others.
                others = filled - self.nothing[name]
                beyond = self.beyond[name]
                if beyond > MORE * others and beyond >= SOME * filled:
                    told.append(
                        f"'{called}' lies outside of all that training met ({met['low']:g} to "
                        f"{met['high']:g}) in {beyond / filled:.0%} of the rows that have it"
                    )
                continue
            strange, before = self.strange[name] / self.rows, _unknown(met, column.levels)
            if strange > before + MORE:
                told.append(
                    f"'{called}' holds levels that the model does not know in {strange:.0%} of the "
                    f"rows, such as '{self.examples[name]}', in training {before:.0%}; they score "
                    "as if it were empty"
                )
        return told


def unlike_training(looked: Mapping[str, Unlike]) -> dict[str, dict[str, list[str]]]:
    """Return what a manifest tells, by task; nothing where all is as in training."""
    told = {name: each.sentences() for name, each in looked.items()}
    told = {name: sentences for name, sentences in told.items() if sentences}
    return {"unlike_training": told} if told else {}


def _unknown(met: Mapping[str, Any], levels: tuple[str, ...]) -> float:
    """Return the share of training rows that held none of the levels, and were not empty."""
    shares = met["levels"]
    known = sum(float(shares.get(level, 0)) for level in levels)
    return max(0.0, 1 - known) * (1 - float(met["nulls"]))
