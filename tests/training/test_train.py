"""From tables to a registered model, on a small shop with a true signal."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa
import pytest

from features.contract import Checked
from features.errors import CohortError, ContractError, DefinitionError, MaturityError
from features.instants import DAY, instant, iso
from tests.helpers import shop
from training import Cohort, Project, Task, bought, silent
from training.bundle import read_bundle
from training.calibration.settings import Calibration
from training.data import open_data
from training.fit import margins
from training.folds import Rhythm, Slices, rolling, slices_by_time
from training.purity import ImpureSplitError
from training.registry import Registry
from training.report.drawing import VARIABLES
from training.report.plots import plots
from training.snapshots import snapshot
from training.train import Trained, train


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("home") / "mlruns")


@pytest.fixture(scope="module")
def by_time(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    reports = tmp_path_factory.mktemp("reports")
    return train(shop.project(), shop.CHURN, shop.data(), shop.config(), registry, reports)


@pytest.fixture(scope="module")
def by_customer(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    reports = tmp_path_factory.mktemp("reports")
    config = shop.config(
        split="customer",
        cutoff="2024-08-01",
        folds=3,
        trials=1,
        calibration=Calibration(by="clients_city_latest_ever"),
    )
    return train(shop.project(), shop.NORTH, shop.data(), config, registry, reports)


def attempt(task: Task, registry: Registry, folder: Path, **changes: Any) -> Trained:
    project = shop.project(task)
    return train(project, task, shop.data(), shop.config(**changes), registry, folder)


@pytest.mark.parametrize("way", ["by_time", "by_customer"])
def test_a_training_is_judged_recorded_and_told(
    way: str, registry: Registry, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    trained: Trained = request.getfixturevalue(way)
    task = trained.bundle.task
    judged = trained.evaluation
    assert judged.metrics["roc_auc"].value > 0.6  # the signal is true
    assert set(judged.baselines) == {"recency", "logistic"}
    assert judged.rows <= trained.rows
    assert trained.vector_seconds > 0
    assert trained.recorded.model == f"shop.{task.name}"
    page = trained.report.read_text()
    assert task.question in page
    assert ("the levels of clients_city_latest_ever." in page) == (way == "by_customer")
    assert [each.name for each in trained.report.parent.iterdir()] == [f"shop-{task.name}.html"]
    version = trained.recorded.version
    again = read_bundle(registry.fetch_bundle("shop", task.name, version, tmp_path))
    assert again.digest == trained.bundle.digest
    run = registry.client().get_run(trained.recorded.run)
    assert run.data.tags["data"] == again.trained["data_hash"]
    assert run.data.tags["commit"] == again.trained["commit"]
    assert run.data.metrics["roc_auc"] == judged.metrics["roc_auc"].value
    assert int(run.data.params["rounds"]) == again.trained["rounds"]
    run_id = trained.recorded.run
    kept = registry.client().download_artifacts(run_id, "evaluation.json", str(tmp_path))
    told = json.loads(Path(kept).read_text())
    assert told == json.loads(json.dumps(judged.to_json()))
    logged = [Path(each.path) for each in registry.client().list_artifacts(run_id, "plots")]
    assert {each.stem for each in logged} == set(plots(judged))
    for colour, variable in VARIABLES.items():
        page = page.replace(f"var(--{variable})", colour)
    for each in logged:
        drawn = Path(registry.client().download_artifacts(run_id, str(each), str(tmp_path)))
        assert drawn.read_bytes().startswith(b"\x89PNG") or drawn.read_text().strip() in page


def test_the_bundle_scores_as_the_booster_does(by_time: Trained) -> None:
    bundle = by_time.bundle
    cutoffs = [int(datetime(2024, 8, 1, tzinfo=UTC).timestamp()) * 1_000_000]
    until = shop.data().checked["visits"].complete_until
    assert until is not None
    rows = snapshot(shop.project(), shop.CHURN, shop.data().partitions, cutoffs, until)
    booster = lightgbm.Booster(model_str=bundle.model_text)
    matrix = bundle.schema.matrix(rows.vectors)
    assert np.array_equal(bundle.margins(rows.vectors), margins(booster, matrix))
    assert bundle.trained["rounds"] == booster.num_trees()


def test_a_split_by_time_is_told_in_the_bundle(by_time: Trained) -> None:
    told = by_time.bundle.trained
    assert told["split"] == "time"
    names = {"train", "stop", "develop", "calibrate", "final", "test"}
    assert set(told["cutoffs"]) == set(told["rows"]) == names
    assert told["rows"]["final"] + told["rows"]["test"] == by_time.rows
    assert {*told["cutoffs"]["develop"], *told["cutoffs"]["calibrate"]} < {
        *told["cutoffs"]["final"]
    }
    assert by_time.evaluation.rows == told["rows"]["test"]
    until = shop.data().checked["visits"].complete_until
    assert until is not None
    # Gap and horizon are 16 days; the last window ends within the data.
    assert told["cutoffs"]["test"][-1] <= iso(until - 16 * 86_400_000_000)


def test_a_split_by_customer_tests_on_everyone_once(by_customer: Trained) -> None:
    told = by_customer.bundle.trained
    assert told["cutoffs"] == {"all": ["2024-08-01T00:00:00Z"]}
    assert by_customer.evaluation.rows == by_customer.rows
    rows = told["rows"]
    assert sum(rows[name] for name in ("develop", "calibrate", "test")) == by_customer.rows
    assert rows["final"] == rows["develop"] + rows["calibrate"]


def test_the_same_data_seed_and_threads_make_the_same_bundle(
    by_time: Trained, registry: Registry, tmp_path: Path
) -> None:
    again = attempt_again(registry, tmp_path)
    assert again.bundle.digest == by_time.bundle.digest
    assert again.evaluation.to_json() == by_time.evaluation.to_json()
    assert again.recorded.version == by_time.recorded.version + 1


def attempt_again(registry: Registry, folder: Path) -> Trained:
    # Read anew, from rows in another order.
    frames = dict(shop.frames())
    order = np.random.default_rng(1).permutation(len(frames["visits"]))
    frames["visits"] = frames["visits"].take(pa.array(order))
    data = open_data(shop.project(), frames, lambda text: None)
    return train(shop.project(), shop.CHURN, data, shop.config(), registry, folder)


def test_what_was_set_aside_stands_in_the_bundle_and_in_the_report(
    by_time: Trained, registry: Registry, tmp_path: Path
) -> None:
    frames = dict(shop.frames())
    nobody = {"member": None, "at": shop.BEGIN, "spend": 1.0, "shop": "EAST"}
    schema = frames["visits"].schema
    bad = pa.Table.from_pylist([nobody] * 3, schema=schema)
    frames["visits"] = pa.concat_tables([bad, frames["visits"]])
    strict = shop.project(shop.CHURN)
    with pytest.raises(ContractError, match="empty cells in 3 rows"):
        open_data(strict, frames, lambda text: None)
    project = Project("shop", strict.tables, strict.catalogue, strict.tasks, quarantine=True)
    said: list[str] = []
    data = open_data(project, frames, said.append)
    rows = len(frames["visits"])
    words = f"visits: 3 of {rows:,} rows set aside (member: absent 3)"
    assert words in said
    trained = train(project, shop.CHURN, data, shop.config(), registry, tmp_path)
    told = trained.bundle.trained
    assert told["set_aside"]["visits"]["rows_set_aside"] == 3
    assert told["data_hash"] == by_time.bundle.trained["data_hash"]
    assert "set_aside" not in by_time.bundle.trained
    assert words in trained.report.read_text()


def test_every_table_without_a_source_is_told() -> None:
    said: list[str] = []
    nothing: Any = None
    with pytest.raises(DefinitionError, match=r"got None; give, or return from prepare\(\), pairs"):
        open_data(shop.project(), nothing, said.append)
    with pytest.raises(DefinitionError) as caught:
        open_data(shop.project(), {"sales": pa.table({})}, said.append)
    assert caught.value.subject == "data of project 'shop'"
    assert caught.value.faults == (
        "table 'visits' has no source",
        "table 'clients' has no source",
        "no table is named 'sales'",
    )
    assert said == []


def test_a_label_of_one_class_is_refused(registry: Registry, tmp_path: Path) -> None:
    never = Task("never", bought(shop.VISITS, {"shop": "WEST"}), Cohort(active=56), horizon=14)
    with pytest.raises(CohortError, match=r"slice 'test' has 0 positives among [0-9]+ rows; 10 ar"):
        attempt(never, registry, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_horizon_that_outruns_the_data_is_refused(registry: Registry, tmp_path: Path) -> None:
    long = Task("long", silent(shop.VISITS), Cohort(active=56), horizon=90)
    with pytest.raises(
        CohortError, match=r"need [0-9]+ more days of events than the 260 there are"
    ):
        attempt(long, registry, tmp_path)
    changes = {"split": "customer", "cutoff": "2024-08-01"}
    with pytest.raises(MaturityError, match="long labels at 2024-08-01T00:00:00Z need events up"):
        attempt(long, registry, tmp_path, **changes)


def test_a_table_without_events_is_told(registry: Registry, tmp_path: Path) -> None:
    data = replace(shop.data(), checked={"visits": Checked(0, None, None, None)})
    with pytest.raises(CohortError, match="task 'churn': table 'visits' has no events"):
        train(shop.project(), shop.CHURN, data, shop.config(), registry, tmp_path)


def test_slices_wait_until_events_of_the_label_are_known(
    registry: Registry, tmp_path: Path
) -> None:
    late = replace(shop.VISITS, lag=10)
    told = []
    for table in (shop.VISITS, late):
        project = Project("shop", (table, shop.CLIENTS), shop.project().catalogue, [shop.CHURN])
        data = open_data(project, shop.frames(), lambda text: None)
        trained = train(project, shop.CHURN, data, shop.config(), registry, tmp_path)
        told.append(trained.bundle.trained["cutoffs"])
    wait = shop.CHURN.gap + shop.CHURN.horizon
    for cutoffs, days in zip(told, (wait, wait + 10), strict=True):
        for earlier, later in (("train", "stop"), ("stop", "calibrate"), ("calibrate", "test")):
            distance = instant(cutoffs[later][0]) - instant(cutoffs[earlier][-1])
            assert distance >= days * DAY


@pytest.mark.parametrize("where", ["slices", "develop", "final", "earlier"])
def test_a_split_that_leaks_is_refused_whoever_made_it(
    where: str, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slices(*arguments: Any) -> Slices:
        made = slices_by_time(*arguments)
        if where == "slices":
            return replace(made, train=(*made.train, *made.stop[:1]), stop=made.stop[1:] or (0,))
        if where == "develop":
            return replace(made, between=(*made.between, made.calibrate[0] - DAY))
        if where == "final":
            return replace(made, late=(*made.late, made.test[0] - DAY))
        return made

    def pairs(found: Slices, *rest: Any) -> Any:
        made = rolling(found, *rest)
        return (made[0], (found.train, found.train[-1:])) if where == "earlier" else made

    monkeypatch.setattr("training.prepare.slices_by_time", slices)
    monkeypatch.setattr("training.prepare.rolling", pairs)
    with pytest.raises(ImpureSplitError):
        attempt(shop.CHURN, registry, tmp_path, rhythm=Rhythm(every=7, history=21, later=2))


def test_a_split_that_shares_customers_is_refused(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scattered(customers: Any, folds: int, seed: int) -> Any:
        return np.random.default_rng(seed).integers(0, 2 * folds, len(customers))

    monkeypatch.setattr("training.prepare.buckets_by_customer", scattered)
    # Every customer stands in the rows twice, and may now fall into two slices.
    once = shop.data()
    twice = replace(once, partitions=[*once.partitions, *once.partitions])
    config = shop.config(split="customer", cutoff="2024-08-01", folds=3)
    with pytest.raises(ImpureSplitError, match="share"):
        train(shop.project(), shop.NORTH, twice, config, registry, tmp_path)
