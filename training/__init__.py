"""From behaviour vectors to calibrated, evaluated and recorded models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training.censoring.interruptions import censored, contacted
from training.project import Project
from training.rates import target_rate
from training.tasks import Cohort, Task, bought, first, labelled, silent

if TYPE_CHECKING:
    from training.estimator import ForetellClassifier

__all__ = [
    "Cohort",
    "ForetellClassifier",
    "Project",
    "Task",
    "bought",
    "censored",
    "contacted",
    "first",
    "labelled",
    "silent",
    "target_rate",
]


def __getattr__(name: str) -> Any:
    # scikit-learn and LightGBM take seconds to import, and few who import this need them.
    if name == "ForetellClassifier":
        from training.estimator import ForetellClassifier

        return ForetellClassifier
    raise AttributeError(f"module 'training' has no attribute {name!r}")
