"""From behaviour vectors to calibrated, evaluated and recorded models."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

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

_HOME: Final = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'training' has no attribute {name!r}")
    found = getattr(import_module(f"training.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
