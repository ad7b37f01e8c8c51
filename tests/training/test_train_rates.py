"""Target rates, learnt and told by a training."""

from dataclasses import replace
from pathlib import Path

import pytest

from features.instants import DAY, instant
from tests.helpers import rated, shop
from training import Project
from training.data import open_data
from training.enough import LEAST
from training.registry import Registry
from training.train import train


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("home") / "mlruns")


def test_target_rates_are_learnt_recorded_and_told(registry: Registry, tmp_path: Path) -> None:
    late = replace(shop.VISITS, lag=3)
    project = Project("shop", (late, shop.CLIENTS), rated.project().catalogue, [rated.CHURN])
    data = open_data(project, shop.frames(), lambda text: None)
    trained = train(project, rated.CHURN, data, shop.config(prune=True), registry, tmp_path)
    city, usual_shop = trained.bundle.encodings
    assert (city.rate, usual_shop.rate) == (rated.CITY, rated.SHOP)
    assert city.source not in trained.bundle.schema.names
    # Outcomes of the test slice judge, and encode nothing.
    cutoffs = trained.bundle.trained["cutoffs"]
    wait = (rated.CHURN.gap + rated.CHURN.horizon + 3) * DAY
    assert max(city.settled_at) == instant(cutoffs["calibrate"][-1]) + wait
    assert min(city.settled_at) == instant(cutoffs["train"][0]) + wait
    rows = trained.bundle.trained["rows"]
    assert city.rows[-1].sum() == rows["final"]
    page = trained.report.read_text()
    assert "Share of yes among the settled outcomes of earlier rows" in page


def test_a_split_by_customer_leaves_target_rates_out_and_says_why(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The shop is small for so many slices.
    monkeypatch.setattr("training.enough.LEAST", dict.fromkeys(LEAST, 5))
    config = shop.config(split="customer", cutoff="2024-08-01", folds=3, trials=1)
    trained = train(rated.project(), rated.CHURN, shop.data(), config, registry, tmp_path)
    assert trained.bundle.encodings == ()
    reason = trained.bundle.trained["dropped"][rated.CITY.name]
    assert reason == (
        "it learns from outcomes, and a single cutoff has no earlier rows with settled ones"
    )
    assert rated.CITY.name in trained.report.read_text()
