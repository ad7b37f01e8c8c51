"""From behaviour vectors to calibrated probabilities, bands and reasons in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import lightgbm
import numpy as np

from features.arrays import Floats, Texts
from features.kernel import Vectors
from training.bundle import Bundle
from training.reasons.counterfactual import Changer, Counterfactual
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
    """

    probability: Floats
    margin: Floats
    band: Texts


class Scorer:
    """A bundle that is ready to score.

    Every call uses one thread, so a row scores the same alone and among others, bit for bit.

    Parameters
    ----------
    bundle : Bundle
        A verified bundle.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._booster = lightgbm.Booster(model_str=bundle.model_text)
        rising = sorted(bundle.bands, key=lambda band: band.at_least)
        self._edges = np.array([band.at_least for band in rising], dtype=np.float64)
        self._bands = np.array([band.name for band in rising], dtype=object)

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
        # Kept back: batch scores need none.
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
        return self._scores(self._margins(self._matrix(vectors)))

    def contributions(self, vectors: Vectors) -> Floats:
        """Split the margin of every row among the features.

        Returns
        -------
        (r, columns + 1) float64
            One column for each of the schema and the base at the end; a row sums to its margin.
        """
        return self._explainer.attribute(self._matrix(vectors))

    def reasons(self, vectors: Vectors, top: int = 3, language: str = "en") -> list[list[Reason]]:
        """Name what moved each score most; see `training.reasons.explain.Explainer.reasons`."""
        return self._explainer.reasons(vectors, top, language)

    def counterfactuals(self, vectors: Vectors, language: str = "en") -> list[Counterfactual]:
        """Find for each row what would have to be otherwise for a lower band.

        See `training.reasons.counterfactual.Changer.find`; every answer was scored.
        """
        return [self._changer.find(row, language) for row in self._matrix(vectors)]

    @cached_property
    def _changer(self) -> Changer:
        return Changer(
            self._explainer, lambda matrix: self._scores(self._margins(matrix)).probability
        )

    def _matrix(self, vectors: Vectors) -> Floats:
        return self.bundle.schema.matrix(self.bundle.inputs(vectors))

    def _margins(self, matrix: Floats) -> Floats:
        if not len(matrix):
            # LightGBM refuses an empty matrix.
            return np.empty(0, dtype=np.float64)
        found = self._booster.predict(matrix, raw_score=True, num_threads=1)
        return np.asarray(found, dtype=np.float64)

    def _scores(self, margin: Floats) -> Scores:
        probability = np.asarray(self.bundle.calibrator.apply(margin), dtype=np.float64)
        place = np.searchsorted(self._edges, probability, side="right") - 1
        return Scores(probability, margin, self._bands[np.maximum(place, 0)])
