"""MLflow as the record: one run for each training, one registered model for each task.

The database and the artifacts lie in ``mlruns/``. The server never reads them: `foretell promote`
copies the champion's bundle to where the server looks.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.errors import StateError

if TYPE_CHECKING:
    from types import ModuleType

    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

    from training.bundle import Bundle

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
BUNDLE: Final = "bundle"
"""Artifact folder of a run that holds the bundle, and tag of a version that holds its digest."""

_SETTINGS: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # A bar for three small files says nothing.
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
_TALKATIVE: Final = ("mlflow.store.db.utils", "alembic.runtime.migration")
"""Loggers that tell of the database being made; their warnings are still heard."""


@dataclass(frozen=True)
class Recorded:
    """Where a training is recorded: experiment run, registered model and version."""

    run: str
    model: str
    version: int


@dataclass(frozen=True, eq=False)
class Record:
    """What is recorded of one training.

    Parameters
    ----------
    parameters, metrics, tags : mapping
        As MLflow knows them.
    plots : mapping of str to bytes
        Pictures as PNG, by name.
    files : sequence of Path
        Reports and tables.
    bundle : Path
        Folder of the bundle.
    run : str or None
        The run that the training opened; None opens one.
    """

    parameters: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    plots: Mapping[str, bytes]
    files: tuple[Path, ...]
    bundle: Path
    run: str | None = None


@dataclass(frozen=True)
class Registry:
    """The tracking database and the artifacts below one folder.

    Parameters
    ----------
    folder : Path
        ``mlruns``.
    """

    folder: Path

    @property
    def uri(self) -> str:
        """Tracking and registry address."""
        return f"sqlite:///{self.folder.resolve() / 'mlflow.db'}"

    def client(self) -> MlflowClient:
        """Open the database, which is made when it is not there."""
        mlflow = _mlflow()
        self.folder.mkdir(parents=True, exist_ok=True)
        client: MlflowClient = mlflow.MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
        return client

    def record(self, bundle: Bundle, record: Record) -> Recorded:
        """Log one training and register its model as a new version.

        Parameters
        ----------
        bundle : Bundle
            The model, read back from ``record.bundle``.
        record : Record
            Everything else.

        Returns
        -------
        Recorded
        """
        mlflow, client = _mlflow(), self.client()
        where, title = self.experiment(bundle.project), f"{bundle.name}-{bundle.digest[:12]}"
        with _pointed_at(self.uri):
            with mlflow.start_run(record.run, where, title) as run:
                mlflow.set_tags({**record.tags, "task": bundle.name, "bundle": bundle.digest})
                mlflow.set_tag("mlflow.runName", title)
                mlflow.log_params(dict(record.parameters))
                mlflow.log_metrics(dict(record.metrics))
                with tempfile.TemporaryDirectory() as room:
                    for name, plot in record.plots.items():
                        (Path(room) / f"{name}.png").write_bytes(plot)
                    mlflow.log_artifacts(room, "plots")
                for path in record.files:
                    mlflow.log_artifact(str(path))
                mlflow.log_artifacts(str(record.bundle), BUNDLE)
                logged = _log_model(bundle)
            version = self._register(client, bundle, run.info.run_id, logged)
        return Recorded(run.info.run_id, model_name(bundle.project, bundle.name), version)

    def version_at(self, project: str, task: str, alias: str = CHAMPION) -> int | None:
        """Return the version that an alias names, or None."""
        client = self.client()
        with _absent_is_none():
            # Asked for its aliases, because mlflow calls an absent alias an invalid argument.
            model = client.get_registered_model(model_name(project, task))
            return int(model.aliases[alias]) if alias in model.aliases else None
        return None

    def newest(self, project: str, task: str) -> int:
        """Return the newest version of a task's model.

        Raises
        ------
        StateError
            When nothing was trained yet.
        """
        name = model_name(project, task)
        found = self.client().search_model_versions(f"name='{name}'")
        if not found:
            raise StateError(f"no model of '{name}' is registered; run `foretell train` first")
        return max(int(each.version) for each in found)

    def point(self, project: str, task: str, version: int, alias: str = CHAMPION) -> None:
        """Move an alias to a version."""
        self.client().set_registered_model_alias(model_name(project, task), alias, str(version))

    def fetch_bundle(self, project: str, task: str, version: int, into: Path) -> Path:
        """Copy the bundle of a version into a folder, and return where it lies.

        Raises
        ------
        StateError
            When there is no such version.
        """
        from mlflow.exceptions import MlflowException

        name, found = model_name(project, task), self._version(project, task, version)
        into.mkdir(parents=True, exist_ok=True)
        try:
            return Path(self.client().download_artifacts(str(found.run_id), BUNDLE, str(into)))
        except (MlflowException, OSError) as error:
            raise StateError(
                f"the bundle of '{name}' version {version} cannot be read from "
                f"{self.folder / 'artifacts'}: {error}; restore it, or train again"
            ) from error

    def digest_of(self, project: str, task: str, version: int) -> str:
        """Return the digest of the bundle that was registered as a version.

        Raises
        ------
        StateError
            When there is no such version, or Foretell did not register it.
        """
        digest = self._version(project, task, version).tags.get(BUNDLE)
        if digest is None:
            raise StateError(
                f"'{model_name(project, task)}' version {version} was not registered by Foretell; "
                "run `foretell train`"
            )
        return str(digest)

    def _version(self, project: str, task: str, version: int) -> ModelVersion:
        name, client = model_name(project, task), self.client()
        with _absent_is_none():
            found: ModelVersion = client.get_model_version(name, str(version))
            return found
        newest = self.newest(project, task)
        raise StateError(f"'{name}' has no version {version}; the newest is {newest}")

    def experiment(self, project: str) -> str:
        """Return the id of a project's experiment, which is made when it is not there."""
        client = self.client()
        found = client.get_experiment_by_name(project)
        if found is not None:
            return str(found.experiment_id)
        place = (self.folder.resolve() / "artifacts" / project).as_uri()
        return str(client.create_experiment(project, artifact_location=place))

    def _register(self, client: MlflowClient, bundle: Bundle, run: str, model: str) -> int:
        from mlflow.exceptions import MlflowException

        name = model_name(bundle.project, bundle.name)
        try:
            client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        made = client.create_model_version(
            name, source=model, run_id=run, tags={BUNDLE: bundle.digest}
        )
        return int(made.version)


def model_name(project: str, task: str) -> str:
    """Return the name under which a task's models are registered.

    Examples
    --------
    >>> model_name("retail", "churn")
    'retail.churn'
    """
    return f"{project}.{task}"


def _log_model(bundle: Bundle) -> str:
    """Log the booster with its signature, for notebooks; the server reads the bundle."""
    import lightgbm
    import mlflow.lightgbm
    import pandas as pd
    from mlflow.models import infer_signature

    inputs = pd.DataFrame({name: np.array([0.5]) for name in bundle.schema.names})
    signature = infer_signature(inputs, np.array([0.5]))
    logged = mlflow.lightgbm.log_model(
        lightgbm.Booster(model_str=bundle.model_text),
        name="booster",
        signature=signature,
        # Given, because working it out imports the model in a new process.
        pip_requirements=[f"lightgbm=={lightgbm.__version__}"],
    )
    return str(logged.model_uri)


def _mlflow() -> ModuleType:
    """Import mlflow with telemetry off, whoever asks; what the user has set stays."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    import mlflow

    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)
    return mlflow


@contextlib.contextmanager
def _absent_is_none() -> Iterator[None]:
    """Leave a block at the first thing that is not there; every other failure is raised."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise


@contextlib.contextmanager
def _pointed_at(uri: str) -> Iterator[None]:
    import mlflow

    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before[0])
        mlflow.set_registry_uri(before[1])
