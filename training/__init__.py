"""From behaviour vectors to calibrated, evaluated and recorded models."""

from training.project import Project
from training.rates import target_rate
from training.tasks import Cohort, Task, bought, first, labelled, silent

__all__ = [
    "Cohort",
    "Project",
    "Task",
    "bought",
    "first",
    "labelled",
    "silent",
    "target_rate",
]
