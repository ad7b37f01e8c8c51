"""What a bundle holds: everything that scoring needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from features.arrays import Floats, Texts, Values
from features.catalogue import Catalogue
from features.kernel import Vectors
from features.schema import Schema
from features.tables import Table
from training.calibration.calibrator import Calibrator
from training.calibration.contract import Contract
from training.calibration.segmented import Segmented
from training.encoded import encoded, sources_of
from training.encoding import Encoding
from training.tasks import Task
from training.trees.forest import Forest
from training.trees.walk import Walker


@dataclass(frozen=True)
class Band:
    """A named range of scores, from ``at_least`` up to the next band.

    Parameters
    ----------
    name : str
        Such as ``high``.
    at_least : float
        Lowest probability of the band, 0 to 1.
    """

    name: str
    at_least: float


@dataclass(frozen=True, eq=False)
class Bundle:
    """Everything that scoring needs, and what it was trained on.

    Parameters
    ----------
    project : str
        Name of the project.
    task : Task
        What the score answers.
    tables : tuple of Table
        Contracts of the tables that the features read.
    catalogue : Catalogue
        Features, in the order in which they were trained.
    schema : Schema
        Inputs of the model with the codes of their categories.
    calibrator : Calibrator
        From margins (log-odds) to probabilities.
    bands : tuple of Band
        From the highest to the lowest; the last starts at 0.
    texts : mapping of str to str
        Plain words for each feature.
    trained : mapping
        Cutoffs, rows, base rate, data hash, commit and versions.
    model_text : str
        LightGBM model.
    encodings : tuple of Encoding
        Target rates among the inputs, with the outcomes that they learnt from.
    segments : Segmented, optional
        Calibrators of segments.
    contract : Contract, optional
        Where and until when the probabilities were checked.
    reasons : mapping
        What reasons are for and what people wrote of them, see `training.reasons.settings`; empty
        in bundles that say nothing of it.
    digest : str
        SHA-256 of the manifest; set when the bundle is read.
    """

    project: str
    task: Task
    tables: tuple[Table, ...]
    catalogue: Catalogue
    schema: Schema
    calibrator: Calibrator
    bands: tuple[Band, ...]
    texts: Mapping[str, str]
    trained: Mapping[str, Any]
    model_text: str
    encodings: tuple[Encoding, ...] = ()
    segments: Segmented | None = None
    contract: Contract | None = None
    reasons: Mapping[str, Any] = field(default_factory=dict)
    digest: str = field(default="")

    @property
    def name(self) -> str:
        """Name of the task."""
        return self.task.name

    @property
    def reads(self) -> Catalogue:
        """The features that a score takes: inputs of the model, and levels that are encoded."""
        wanted = {*self.schema.names, *sources_of(self.encodings)}
        return Catalogue(each for each in self.catalogue if each.name in wanted)

    def inputs(self, vectors: Vectors) -> Vectors:
        """Encode levels, and keep the columns of the schema; others are left aside.

        Parameters
        ----------
        vectors : Vectors
            Rows with the features that the bundle `reads`, each at its own cutoff.

        Raises
        ------
        SchemaError
            When a level to be encoded is missing, or no text.
        """
        made, given = encoded(self.encodings, vectors), vectors.columns
        names = (name for name in self.schema.names if name in made or name in given)
        kept = {name: made[name] if name in made else given[name] for name in names}
        return Vectors(vectors.customers, vectors.cutoffs, kept)

    def matrix(self, vectors: Vectors) -> Floats:
        """Arrange vectors as the model reads them, (r, columns) float64."""
        return self.schema.matrix(self.inputs(vectors))

    def banded(self, probability: Floats) -> Texts:
        """Return the name of the band of each probability, (r,) object."""
        edges, names = self._rising
        return names[np.maximum(np.searchsorted(edges, probability, side="right") - 1, 0)]

    @cached_property
    def _rising(self) -> tuple[Floats, Texts]:
        rising = sorted(self.bands, key=lambda band: band.at_least)
        edges = np.array([band.at_least for band in rising], dtype=np.float64)
        return edges, np.array([band.name for band in rising], dtype=object)

    def levels(self, vectors: Vectors) -> Values | None:
        """Return the segment of each row, (r,) object; None when the model has no segments."""
        return vectors.columns[self.segments.by] if self.segments is not None else None

    def probabilities(self, margins: Floats, vectors: Vectors) -> Floats:
        """Calibrate margins, each row by the calibrator of its segment.

        Parameters
        ----------
        margins : (r,) float64
            As `margins` gives them.
        vectors : Vectors
            The rows with the features that the bundle `reads`.

        Returns
        -------
        (r,) float64
        """
        return self.calibrated(margins, self.levels(vectors))

    def calibrated(self, margins: Floats, levels: Values | None) -> Floats:
        """Calibrate margins, (r,) float64, of rows whose segments are known; see `levels`."""
        if self.segments is None or levels is None:
            return self.calibrator.apply(margins)
        return self.segments.apply(self.calibrator, margins, levels)

    def margins(self, vectors: Vectors) -> Floats:
        """Score vectors in log-odds.

        Parameters
        ----------
        vectors : Vectors
            Rows with the features that the bundle `reads`.

        Returns
        -------
        (r,) float64
        """
        return self.walker(self.matrix(vectors))

    @cached_property
    def forest(self) -> Forest:
        """The trees; only of a model text that was found sound."""
        return Forest.of(self.model_text, len(self.schema.columns))

    @cached_property
    def walker(self) -> Walker:
        """What scores a matrix by the trees."""
        return Walker.of(self.forest)
