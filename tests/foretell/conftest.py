"""One trained home for all tests of commands: a training takes as long as the rest of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.bundles import again
from tests.helpers.commands import SHOP, foretell
from tests.helpers.production import ME
from tests.helpers.registered import look_here
from training.bundle import read_bundle
from training.production.who import TRAINER
from training.record import Record
from training.registry import Registry


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with trained and promoted models of the shop; who changes it, copies it first."""
    folder = tmp_path_factory.mktemp("home")
    foretell("train", SHOP, "--home", str(folder))
    for task in ("churn", "back"):
        foretell("promote", SHOP, task, "--override", "a test", "--home", str(folder))
    return folder


@pytest.fixture(scope="session")
def three(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained home with churn's version 1 as champion, and versions 2 and 3 like it."""
    folder = tmp_path_factory.mktemp("three")
    everything = shutil.ignore_patterns("artifacts", "studies")
    shutil.copytree(home / "mlruns", folder / "mlruns", symlinks=True, ignore=everything)
    registry = Registry(folder / "mlruns")
    run = registry.run_of("shop", "churn", 1)
    first = registry.fetch_bundle("shop", "churn", 1, folder)
    files = [registry.artifact(run, name, folder) for name in ("evaluation.json", "scores.parquet")]
    for version, state in ((2, "drifting"), (3, "uncertified")):
        bundle = again(first, folder / str(version), state)
        registry.record(
            read_bundle(bundle),
            Record({}, {}, {TRAINER: ME}, {}, tuple(filter(None, files)), bundle),
        )
    return folder


@pytest.fixture
def place(
    home: Path, three: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A home of the test's own, without looks in other processes."""
    monkeypatch.setattr("training.production.promote.look", look_here)
    shutil.copytree(three / "mlruns", tmp_path / "mlruns", symlinks=True)
    yield tmp_path
    # The copied database names the artifacts of the first home: other tests know nothing of these.
    for each in (home / "mlruns" / "artifacts").rglob("comparisons"):
        shutil.rmtree(each)
