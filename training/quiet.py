"""MLflow, imported with telemetry off, and asked without its noise."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import ModuleType

_SETTINGS: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # A bar for three small files says nothing.
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
_TALKATIVE: Final = (
    "alembic.runtime.migration",
    "mlflow.models.signature",
)
"""Loggers that tell of what is meant to be so; their warnings are still heard."""
_RAISING: Final = ("mlflow.store.db.utils", "sqlalchemy.pool")
"""Loggers that print the traceback of what they raise as well: it is told in words."""


def quiet_mlflow() -> ModuleType:
    """Import mlflow with telemetry off, whoever asks; what the user has set stays."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    import mlflow

    for name in _RAISING:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)
    return mlflow


@contextlib.contextmanager
def absent_is_none() -> Iterator[None]:
    """Leave a block at the first thing that is not there; every other failure is raised."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise


@contextlib.contextmanager
def pointed_at(uri: str) -> Iterator[None]:
    """Let mlflow write to a database for as long as a block runs."""
    import mlflow

    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before[0])
        mlflow.set_registry_uri(before[1])
