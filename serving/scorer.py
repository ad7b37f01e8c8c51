"""From behaviour vectors to calibrated probabilities, bands and reasons in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import lightgbm
import numpy as np

from features.arrays import Floats, Texts, Values
from features.errors import DefinitionError
from features.kernel import Vectors
from training.bundle import Bundle
from training.calibration.prior import corrected, require_rate
from training.reasons.attribute import Attributor
from training.reasons.forest import Forest


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


@dataclass(frozen=True)
class Reason:
    """What one feature did to one score.

    Parameters
    ----------
    feature : str
        Name of the feature.
    value : float, str or None
        Its value; None when there is none.
    text : str
        The same in plain words.
    effect : float
        Change of the margin in log-odds.
    direction : {"raises", "lowers"}
        What that does to the score.
    """

    feature: str
    value: float | str | None
    text: str
    effect: float
    direction: Literal["raises", "lowers"]


class Scorer:
    """A bundle that is ready to score.

    Every call uses one thread, so a row scores the same alone and among others, bit for bit.

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
        self._attributor.warm()

    @cached_property
    def _attributor(self) -> Attributor:
        # Kept back: batch scores need none.
        return Attributor(Forest.of(self.bundle.model_text, len(self.bundle.schema.columns)))

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
        return self._scores(self._margins(self._matrix(vectors)), vectors)

    def contributions(self, vectors: Vectors) -> Floats:
        """Split the margin of every row among the features.

        Returns
        -------
        (r, columns + 1) float64
            One column for each of the schema and the base at the end; a row sums to its margin.
        """
        return self._attributor(self._matrix(vectors))

    def reasons(self, vectors: Vectors, top: int = 3) -> list[list[Reason]]:
        """Name the features that moved each score most.

        Parameters
        ----------
        vectors : Vectors
            Rows.
        top : int
            Reasons a row, at most; features without effect are never named.

        Returns
        -------
        list of list of Reason
            Strongest first; equal effects in the order of the schema.
        """
        if not top or not len(vectors):
            return [[] for _ in range(len(vectors))]
        vectors = self.bundle.inputs(vectors)
        matrix = self.bundle.schema.matrix(vectors)
        effects = self._attributor(matrix)[:, :-1]
        order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :top]
        return [
            [
                self._reason(vectors, row, int(place), float(effects[row, place]))
                for place in order[row]
                if effects[row, place]
            ]
            for row in range(len(vectors))
        ]

    def _matrix(self, vectors: Vectors) -> Floats:
        return self.bundle.schema.matrix(self.bundle.inputs(vectors))

    def _margins(self, matrix: Floats) -> Floats:
        if not len(matrix):
            # LightGBM refuses an empty matrix.
            return np.empty(0, dtype=np.float64)
        found = self._booster.predict(matrix, raw_score=True, num_threads=1)
        return np.asarray(found, dtype=np.float64)

    def _scores(self, margin: Floats, vectors: Vectors) -> Scores:
        probability = self.bundle.probabilities(margin, vectors)
        if self.base_rate is not None and self.bundle.contract is not None:
            probability = corrected(probability, self.bundle.contract.rate, self.base_rate)
        place = np.searchsorted(self._edges, probability, side="right") - 1
        band = self._bands[np.maximum(place, 0)]
        levels, contract = self.bundle.levels(vectors), self.bundle.contract
        segment = np.full(len(margin), None, dtype=object) if levels is None else levels
        if contract is None or self.base_rate is not None:
            state = np.full(len(margin), "uncertified", dtype=object)
        elif not contract.by:
            state = np.full(len(margin), contract.overall.state, dtype=object)
        else:
            state = np.array([contract.of(level) for level in segment.tolist()], dtype=object)
        return Scores(probability, margin, band, state, segment)

    def _reason(self, vectors: Vectors, row: int, place: int, effect: float) -> Reason:
        name = self.bundle.schema.names[place]
        came = vectors.columns[name][row]
        value = came if isinstance(came, str | None) else _number(float(came))
        text = f"{self.bundle.texts.get(name, name)}: {_shown(value)}"
        return Reason(name, value, text, effect, "raises" if effect > 0 else "lowers")


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _shown(value: float | str | None) -> str:
    if value is None:
        return "none"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"
