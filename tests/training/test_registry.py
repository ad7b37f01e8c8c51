"""With a real MLflow, in one database for all tests; each test has a project of its own."""

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from features.errors import StateError
from tests.helpers.bundles import learnt, write
from tests.helpers.registered import look_here
from training.bundle import read_bundle
from training.production.log import read_history
from training.production.logged import CODE
from training.production.promote import promote
from training.production.recorded import aliases, is_trained, promise, versions
from training.production.rollback import rollback
from training.record import Record, Recorded
from training.registry import CHALLENGER, Registry, model_name

ROOT = Path(__file__).parent.parent.parent
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("home") / "mlruns")


def record(registry: Registry, folder: Path, project: str, note: str = "") -> Recorded:
    bundle = write(folder / f"bundle{note}", note=note, project=project)
    page = folder / "report.html"
    page.write_text("<p>")
    return registry.record(
        read_bundle(bundle),
        Record(
            parameters={"trials": 2, "split": "time"},
            metrics={"roc_auc": 0.75},
            tags={"data": "abc", "commit": "unknown"},
            plots={"roc": PNG},
            files=(page,),
            bundle=bundle,
        ),
    )


def test_a_run_holds_everything(
    registry: Registry,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        found = record(registry, tmp_path, "whole")
    # Nothing is told of the database being made, and no warning either.
    assert capfd.readouterr() == ("", "")
    assert [each for each in caplog.records if each.name.startswith(("mlflow", "alembic"))] == []
    client = registry.client()
    run = client.get_run(found.run)
    assert (found.model, found.version) == ("whole.churn", 1)
    assert run.data.params == {"trials": "2", "split": "time"}
    assert run.data.metrics == {"roc_auc": 0.75}
    digest = read_bundle(tmp_path / "bundle").digest
    tags = {key: run.data.tags[key] for key in ("data", "commit", "task", "bundle")}
    assert tags == {"data": "abc", "commit": "unknown", "task": "churn", "bundle": digest}
    assert run.info.status == "FINISHED"
    top = {each.path for each in client.list_artifacts(found.run)}
    assert top >= {"bundle", "plots", "report.html"}
    fetched = registry.fetch_bundle("whole", "churn", 1, tmp_path / "into")
    assert read_bundle(fetched).digest == digest == registry.digest_of("whole", "churn", 1)
    plot = client.download_artifacts(found.run, "plots/roc.png", str(tmp_path))
    assert Path(plot).read_bytes() == PNG


def test_the_model_has_a_signature_of_its_columns(registry: Registry, tmp_path: Path) -> None:
    import mlflow

    found = record(registry, tmp_path, "signed")
    version = registry.client().get_model_version(found.model, str(found.version))
    (place,) = registry.folder.glob(f"artifacts/signed/models/{str(version.source).split('/')[-1]}")
    signature = mlflow.models.Model.load(str(place / "artifacts")).signature
    kinds = {each.name: each.type.name for each in signature.inputs.inputs}
    assert list(kinds) == list(learnt()[0].schema.names)
    assert kinds.pop("clients_city_latest_ever") == "string"
    assert set(kinds.values()) == {"double"}


def test_nothing_that_is_recorded_can_carry_code(registry: Registry, tmp_path: Path) -> None:
    record(registry, tmp_path, "plain")
    files = [each for each in (registry.folder / "artifacts").rglob("*") if each.is_file()]
    assert len(files) > 5
    for each in files:
        assert each.suffix not in {".pkl", ".pickle", ".joblib", ".dill", ".npy", ".npz"}
        # The one program beside a bundle is this tree's own, and text.
        assert each.suffix != ".py" or each.read_bytes() == CODE.read_bytes()
        # What pickle's protocols 2 to 5 and zip files (as joblib and torch write) begin with.
        assert each.read_bytes()[:2] not in {b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"}
        assert each.read_bytes()[:4] != b"PK\x03\x04"


def test_versions_aliases_promotion_and_rollback(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    champions = tmp_path / "champions"
    assert registry.version_at("moves", "churn") is None
    for note in ("a", "b", "c"):
        record(registry, tmp_path, "moves", note)
    assert registry.newest("moves", "churn") == 3
    assert registry.version_at("moves", "churn") is None
    registry.point("moves", "churn", 2, CHALLENGER)
    # The first look is that of production, in another process.
    assert promote(registry, "moves", "churn", champions, 1).version == 1
    monkeypatch.setattr("training.production.promote.look", look_here)
    assert promote(registry, "moves", "churn", champions).before == 1
    assert registry.version_at("moves", "churn") == 3
    assert registry.version_at("moves", "churn", CHALLENGER) == 2
    assert rollback(registry, "moves", "churn", champions).version == 1
    assert registry.version_at("moves", "churn") == 1
    assert read_bundle(champions / "churn").trained["note"] == "a"
    with pytest.raises(StateError) as caught:
        promote(registry, "moves", "churn", champions, 9)
    assert str(caught.value) == "'moves.churn' has no version 9; the newest is 3"
    # Artifacts that went away are told, and the champion stays.
    run = registry.client().get_model_version("moves.churn", "2").run_id
    shutil.rmtree(registry.folder / "artifacts" / "moves" / str(run))
    with pytest.raises(StateError, match=r"the bundle of 'moves\.churn' version 2 cannot be read"):
        promote(registry, "moves", "churn", champions, 2)
    assert registry.version_at("moves", "churn") == 1


def test_what_was_never_trained_is_told(registry: Registry, tmp_path: Path) -> None:
    told = r"no model of 'none\.churn' is registered; run `foretell train` first"
    for ask in (
        lambda: registry.newest("none", "churn"),
        lambda: promote(registry, "none", "churn", tmp_path),
        lambda: registry.digest_of("none", "churn", 1),
    ):
        with pytest.raises(StateError, match=told):
            ask()


def test_a_version_that_someone_else_registered_is_refused(registry: Registry) -> None:
    client = registry.client()
    client.create_registered_model(model_name("byhand", "churn"))
    client.create_model_version("byhand.churn", source="file:///nowhere")
    with pytest.raises(StateError, match="version 1 was not registered by Foretell"):
        registry.digest_of("byhand", "churn", 1)


def test_a_failure_of_the_database_is_not_taken_for_absence(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.exceptions import MlflowException

    def broken(*_: object) -> None:
        raise MlflowException("the disk is full")

    monkeypatch.setattr("mlflow.MlflowClient.get_registered_model", broken)
    monkeypatch.setattr("mlflow.MlflowClient.get_model_version", broken)
    with pytest.raises(MlflowException, match="the disk is full"):
        registry.version_at("whole", "churn")
    with pytest.raises(MlflowException, match="the disk is full"):
        registry.digest_of("whole", "churn", 1)


def test_telemetry_is_off_for_whoever_imports_foretell() -> None:
    program = (
        "import os\n"
        "from training.quiet import quiet_mlflow\n"
        "quiet_mlflow()\n"
        "from mlflow.environment_variables import MLFLOW_DISABLE_TELEMETRY as off\n"
        "from mlflow.telemetry.client import get_telemetry_client\n"
        "print(off.get(), get_telemetry_client())"
    )
    plain = ("CI", "PYTEST", "GITHUB", "MLFLOW_DISABLE", "DO_NOT_TRACK")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(plain)}
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert run.stdout.split() == ["True", "None"], run.stderr


CLEAN = """
import sys
import mlflow
import pandas as pd
model = mlflow.pyfunc.load_model("models:/notebook.churn@champion")
frame = pd.read_parquet(sys.argv[1])
model.predict(frame).to_parquet(sys.argv[2])
assert not {"optuna", "training.train", "serving"} & set(sys.modules)
"""


def test_a_version_is_a_plain_model_of_mlflow_with_the_bundles_bits(
    registry: Registry, tmp_path: Path
) -> None:
    import pandas as pd

    record(registry, tmp_path, "notebook")
    registry.point("notebook", "churn", 1)
    bundle, rows, _ = learnt()
    vectors = rows.vectors
    asked, told = tmp_path / "asked.parquet", tmp_path / "told.parquet"
    frame = pd.DataFrame({name: vectors.columns[name] for name in bundle.schema.names})
    # A column more, and the others in another order, change nothing.
    frame.assign(more=1.0)[["more", *reversed(frame.columns)]].to_parquet(asked)
    # What this process logged to is no business of the other.
    environ = {name: each for name, each in os.environ.items() if not name.startswith("MLFLOW")}
    run = subprocess.run(
        [sys.executable, "-c", CLEAN, str(asked), str(told)],
        cwd=tmp_path,
        env={**environ, "MLFLOW_TRACKING_URI": registry.uri},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    found = pd.read_parquet(told)
    wanted = bundle.calibrator.apply(bundle.margins(vectors))
    assert found["probability"].to_numpy().tobytes() == wanted.tobytes()
    starts = {band.name: band.at_least for band in bundle.bands}
    assert set(found["band"]) <= set(starts)
    assert all(found["probability"] >= found["band"].map(starts))


def held(registry: Registry, folder: Path, project: str) -> Path:
    """Two champions, one after the other, without looks in other processes."""
    champions = folder / "champions"
    for note in ("a", "b"):
        record(registry, folder, project, note)
        promote(registry, project, "churn", champions)
    return champions


@pytest.mark.parametrize("how", ["locked", "damaged", "gone"])
def test_a_rollback_needs_no_database(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("training.production.promote.look", look_here)
    champions = held(registry, tmp_path, f"back{how}")
    copy = Registry(tmp_path / "mlruns")
    copy.folder.mkdir()
    database = copy.folder / "mlflow.db"
    if how != "gone":
        shutil.copy(registry.folder / "mlflow.db", database)
    if how == "damaged":
        database.write_bytes(b"SQLite format 3\0" + b"spoilt" * 2_000)
    with closing(sqlite3.connect(database)) if how == "locked" else nullcontext() as lock:
        if lock is not None:
            lock.execute("BEGIN EXCLUSIVE")
        found = rollback(copy, f"back{how}", "churn", champions)
    assert (found.version, found.before) == (1, 2)
    assert read_bundle(champions / "churn").trained["note"] == "a"
    assert [each.action for each in read_history(champions)] == ["promote", "promote", "rollback"]
    words = {"locked": "database is locked", "damaged": "", "gone": "is not there"}
    assert str(database) in found.left
    assert words[how] in found.left


def test_a_rollback_moves_the_alias_as_mlflow_would(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.production.promote.look", look_here)
    champions = held(registry, tmp_path, "follows")
    assert rollback(registry, "follows", "churn", champions).left == ""
    assert registry.version_at("follows", "churn") == 1
    assert "names no 'other' of 'follows.churn'" in registry.follow("follows", "churn", 2, "other")


def test_what_is_read_of_the_database_is_what_mlflow_says(
    registry: Registry, tmp_path: Path
) -> None:
    database = registry.folder / "mlflow.db"
    for project, note in (("read", "a"), ("read", "b"), ("read", "c"), ("reader", "d")):
        record(registry, tmp_path / note, project, note)
    registry.point("read", "churn", 1, CHALLENGER)
    registry.client().delete_model_version("read.churn", "3")
    found = versions(database, "read")
    assert [(each.task, each.version) for each in found] == [("churn", 1), ("churn", 2)]
    assert registry.newest("read", "churn") == 2
    for each in found:
        assert each.bundle is not None
        digest = registry.digest_of("read", "churn", each.version)
        assert read_bundle(each.bundle).digest == digest
        assert promise(each.bundle) == "not stated"
    assert aliases(database, "read") == {("churn", "challenger"): 1}
    assert versions(database, "rea") == ()
    assert is_trained(database, "read")
    assert not is_trained(database, "rea")
