"""From behaviour vectors to calibrated, evaluated and recorded models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.doors import opening

if TYPE_CHECKING:
    from training.censoring.interruptions import censored, contacted
    from training.estimator import ForetellClassifier
    from training.project import Project
    from training.rates import target_rate
    from training.tasks import Cohort, Task, bought, first, labelled, silent

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


_HOMES: Final = {
    "censoring.interruptions": "censored contacted",
    "estimator": "ForetellClassifier",
    "project": "Project",
    "rates": "target_rate",
    "tasks": "Cohort Task bought first labelled silent",
}
"""Names of each module that opens at the first use; those behind `estimator` take seconds."""

__getattr__, __dir__ = opening(__name__, _HOMES)
