"""MLflow as the record: one run for each training, one registered model for each task.

The database and the artifacts lie in ``mlruns/``. The server never reads them: `foretell promote`
copies the champion's bundle to where the server looks.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from features.errors import StateError
from training.database import require_database
from training.production.alias import move_alias
from training.production.recorded import is_trained
from training.production.sealed import require_sealed, seals
from training.quiet import absent_is_none, pointed_at, quiet_mlflow
from training.record import Record, Recorded

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

    from training.bundle import Bundle

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
DATABASE: Final = "mlflow.db"
BUNDLE: Final = "bundle"
"""Artifact folder of a run that holds the bundle, and tag of a version that holds its digest."""


@dataclass(frozen=True)
class Registry:
    """The tracking database and the artifacts below ``folder``, which is ``mlruns``."""

    folder: Path

    @property
    def uri(self) -> str:
        """Tracking and registry address."""
        return f"sqlite:///{self.folder.resolve() / DATABASE}"

    def client(self) -> MlflowClient:
        """Open the database, which is made when it is not there."""
        mlflow = quiet_mlflow()
        require_database(self.folder / DATABASE)
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
        from training.production.logged import log_model

        mlflow, client = quiet_mlflow(), self.client()
        where, title = self.experiment(bundle.project), f"{bundle.name}-{bundle.digest[:12]}"
        with pointed_at(self.uri), mlflow.start_run(record.run, where, title) as run:
            named = {"task": bundle.name, "bundle": bundle.digest}
            mlflow.set_tags({**record.tags, **seals(record.files), **named})
            mlflow.set_tag("mlflow.runName", title)
            mlflow.log_params(dict(record.parameters))
            mlflow.log_metrics(dict(record.metrics))
            with tempfile.TemporaryDirectory() as room:
                for name, plot in record.plots.items():
                    path = Path(room) / (name if "." in name else f"{name}.png")
                    path.write_bytes(plot)
                mlflow.log_artifacts(room, "plots")
            for path in record.files:
                mlflow.log_artifact(str(path))
            mlflow.log_artifacts(str(record.bundle), BUNDLE)
            logged = log_model(bundle, record.bundle)
            # Within the run: one that is finished has its version, whoever is killed when.
            version = self._register(client, bundle, run.info.run_id, logged)
        return Recorded(run.info.run_id, model_name(bundle.project, bundle.name), version)

    def version_at(self, project: str, task: str, alias: str = CHAMPION) -> int | None:
        """Return the version that an alias names, or None."""
        client = self.client()
        with absent_is_none():
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
        with self._changing() as client:
            client.set_registered_model_alias(model_name(project, task), alias, str(version))

    def drop(self, project: str, task: str, alias: str) -> None:
        """Take an alias away."""
        with self._changing() as client:
            client.delete_registered_model_alias(model_name(project, task), alias)

    def follow(self, project: str, task: str, version: int, alias: str = CHAMPION) -> str:
        """Move an alias without MLflow, and return why it was left; see `move_alias`."""
        return move_alias(self.folder / DATABASE, model_name(project, task), version, alias)

    def require_runs(self, project: str) -> None:
        """Refuse a folder in which nothing was trained; it is not made.

        Raises
        ------
        StateError
            With the folder; also when the database is locked or damaged.
        """
        database = self.folder / DATABASE
        if not database.is_file():
            raise StateError(
                f"nothing was trained in {self.folder}; run `foretell train`, or name the folder "
                "that holds mlruns/ with --home"
            )
        if not is_trained(database, project):
            raise StateError(
                f"project '{project}' was never trained in {self.folder}; run `foretell train`, or "
                "name another --home"
            )

    def run_of(self, project: str, task: str, version: int) -> str:
        """Return the run that trained a version.

        Raises
        ------
        StateError
            When there is no such version.
        """
        return str(self._version(project, task, version).run_id)

    def tag_of(self, run: str, name: str) -> str:
        """Return a tag of a run; empty when it has none of that name."""
        return str(self.client().get_run(run).data.tags.get(name, ""))

    def artifact(self, run: str, name: str, into: Path) -> Path | None:
        """Copy a file of a run into a folder; None when the run has none of that name.

        Raises
        ------
        StateError
            When it is not the file that was recorded, or that one is gone; see
            `training.production.sealed`.
        """
        from mlflow.exceptions import MlflowException

        client = self.client()
        try:
            found = Path(client.download_artifacts(run, name, str(into)))
        except (MlflowException, OSError):
            found = None
        require_sealed(client.get_run(run).data.tags, run, name, found)
        return found

    def attach(self, run: str, file: Path, folder: str) -> None:
        """Add a file to a run, below a folder of its artifacts."""
        client = self.client()
        client.log_artifact(run, str(file), folder)
        for name, digest in seals([file], folder).items():
            client.set_tag(run, name, digest)

    def fetch_bundle(self, project: str, task: str, version: int, into: Path) -> Path:
        """Copy the bundle of a version into a folder, and return where it lies.

        Raises
        ------
        StateError
            When there is none.
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
        name = model_name(project, task)
        with absent_is_none():
            return self.client().get_model_version(name, str(version))
        newest = self.newest(project, task)
        raise StateError(f"'{name}' has no version {version}; the newest is {newest}")

    @contextmanager
    def _changing(self) -> Iterator[MlflowClient]:
        from mlflow.exceptions import MlflowException

        try:
            yield self.client()
        except MlflowException as error:
            raise StateError(
                f"{self.folder / DATABASE} cannot be changed: {str(error).splitlines()[0]}; end "
                "what holds it, and run the same command again"
            ) from error

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
