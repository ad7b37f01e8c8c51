"""From behaviour vectors to calibrated probabilities, bands and reasons in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.arrays import Floats, Texts, Values
from features.errors import DefinitionError
from features.kernel import Vectors
from training.bundle import Bundle
from training.calibration.prior import corrected, require_rate
from training.reasons.changes import Counterfactual
from training.reasons.counterfactual import Changer
from training.reasons.explain import Explainer, Reason

__all__ = ["Reason", "Scorer", "Scores"]


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of some rows.

    Parameters
    ----------
    probability : (r,) float64
        Calibrated, 0 to 1.
    margin : (r,) float64
        Log-odds of the model before calibration.
    band : (r,) object
        Names of the bands.
    state : (r,) object
        What the calibration contract says of each row; see `training.calibration.contract`.
    segment : (r,) object
        Segment of each row; None where there is none.
    """

    probability: Floats
    margin: Floats
    band: Texts
    state: Texts
    segment: Values


class Scorer:
    """A bundle that is ready to score.

    A row scores the same alone and among others, bit for bit.

    Parameters
    ----------
    bundle : Bundle
        A verified bundle.
    base_rate : float, optional
        Rate of the outcome that is expected now: probabilities are corrected to it, and are
        uncertified.

    Raises
    ------
    DefinitionError
        When the base rate is not in (0, 1), or the bundle does not say which one it was made for.
    """

    def __init__(self, bundle: Bundle, base_rate: float | None = None) -> None:
        self.bundle = bundle
        self.base_rate = base_rate
        if base_rate is not None:
            require_rate("base rate", base_rate)
            if bundle.contract is None:
                raise DefinitionError(
                    "base rate",
                    [
                        f"model '{bundle.name}' does not say for which rate it was calibrated, as "
                        "it was trained by an older version; train again"
                    ],
                )

    @property
    def version(self) -> str:
        """Model version: the first 12 characters of the bundle's digest."""
        return self.bundle.digest[:12]

    def warm(self) -> None:
        """Do now what the first request would wait for: read the trees, compile their loops."""
        self._explainer.attribute.warm()
        self._changer.warm()

    @cached_property
    def _explainer(self) -> Explainer:
        # Kept back: scores alone need none.
        return Explainer(self.bundle)

    def score(self, vectors: Vectors) -> Scores:
        """Score rows.

        Parameters
        ----------
        vectors : Vectors
            Rows with the features that the bundle reads; other columns are left aside.

        Returns
        -------
        Scores

        Raises
        ------
        SchemaError
            When columns are missing, of another kind, or hold infinities.
        """
        return self._scores(self.bundle.margins(vectors), vectors)

    def contributions(self, vectors: Vectors) -> Floats:
        """Split the margin of every row among the features.

        Returns
        -------
        (r, columns + 1) float64
            One column for each of the schema and the base at the end; a row sums to its margin.
        """
        return self._explainer.attribute(self.bundle.matrix(vectors))

    def reasons(self, vectors: Vectors, top: int = 3, language: str = "en") -> list[list[Reason]]:
        """Name what moved each score most; see `training.reasons.explain.Explainer.reasons`."""
        return self._explainer.reasons(vectors, top, language)

    def counterfactuals(self, vectors: Vectors, language: str = "en") -> list[Counterfactual]:
        """Find for each row what would have to be otherwise for a lower band.

        See `training.reasons.counterfactual.Changer.find`; every answer was scored.
        """
        levels = self.bundle.levels(vectors)
        found = []
        for place, row in enumerate(self.bundle.matrix(vectors)):
            level = None if levels is None else levels[place : place + 1]

            def calibrated(margins: Floats, level: Values | None = level) -> Floats:
                whose = None if level is None else np.repeat(level, len(margins))
                return self._probability(margins, whose)

            found.append(self._changer.find(row, calibrated, language))
        return found

    @cached_property
    def can_change(self) -> bool:
        """Whether the model reads something that a customer can act on."""
        return bool(self._changer.movable.any())

    @cached_property
    def _changer(self) -> Changer:
        return Changer(self._explainer, self.bundle.walker)

    def _scores(self, margin: Floats, vectors: Vectors) -> Scores:
        levels, contract = self.bundle.levels(vectors), self.bundle.contract
        probability = self._probability(margin, levels)
        segment = np.full(len(margin), None, dtype=object) if levels is None else levels
        if contract is None or self.base_rate is not None:
            state = np.full(len(margin), "uncertified", dtype=object)
        elif not contract.by:
            state = np.full(len(margin), contract.overall.state, dtype=object)
        else:
            state = np.array([contract.of(level) for level in segment.tolist()], dtype=object)
        return Scores(probability, margin, self.bundle.banded(probability), state, segment)

    def _probability(self, margin: Floats, levels: Values | None) -> Floats:
        probability = self.bundle.calibrated(margin, levels)
        if self.base_rate is None or self.bundle.contract is None:
            return probability
        return corrected(probability, self.bundle.contract.rate, self.base_rate)
