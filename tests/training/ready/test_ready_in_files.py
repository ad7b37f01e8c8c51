"""A ready-made table learnt from files is the model learnt from memory."""

from pathlib import Path

import pytest

from tests.helpers.readymade import calls, project
from tests.helpers.shop import config
from tests.training.ready.test_train_ready import ROWS, quiet
from training.data import open_data
from training.large.settings import Large
from training.ready import prepare
from training.registry import Registry
from training.train import Trained, train


def test_rows_of_a_table_go_to_files(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "_PART", len(calls()) // 3)
    asked, said = project(), list[str]()
    settings = config(large=Large("file"))
    found = train(
        asked,
        asked.tasks[0],
        open_data(asked, {"calls": ROWS}, quiet),
        settings,
        Registry(tmp_path / "mlruns"),
        tmp_path / "reports",
        said.append,
    )
    assert "rows go to files, as the engine file asks for" in said
    assert "1,600 rows x 4 columns lie in files" in said
    assert found.bundle.digest == trained.bundle.digest
    assert found.evaluation.to_json() == trained.evaluation.to_json()
    assert not [*(tmp_path / "spill").iterdir()]
