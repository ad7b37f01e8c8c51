"""What a version must show before it is served, as ``[gates]`` in ``train.toml``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from features.errors import DefinitionError

METRICS: Final = ("roc_auc", "average_precision")
"""Metrics by which two models may be compared."""


@dataclass(frozen=True)
class Gates:
    """Limits of the gates of a promotion.

    Parameters
    ----------
    metric : {"roc_auc", "average_precision"}
        By which a version is compared with the champion, or with the baselines when there is none.
    margin : float
        How much of it may be lost at most, by the low end of the paired 95 % interval, for a
        version to be called no worse; 0 or more.
    calibration_slack : float
        How much higher than the champion's the expected calibration error of a version may be that
        is no worse, but not better; 0 or more.
    min_rows : int
        Rows that both models must have scored for a comparison; 1 or more.
    max_ece : float
        Highest expected calibration error, 0 to 1.
    min_slope, max_slope : float
        Between which the calibration slope lies; 1 is right, less is overconfident.
    min_gini_share : float
        Lowest Gini coefficient of a cutoff or month as a share of that of all, 0 to 1.
    max_psi : float
        Highest population stability index of scores between calibrate and test slice.
    max_gap : float
        Widest gap between groups of a protected attribute, 0 to 1.
    max_p99_ms : float
        Longest time to score one row, in milliseconds of the processor at the 99th percentile.
    max_bytes : int
        Largest bundle.
    proof : bool
        Ask for a point-in-time proof that is fresh.
    min_proof_customers : int
        Customers that such a proof looked at, at least; `foretell prove` draws 64.
    four_eyes : bool
        The account that promotes may not be the one that trained; no override lifts it. One person
        with two accounts passes, and so does whoever may write to MLflow's database.

    Raises
    ------
    DefinitionError
        With every fault.

    Examples
    --------
    >>> Gates(margin=0.02).margin
    0.02
    """

    metric: str = "roc_auc"
    margin: float = 0.01
    calibration_slack: float = 0.0
    min_rows: int = 200
    max_ece: float = 0.03
    min_slope: float = 0.8
    max_slope: float = 1.25
    min_gini_share: float = 0.7
    max_psi: float = 0.25
    max_gap: float = 0.1
    max_p99_ms: float = 20.0
    max_bytes: int = 50_000_000
    proof: bool = True
    min_proof_customers: int = 20
    four_eyes: bool = False

    def __post_init__(self) -> None:
        faults = []
        if self.metric not in METRICS:
            faults.append(f"metric must be one of {', '.join(METRICS)}, got {self.metric!r}")
        faults += [
            f"{name} must be 0 to 1, got {getattr(self, name)}"
            for name in ("margin", "calibration_slack", "max_ece", "min_gini_share", "max_gap")
            if not 0 <= getattr(self, name) <= 1
        ]
        faults += [
            f"{name} must be above 0, got {getattr(self, name)}"
            for name in ("max_psi", "max_p99_ms", "min_slope", "max_slope")
            if not 0 < getattr(self, name) < math.inf
        ]
        faults += [
            f"{name} must be 1 or more, got {getattr(self, name)}"
            for name in ("min_rows", "min_proof_customers", "max_bytes")
            if getattr(self, name) < 1
        ]
        if self.min_slope > self.max_slope:
            faults.append(f"min_slope {self.min_slope} is above max_slope {self.max_slope}")
        if faults:
            raise DefinitionError("gates", faults)
