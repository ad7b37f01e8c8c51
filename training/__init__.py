"""From behaviour vectors to calibrated, evaluated and recorded models."""

from training.censoring.interruptions import censored, contacted
from training.project import Project
from training.rates import target_rate
from training.tasks import Cohort, Task, bought, first, silent

__all__ = [
    "Cohort",
    "Project",
    "Task",
    "bought",
    "censored",
    "contacted",
    "first",
    "silent",
    "target_rate",
]
