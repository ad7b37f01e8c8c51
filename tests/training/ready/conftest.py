"""One training on a ready-made table for all tests of such."""

from pathlib import Path

import pytest

from tests.helpers.readymade import project
from tests.helpers.shop import config
from tests.training.ready.test_train_ready import ROWS, quiet
from training.bundle import Bundle
from training.data import open_data
from training.registry import Registry
from training.train import Trained, train


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ready")


@pytest.fixture(scope="package")
def trained(home: Path) -> Trained:
    asked = project()
    data = open_data(asked, {"calls": ROWS}, quiet)
    registry = Registry(home / "mlruns")
    return train(asked, asked.tasks[0], data, config(), registry, home / "reports")


@pytest.fixture(scope="package")
def bundle(trained: Trained) -> Bundle:
    return trained.bundle
