"""Every kind of calibrator, fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from features.arrays import Bools, Floats
from training.calibration.beta import fit_beta
from training.calibration.calibrator import Calibrator, Curve, Kind
from training.calibration.isotonic import fit_isotonic
from training.calibration.line import fit_identity, fit_shift, fit_sigmoid, fit_tempered
from training.calibration.venn_abers import fit_venn_abers

FITS: Final[Mapping[Kind, Callable[[Floats, Bools, Floats | None], Curve]]] = {
    "identity": fit_identity,
    "shift": fit_shift,
    "tempered": fit_tempered,
    "sigmoid": fit_sigmoid,
    "beta": fit_beta,
    "isotonic": fit_isotonic,
    "venn_abers": fit_venn_abers,
}


def fit_kind(kind: Kind, margins: Floats, y: Bools, weights: Floats | None = None) -> Calibrator:
    """Fit a calibrator of one kind on all of some rows; a row counts as often as its weight says.

    Raises
    ------
    DefinitionError
        When ``venn_abers`` is given weights other than 1.

    Examples
    --------
    >>> import numpy as np
    >>> margins = np.array([-2.0, -1.0, 1.0, 2.0] * 25)
    >>> fit_kind("identity", margins, margins > 0)
    Calibrator(kind='identity', curve=Line(slope=1.0, intercept=0.0), rows=100)
    """
    return Calibrator(kind, FITS[kind](margins, y, weights), len(y))
