"""A ready-made table is learnt by processes of Dask as tables of events are."""

from pathlib import Path

from tests.helpers.readymade import calls, project
from tests.helpers.shop import config
from training.data import open_data
from training.large.settings import Large
from training.registry import Registry
from training.train import train


def test_a_ready_made_table_is_trained_by_dask(tmp_path: Path) -> None:
    asked, said = project(), list[str]()
    data = open_data(asked, {"calls": calls(1_600)}, said.append)
    found = train(
        asked,
        asked.tasks[0],
        data,
        config(large=Large("dask", workers=2)),
        Registry(tmp_path / "mlruns"),
        tmp_path / "reports",
        said.append,
    )
    assert "fitting on 2 processes of Dask" in said
    assert found.evaluation.metrics["roc_auc"].value > 0.8
